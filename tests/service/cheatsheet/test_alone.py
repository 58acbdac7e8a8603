"""The code that runs by itself: in a bare interpreter and an empty database, every recipe gives
what it gives in the sheet."""

import sys
import warnings
from collections.abc import Generator
from copy import copy
from typing import Any

import pytest
from sqlalchemy.exc import SADeprecationWarning

from retort.cheatsheet.alone import alone
from retort.cheatsheet.alone.program import DATABASE_URL
from retort.cheatsheet.edition import normal
from retort.cheatsheet.recipe import Form, Recipe
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.runs.result import Shown
from retort.cheatsheet.runs.runner import Runner

from ..application import settings_on
from ..postgres import Server
from .bare import Bare

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
    with Bare.started() as bare:
        yield bare


def in_the_sheet(runner: Runner, recipe: Recipe, form: str) -> Shown:
    """A run whose result is what `print` makes of it."""
    function = recipe.form(form).function

    def printed() -> str:
        value: Any = function(**dict(recipe.parameters()))
        return "\n".join(map(str, value)) if isinstance(value, list) else str(value)

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
    assert "retort" not in program
    shown = in_the_sheet(runner, recipe, form)
    with server.empty() as url:
        ended = bare.run(
            program.replace(DATABASE_URL, url.render_as_string(hide_password=False))
        )
    assert ended.error == shown.error, ended.says
    if not shown.error:
        assert same(ended.printed) == same(shown.text)
