"""A function of a test's own, run as a recipe."""

from collections.abc import Callable
from typing import Any

from retort.cheatsheet.recipe import Chapter, Recipe
from retort.cheatsheet.runs.runner import Run, Runner


def recipe(function: Callable[..., Any], *, shared: bool = False) -> Recipe:
    """A recipe of this test's."""
    chapter = Chapter("Z", "Tests")
    chapter.recipe("Test", keywords="", links=(), shared=shared)(function)
    return chapter.recipes[0]


def run(runner: Runner, function: Callable[..., Any], *, shared: bool = False) -> Run:
    return runner.run(recipe(function, shared=shared), {})


def shown(runner: Runner, function: Callable[..., Any], *, shared: bool = False) -> str:
    """What a run gave, in one line."""
    result = run(runner, function, shared=shared).result
    cells = "; ".join(", ".join(row) for row in result.rows)
    return f"{result.error} {result.text}{cells}".strip()
