"""Takes out what only the removed parts used: names, and libraries with all that they need."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from . import texts
from .python import Pruner, is_docstring, targets

# What these make is used as it would be without them.
PLAIN = {"classmethod", "staticmethod", "property", "dataclass"}
# Nothing here uses what it defines.
GUNICORNS = "web/gunicorn.conf.py"
# It imports the application's libraries by their names.
SERVER = "web/dev/server.py"


def words(paths: list[Path]) -> Counter[str]:
    """How often each word is in what can use a name."""
    users = [path for path in paths if path.suffix in (".py", ".md", ".html")]
    return Counter(word for path in users for word in re.findall(r"\w+", path.read_text()))


def cut_names(was: Counter[str], into: Path) -> bool:
    """Cut what is defined and used nowhere, though it was used before, and modules of tests that
    have none and give no other module anything; whether there was any."""
    there, is_changed = words([*into.rglob("*")]), False
    for path in into.rglob("*.py"):
        source, place = path.read_text(), str(path.relative_to(into))
        gone = {name for name in defined(ast.parse(source).body) if there[name] == 1 < was[name]}
        left = Pruner(place, source, gone).pruned() if gone and place != GUNICORNS else source
        if left != source:
            is_changed = True
            path.write_text(left)
            if not any(is_said(one) for one in ast.parse(left).body):
                path.unlink()
    modules = {path: path.read_text() for path in into.rglob("*.py")}
    for path, source in modules.items():
        is_idle = path.name.startswith("test_") and "def test_" not in source
        if is_idle and not any(f".{path.stem} import" in other for other in modules.values()):
            is_changed = True
            path.unlink()
    return is_changed


def defined(body: list[ast.stmt]) -> Iterator[str]:
    """What a module defines, and what classes of its own have; not what a decorator, a base,
    pytest or Alembic may use."""
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            bases = one.bases if isinstance(one, ast.ClassDef) else []
            is_called = one.name.startswith(("test_", "pytest_", "__"))
            if is_plain(one) and not bases and not is_called:
                yield one.name
            if isinstance(one, ast.ClassDef) and not bases:
                yield from defined(one.body)
        elif isinstance(one, ast.Assign):
            yield from (name for name in targets(one) if not name.startswith(("pytest", "__")))


def is_said(statement: ast.stmt) -> bool:
    return not (is_docstring(statement) or isinstance(statement, ast.Import | ast.ImportFrom))


def is_plain(one: ast.FunctionDef | ast.ClassDef) -> bool:
    makers = [each.func if isinstance(each, ast.Call) else each for each in one.decorator_list]
    return all(isinstance(each, ast.Name) and each.id in PLAIN for each in makers)


def imported(paths: Iterable[Path]) -> set[str]:
    """The packages that are imported, by their first names."""
    found: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").partition(".")[0])
    return found


def cut_libraries(was: set[str], into: Path) -> None:
    """Cut the libraries that are not imported any more from all that names them."""
    found = packages_distributions()
    packages = [name for name in was - imported(into.rglob("*.py")) if name in found]
    libraries = {re.sub(r"[._]", "-", one.lower()) for name in packages for one in found[name]}
    if not packages:
        return
    asked = re.compile(rf"^({'|'.join(libraries)})(\[.*)?$")
    for path in into.rglob("requirements.in"):
        path.write_text(texts.lines(path.read_text(), asked))
        lock = path.with_suffix(".txt")
        lock.write_text(texts.lock(lock.read_text(), libraries))
    inside = re.compile(rf"\b({'|'.join(packages)})/")
    for path in into.rglob("Dockerfile"):
        path.write_text(texts.lines(path.read_text(), inside))
    names = re.compile(rf"^({'|'.join(packages)})(\.|$)")
    server = into / SERVER
    server.write_text(Pruner(SERVER, server.read_text(), set(), strings=names).pruned())
