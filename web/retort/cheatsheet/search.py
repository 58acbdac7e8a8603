"""Find recipes by the words that people use: title and keywords count most, code least.

The ranking is much like BM25: a word that few recipes have counts more, and each further place in
which a recipe has it counts less.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from math import log

from .recipe import Recipe
from .recipes import RECIPES

# How much a word counts, by where it stands.
TITLE, KEYWORDS, NAME, TEXT, PITFALLS, CODE = 6.0, 6.0, 4.0, 2.0, 1.0, 0.7
SATURATION = 4.0  # this sum of the above gives half of the highest score
PREFIX = 0.7  # factor for words that begin with the last word, which may be incomplete
WHOLE = 0.3  # added to the factor if all words of the title are looked for
RELEVANT = 0.3  # the part of the best score that a recipe needs to be found
LONGEST = 200  # characters of a query; the rest is ignored

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", re.ASCII)
_ENDINGS = re.compile(r"(?<=\w{3})(ations?|ing|ed|es|s|e|ly|ies|y|er|or|ion|ions)$")
_DOUBLED = re.compile(r"(?<=\w{2}(\w))\1$")  # running: runn: run
# Words that do not tell what is looked for.
_STOP = frozenset(
    """a an the to of for how do does i my is are be it that this with from can what when which
    use using way sqlalchemy python flask have has get per user users""".split()  # noqa: SIM905
)


def search(query: str) -> list[Recipe]:
    """Take what was typed, give the recipes that fit, the best first; all if nothing was typed."""
    words = _words(query[:LONGEST])
    if not query.strip():
        return list(RECIPES.values())
    wanted = [word for word in words if word not in _STOP] or words
    said = {_stem(word): _index().get(_stem(word), {}) for word in wanted}
    if wanted:
        said[_stem(wanted[-1])] = _begun(wanted[-1])
    scores = {
        slug: sum(values.get(slug, 0.0) for values in said.values())
        * (1 + WHOLE * len(_title(slug) & said.keys()) / len(_title(slug)))
        for slug in set[str]().union(*said.values())
    }
    best = max(scores.values(), default=0.0)
    found = [slug for slug in RECIPES if scores.get(slug, 0.0) > RELEVANT * best]
    return [RECIPES[slug] for slug in sorted(found, key=lambda slug: -scores[slug])]


def _words(text: str) -> list[str]:
    """The words of a text in lower case; of a name like `order_by` each part."""
    return [word.lower() for word in _WORD.findall(text)]


def _stem(word: str) -> str:
    """What the forms of a word, like deletes, deleting and deleted, have in common."""
    return _DOUBLED.sub("", _ENDINGS.sub("", word))


@cache
def _index() -> dict[str, dict[str, float]]:
    """For each stem, the score of each recipe that has it."""
    worths: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for recipe in RECIPES.values():
        legacy = recipe.legacy.source if recipe.legacy else ""
        for text, weight in (
            (recipe.title, TITLE),
            (recipe.keywords, KEYWORDS),
            (recipe.slug, NAME),
            (recipe.text, TEXT),
            (" ".join(note for _, note in recipe.pitfalls), PITFALLS),
            (f"{recipe.modern.source} {legacy}", CODE),
        ):
            for stem in {_stem(word) for word in _words(text)}:
                worths[stem][recipe.slug] += weight
    return {
        stem: {
            slug: worth / (worth + SATURATION) * _rarity(len(having))
            for slug, worth in having.items()
        }
        for stem, having in worths.items()
    }


def _rarity(having: int) -> float:
    return log(1 + (len(RECIPES) - having + 0.5) / (having + 0.5))


def _begun(word: str) -> dict[str, float]:
    """The scores of a word that may be whole, or the beginning of others."""
    best = dict(_index().get(_stem(word), {}))
    for stem, values in _index().items():
        if len(word) > 1 and stem.startswith(word):
            for slug, value in values.items():
                best[slug] = max(best.get(slug, 0.0), PREFIX * value)
    return best


@cache
def _title(slug: str) -> frozenset[str]:
    return frozenset(map(_stem, _words(RECIPES[slug].title)))
