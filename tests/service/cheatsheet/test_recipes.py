"""Every recipe runs as the README of the package has it, and is all that a recipe has to be."""

import ast
import builtins
import json
import re
import sys
import warnings
from collections import Counter
from collections.abc import Generator
from urllib.parse import urlsplit

import pytest
from sqlalchemy.exc import SADeprecationWarning

from retort.cheatsheet.edition import normal, readme, recorded, write
from retort.cheatsheet.imports import WIDEST
from retort.cheatsheet.recipe import Form, Recipe
from retort.cheatsheet.recipes import CHAPTERS, RECIPES
from retort.cheatsheet.runs.recorded import stored as stored_runs
from retort.cheatsheet.runs.runner import Run, Runner

from ..application import settings_on
from ..postgres import Server

README = write.stored()

# What the sheet was asked to have, word for word.
ASKED = {
    "install",
    "greeting",
    "flask-run",
    "init-app",
    "database-url",
    "engines",
    "session-without-flask",
    "app-context",
    "declarative-model",
    "column-model",
    "tablename",
    "model-repr",
    "create-all",
    "drop-all",
    "add",
    "add-all",
    "rollback",
    "object-states",
    "query",
    "scalars",
    "first",
    "get",
    "filter-by",
    "and-or-not",
    "order-by",
    "limit-offset",
    "count",
    "optional-filters",
    "join",
    "many-to-many",
    "back-populates",
}

OFFICIAL = {
    "docs.sqlalchemy.org",
    "alembic.sqlalchemy.org",
    "flask-sqlalchemy.readthedocs.io",
    "flask.palletsprojects.com",
    "www.postgresql.org",
    "www.psycopg.org",
    "docs.python.org",
    "docs.pydantic.dev",
}

every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
every_form = pytest.mark.parametrize(
    "form",
    [
        pytest.param(form, id=form.function.__name__)
        for recipe in RECIPES.values()
        for form in (recipe.modern, recipe.legacy)
        if form is not None
    ],
)


@pytest.fixture(scope="module")
def runner(server: Server) -> Generator[Runner]:
    with server.clone() as database:
        runner = Runner(settings_on(database.web))
        yield runner
        runner.sandbox.close()


def forms(runner: Runner, recipe: Recipe) -> list[Run]:
    with warnings.catch_warnings():
        if recipe.legacy and recipe.legacy.warns:
            warnings.simplefilter("ignore", SADeprecationWarning)
        return runner.forms(recipe)


@every_recipe
def test_it_runs_as_the_readme_has_it(runner: Runner, recipe: Recipe) -> None:
    runs = forms(runner, recipe)
    stored = readme.sections(README).get(recipe.slug, "")
    if runs[0].is_lacking:
        # The README has what a server gave, or a Python, that has it.
        assert f"\n{runs[0].result.error}: " not in stored
        assert recipe.needs
        assert not recipe.needs.startswith("library "), "the tests have every library"
        assert recipe.needs in runs[0].result.text
        assert recipe.needs != "Python 3.14" or sys.version_info < (3, 14)
        return
    for run in runs:
        assert run.is_expected, run.result
    section = readme.section(runs)
    assert json.loads(json.dumps(recorded.of(runs))) == stored_runs().get(recipe.slug)
    if change := write.difference(stored, section):
        pytest.fail(
            f"{recipe.slug} runs otherwise than the README of the cheat sheet has it. If it is "
            f"meant so, `make cheatsheet` renews it.\n{change}",
            pytrace=False,
        )


@pytest.mark.no_cover  # the same code twice over
@every_recipe
def test_it_runs_the_same_twice(runner: Runner, recipe: Recipe) -> None:
    first, second = (readme.section(forms(runner, recipe)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "recipe",
    [pytest.param(recipe, id=slug) for slug, recipe in RECIPES.items() if recipe.legacy],
)
def test_the_legacy_form_gives_the_same(runner: Runner, recipe: Recipe) -> None:
    assert recipe.legacy is not None
    values = dict(recipe.parameters())
    modern = runner.run(recipe, values)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        legacy = runner.run(recipe, values, "legacy")
    assert normal.result(legacy.result) == normal.result(modern.result)
    assert all(issubclass(one.category, SADeprecationWarning) for one in caught), caught
    assert bool(caught) == recipe.legacy.warns


def test_the_readme_is_its_sections_and_nothing_else() -> None:
    assert README, "there is none: make cheatsheet"
    assert readme.document(readme.sections(README)) == README


def test_what_was_asked_for_is_there() -> None:
    assert RECIPES.keys() >= ASKED


def test_no_two_recipes_have_the_same_name() -> None:
    slugs = [recipe.slug for chapter in CHAPTERS for recipe in chapter.recipes]
    assert [slug for slug, count in Counter(slugs).items() if count > 1] == []


@every_recipe
def test_it_says_what_a_recipe_says(recipe: Recipe) -> None:
    assert re.fullmatch(r"[a-z0-9-]{3,32}", recipe.slug)
    assert len(recipe.keywords.split()) >= 3
    prose = re.sub(r"`[^`]*`", "code", recipe.text)
    assert 1 <= len(re.findall(r"[.!?](?= |$)", prose)) <= 2, recipe.text
    assert prose.endswith(".")
    assert {kind for kind, _ in recipe.pitfalls} <= {"Pitfall", "Deprecated", "Removed"}
    assert all(text.endswith(".") for _, text in recipe.pitfalls)
    assert recipe.links
    for link in map(urlsplit, recipe.links):
        assert (link.scheme, link.netloc in OFFICIAL) == ("https", True), link


@every_recipe
def test_its_code_is_as_wide_as_its_place_on_a_page(recipe: Recipe) -> None:
    lines = [line for form in recipe.forms for line in recipe.form(form).source.splitlines()]
    assert [line for line in lines if len(line) > WIDEST] == []


def is_balanced(text: str) -> bool:
    """Whether each bracket that opens in it is closed in it."""
    open_ones: list[str] = []
    for character in text:
        if character in "([{":
            open_ones.append(character)
        elif character in ")]}" and (
            not open_ones or open_ones.pop() + character not in ("()", "[]", "{}")
        ):
            return False
    return not open_ones


@every_recipe
def test_code_in_its_words_is_whole(recipe: Recipe) -> None:
    """No half of a pair of backticks is lost, and no piece of code has slipped among the words."""
    forms = [form for form in (recipe.modern, recipe.legacy) if form is not None]
    notes = [text for _, text in recipe.pitfalls] + [form.note for form in forms]
    for text in [recipe.title, recipe.keywords, recipe.text, *notes]:
        parts = text.split("`")
        prose, code = parts[::2], parts[1::2]
        assert len(prose) == len(code) + 1, f"a backtick is missing: {text}"
        for piece in code:
            # Otherwise what stands between two codes is taken for code.
            assert piece == piece.strip() != "", text
            assert is_balanced(piece), piece
        assert is_balanced("".join(prose)), text


def imported(tree: ast.Module) -> Generator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield node.module or ""


def needed(form: Form) -> set[str]:
    """The libraries that a form's recipe says it needs."""
    recipes = (one for one in RECIPES.values() if form in (one.modern, one.legacy))
    kind, *names = (next(recipes).needs or "nothing").split()
    return set(names) if kind == "library" else set()


@every_form
def test_its_code_can_be_pasted(form: Form) -> None:
    """It compiles, imports what a reader has, and uses no name that is not in it."""
    tree = ast.parse(form.source)
    allowed = {"sqlalchemy", "flask", "flask_sqlalchemy", "psycopg2", "pydantic"}
    allowed |= sys.stdlib_module_names
    allowed |= needed(form)
    for module in imported(tree):
        assert module.partition(".")[0] in allowed or module in {
            "retort.database",
            "retort.models",
        }, module
    nodes = list(ast.walk(tree))
    known = set(dir(builtins)) | {"__name__"}
    known |= {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    known |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    known |= {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    known |= {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            known |= {(name.asname or name.name).split(".")[0] for name in node.names}
    used = {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert used <= known
