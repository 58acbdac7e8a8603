"""Which recipe has which word, and how much that counts.

The ranking is much like BM25: a word that few recipes have counts more, and each further place in
which a recipe has it counts less. Two words that stand side by side are looked for as a pair too,
so that the words of an error message find the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from math import log
from types import CodeType
from typing import cast

from ..recipe import Recipe
from ..recipes import RECIPES
from .words import names, parts, stem

# How much a word counts, by where it stands.
TITLE, KEYWORDS, NAME, TEXT, PITFALLS, CODE = 6.0, 6.0, 4.0, 2.0, 1.0, 0.7
SATURATION = 4.0  # this sum of the above gives half of the highest score

Term = str | tuple[str, str]  # a stem, or two that stand side by side


def terms(text: str, *, pairs: bool = True) -> set[Term]:
    """The stems of a text; of a name like `QueuePool` its parts and the whole."""
    found = names(text)
    in_order = [stem(part) for name in found for part in parts(name)]
    wholes = [stem("".join(parts(name))) for name in found]
    return {*in_order, *wholes, *(pairwise(in_order) if pairs else ())}


@cache
def index() -> dict[Term, dict[str, float]]:
    """For each term the score of each recipe that has it, by the recipe's name."""
    scores: dict[Term, dict[str, float]] = {}
    for recipe in RECIPES.values():
        for text, weight in _texts(recipe):
            # The pairs of pitfalls and code would take most of the memory.
            for term in terms(text, pairs=weight > PITFALLS):
                having = scores.setdefault(term, {})
                having[recipe.slug] = having.get(recipe.slug, 0.0) + weight
    for having in scores.values():
        each = rarity(len(having))
        for slug, worth in having.items():
            having[slug] = worth / (worth + SATURATION) * each
    return scores


def _texts(recipe: Recipe) -> Iterable[tuple[str, float]]:
    forms = [recipe.modern, *([recipe.legacy] if recipe.legacy else [])]
    return (
        (recipe.title, TITLE),
        (recipe.keywords, KEYWORDS),
        (recipe.slug, NAME),
        (recipe.text, TEXT),
        (" ".join(note for _, note in recipe.pitfalls), PITFALLS),
        (" ".join(word for form in forms for word in _named(form.function.__code__)), CODE),
    )


def _named(code: CodeType) -> Iterator[str]:
    """What code names, and its texts; its source would take ten times as long to find."""
    yield from (*code.co_names, *code.co_varnames)
    for constant in code.co_consts[1:]:  # the first is the docstring
        if isinstance(constant, CodeType):
            yield from _named(constant)
        elif isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple):  # names of arguments
            yield from (str(one) for one in cast("tuple[object, ...]", constant))


def rarity(having: int) -> float:
    """How much a word counts that so many recipes have."""
    return log(1 + (len(RECIPES) - having + 0.5) / (having + 0.5))


@cache
def vocabulary() -> dict[str, str]:
    """The words of all recipes as they stand, each with its stem."""
    return {
        word: stem(word)
        for recipe in RECIPES.values()
        for text, _ in _texts(recipe)
        for name in names(text)
        for word in (*parts(name), "".join(parts(name)))
    }
