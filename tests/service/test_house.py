"""The house: what may import what, and how much a module may hold."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in (ROOT / "web", ROOT / "db-init")
    for path in folder.glob("*/**/*.py")
}
LINES = 300
# What is in these folders is as long as it has something to make or to tell.
AS_IT_IS = {"versions", "recipes"}


def imported(module: str) -> Iterator[str]:
    """The modules that one imports, for types too."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            parts = [*(above if node.level else []), *((node.module or "").split("."))]
            found = ".".join(filter(None, parts))
            for alias in node.names:
                inner = f"{found}.{alias.name}"
                yield inner if inner in MODULES else found


def test_no_two_modules_import_each_other() -> None:
    graph = {module: {*imported(module)} & MODULES.keys() - {module} for module in MODULES}
    assert len(graph["retort"]) > 5
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    ("folder", "others"), [("web", ("db_init", "embedded", "tests")), ("db-init", ("tests",))]
)
def test_what_runs_imports_no_more_than_it_may(folder: str, others: tuple[str, ...]) -> None:
    for module, path in MODULES.items():
        if ROOT / folder in path.parents:
            assert not [name for name in imported(module) if name.split(".")[0] in others], module


def test_a_module_has_one_idea() -> None:
    tests = (ROOT / "tests").glob("**/*.py")
    long = [
        str(path.relative_to(ROOT))
        for path in (*MODULES.values(), *tests)
        if len(path.read_text(encoding="utf-8").splitlines()) > LINES
        and AS_IT_IS.isdisjoint(path.parts)
    ]
    assert long == []
