"""Which recipe has which word, and how much that counts.

The ranking is much like BM25: a word that few recipes have counts more, and each further place in
which a recipe has it counts less. Two words that stand side by side are looked for as a pair too,
so that the words of an error message find the message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from math import log

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
    """For each term the score of each recipe that has it, by the recipe's name.

    A worker's first search makes it, in about half a second of the processor: at the start it would
    make each start that much slower, and each process larger, where nobody searches.
    """
    worths: defaultdict[Term, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for recipe in RECIPES.values():
        for text, weight in _texts(recipe):
            # The pairs of pitfalls and code would take most of the memory.
            for term in terms(text, pairs=weight > PITFALLS):
                worths[term][recipe.slug] += weight
    return {
        term: {
            slug: worth / (worth + SATURATION) * rarity(len(having))
            for slug, worth in having.items()
        }
        for term, having in worths.items()
    }


def _texts(recipe: Recipe) -> Iterable[tuple[str, float]]:
    legacy = recipe.legacy.source if recipe.legacy else ""
    return (
        (recipe.title, TITLE),
        (recipe.keywords, KEYWORDS),
        (recipe.slug, NAME),
        (recipe.text, TEXT),
        (" ".join(note for _, note in recipe.pitfalls), PITFALLS),
        (f"{recipe.modern.source} {legacy}", CODE),
    )


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
