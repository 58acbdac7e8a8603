"""The code that runs by itself: in a bare interpreter and an empty database, every recipe gives
what it gives in the sheet."""

import ast
import inspect
import re
import sys
import warnings
from collections.abc import Generator
from copy import copy
from functools import cache
from importlib.metadata import packages_distributions, requires
from typing import Any, cast

import pytest
from sqlalchemy.exc import SADeprecationWarning

from retort.cheatsheet.alone import alone, models, rows
from retort.cheatsheet.alone.program import DATABASE_URL
from retort.cheatsheet.alone.rows import ROWS
from retort.cheatsheet.edition import normal
from retort.cheatsheet.recipe import Form, Recipe
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.runs.result import Shown
from retort.cheatsheet.runs.runner import Lacking, Runner
from retort.cheatsheet.runs.sandbox import LIMITS
from retort.models import Person

from ..application import settings_on
from ..postgres import Database, Server, execute
from .bare import Bare
from .test_recipes import imported

PACKAGES = packages_distributions()

every_form = pytest.mark.parametrize(
    ("recipe", "form"),
    [
        pytest.param(recipe, form, id=f"{recipe.slug}-{form}")
        for recipe in RECIPES.values()
        for form in (("modern", "legacy") if recipe.legacy else ("modern",))
    ],
)


@pytest.fixture(scope="module")
def runner(server: Server) -> Generator[Runner]:
    with server.clone() as database:
        runner = Runner(settings_on(database.web))
        yield runner
        runner.sandbox.close()


@pytest.fixture(scope="module")
def bare() -> Generator[Bare]:
    with Bare.started(" ".join(f"-c{name}={value}" for name, value in LIMITS.items())) as bare:
        yield bare


def in_the_sheet(runner: Runner, recipe: Recipe, form: str) -> Shown:
    """A run whose result is what `print` makes of it."""
    function = recipe.form(form).function

    def printed() -> str:
        value = function(**dict(recipe.parameters()))
        each = cast("list[Any]", value) if isinstance(value, list) else [value]
        return "\n".join(map(str, each))

    printing = copy(recipe)
    printing.modern = Form(printed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SADeprecationWarning)
        return runner.run(printing, {}).result


def same(text: str) -> str:
    """A text without what differs between any two runs, or between two schemas."""
    return normal.normal(text).replace("cheatsheet", "public").strip()


@every_form
def test_it_gives_the_same_by_itself(
    runner: Runner, bare: Bare, server: Server, recipe: Recipe, form: str
) -> None:
    program = alone(recipe, form)
    shown = in_the_sheet(runner, recipe, form)
    if shown.error == Lacking.__name__:
        assert recipe.needs
        assert recipe.needs in program.partition("\n\n")[0]
        return
    # One that would start a server as a program is imported instead.
    starts = 'if __name__ == "__main__":' in program
    name = recipe.modern.function.__module__ if starts else "__main__"
    with server.empty() as url:
        # As an ordinary role: a superuser sees all rows, whatever the policies say.
        execute(url, f"ALTER DATABASE {url.database} OWNER TO {server.web_user}")
        owner = url.set(username=server.web_user, password=server.web_password)
        # Without what only libpq knows, which a given server's URL has.
        owner = owner.difference_update_query(["connect_timeout"])
        there = owner.render_as_string(hide_password=False)
        ended = bare.run(program.replace(DATABASE_URL, there), name)
    assert ended.error == shown.error, ended.says
    if not shown.error:
        assert same(ended.printed) == same(shown.text)


@cache
def brought(package: str) -> list[str]:
    """What pip installs with a package."""
    return [re.split(r"[^\w-]", one)[0] for one in requires(package) or ()]


@every_form
def test_it_says_how_to_run_it(recipe: Recipe, form: str) -> None:
    program = alone(recipe, form)
    head, *_ = program.split("\n\n")
    assert head.startswith("# Runs by itself")
    assert ("on an empty database" in head) == (DATABASE_URL in program)
    assert program.count(DATABASE_URL) <= 1
    modules = {module.partition(".")[0] for module in imported(ast.parse(program))}
    installed = re.findall(r"[\w-]+", head.partition("# pip install ")[2].partition("\n")[0])
    with_those_they_bring = {
        name.lower() for package in installed for name in (package, *brought(package))
    }
    for module in modules - sys.stdlib_module_names:
        assert PACKAGES[module][0].lower() in with_those_they_bring


def test_the_rows_are_those_that_db_init_makes(shared: Database) -> None:
    for table, given in ROWS.items():
        found = shared.execute(f"SELECT * FROM cheatsheet.{table} ORDER BY 1, 2")
        assert [dict(row._mapping) for row in found] == given


def test_what_it_needs_of_the_models_is_all_that_it_has() -> None:
    program = alone(RECIPES["like"])
    assert "class Person(db.Model)" in program
    assert "email" not in program
    assert "class Order" not in program
    program = alone(RECIPES["one-to-many"])
    assert "flask" not in program
    assert "class Person(Base)" not in program


def test_each_form_is_a_program_of_its_own() -> None:
    recipe = RECIPES["like"]
    assert "Person.query" in alone(recipe, "legacy")
    assert "Person.query" not in alone(recipe)


def test_the_models_and_rows_that_it_works_on() -> None:
    recipe = RECIPES["join"]
    found = models(recipe)
    assert found.keys() >= {"Person", "Order", "OrderStatus"}
    assert "Project" not in found
    assert found["Person"] == inspect.getsource(Person).rstrip()
    tables = rows(recipe)
    assert [*tables] == ["persons", "orders"]
    assert tables["persons"].columns[:2] == ["id", "name"]
    assert tables["persons"].rows[0][:3] == ["1", "Amy", "amy@example.com"]
    assert len(tables["orders"].rows) == len(ROWS["orders"])
    assert models(RECIPES["back-populates"]) == rows(RECIPES["back-populates"]) == {}


def test_a_recipe_has_no_other_forms() -> None:
    with pytest.raises(LookupError):
        alone(RECIPES["upsert"], "old")
