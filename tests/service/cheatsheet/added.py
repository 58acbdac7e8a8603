"""A recipe of the tests' own, among those of the sheet."""

from __future__ import annotations

from typing import Any

import pytest

from retort.cheatsheet.recipe import Chapter, Recipe
from retort.cheatsheet.recipes import RECIPES


def recipe(
    name: str, does: Any, raises: type[Exception] | None = None, needs: str | None = None
) -> Recipe:
    """A recipe of the tests' own, which no chapter has."""

    def function() -> Any:
        """For `tests` & <such>.

        Pitfall: none.
        """
        return does()

    function.__name__ = name
    chapter = Chapter("Z", "Tests")
    links = ("https://example.com/a#b-c",)
    chapter.recipe(name, keywords="", links=links, raises=raises, needs=needs)(function)
    return chapter.recipes[0]


def added(
    monkeypatch: pytest.MonkeyPatch,
    does: Any,
    raises: type[Exception] | None = None,
    needs: str | None = None,
) -> str:
    monkeypatch.setitem(RECIPES, "added", recipe("added", does, raises, needs))
    return "/cheatsheet/added"
