"""Find recipes by the words that people use, an error message included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import groupby, pairwise
from operator import itemgetter

from ..recipe import Recipe
from ..recipes import RECIPES
from .index import Term, index, rarity, terms, vocabulary
from .words import SYNONYMS, TABLES, asked, names, parts, stem, told

LONGEST, MOST_WORDS = 2000, 40  # characters and words of a query; the rest is ignored
MOST = 8  # recipes that are found
RELEVANT = 0.3  # the part of the best score that a recipe needs to be found
WHOLE = 0.3  # added to the factor if all words of the title are looked for
PAIR = 0.5  # factor for two words side by side
GUESSED = 0.7  # factor for a word that stands for the one that was typed
MISTYPED = 0.5  # factor for a word that is like one that no recipe knows
CLOSE = 0.8  # how alike a mistyped word and the one that it stands for are
SHORTEST = 3  # letters of a word that may be a beginning, or mistyped
CODE_LINE, KEYWORDS_LINE = 0.8, 0.6  # factors for lines that are no sentence
WIDEST = 110  # characters of a line that is shown


@dataclass(frozen=True)
class Match:
    """A recipe, and the line of it that says most of what was looked for: its pieces, each with
    whether it matched."""

    recipe: Recipe
    line: list[tuple[str, bool]]


@dataclass(frozen=True)
class Found:
    """What a query found, the best first; the words in it that no recipe knows; and those that
    are read as a word like them, each with that word."""

    matches: list[Match]
    unknown: list[str]
    guessed: dict[str, str]


def search(query: str) -> Found:
    """Take what was typed, give the recipes that fit."""
    query = query[:LONGEST]
    words = [(name, word) for name in asked(query) for word in _words(name)][:MOST_WORDS]
    meanings = [(name, word, _variants(word)) for name, word in words]
    guessed = {word: close for _, word, one in meanings if not one and (close := _close(word))}
    unknown = dict.fromkeys(
        name for name, word, one in meanings if not (one or word in guessed or name.isdecimal())
    )
    stems = [stem(part) for name in told(query) for part in parts(name)]
    wanted: list[dict[Term, float]] = [
        *(one for *_, one in meanings if one),
        *({vocabulary()[close]: MISTYPED} for close in guessed.values()),
        *({pair: PAIR} for pair in pairwise(stems) if pair in index()),
    ]
    met = {term for variants in wanted for term in variants}
    scores = {
        slug: score * (1 + WHOLE * len(_title(slug) & met) / len(_title(slug)))
        for slug, score in _scores(wanted).items()
    }
    best = max(scores.values(), default=0.0)
    found = [slug for slug in RECIPES if scores.get(slug, 0.0) > RELEVANT * best]
    found.sort(key=lambda slug: -scores[slug])
    matches = [Match(RECIPES[slug], _line(RECIPES[slug], met)) for slug in found[:MOST]]
    return Found(matches, [*unknown], guessed)


def _words(name: str) -> Sequence[str]:
    """What to look for: a name as a whole where a recipe has it, and its parts."""
    pieces = parts(name)
    whole = "".join(pieces)
    return [whole, *pieces] if len(pieces) > 1 and stem(whole) in index() else pieces


def _variants(word: str) -> dict[Term, float]:
    """The terms that a word stands for, each with how much it counts; none for a word that no
    recipe knows, and that is not the beginning of one."""
    its = stem(TABLES.get(word, word))
    known: dict[Term, float] = {its: 1.0} if its in index() else {}
    if other := SYNONYMS.get(its):
        known[other] = GUESSED
    if known or len(word) < SHORTEST or word.isdecimal():
        return known
    return {its: GUESSED for one, its in vocabulary().items() if one.startswith(word)}


@lru_cache(maxsize=1000)
def _close(word: str) -> str | None:
    """The word of a recipe that a mistyped one is most like; None if it is like none."""
    if len(word) < SHORTEST or word.isdecimal():
        return None
    # A mistake rarely changes the first letter and the last; comparing every word takes long.
    like = [one for one in vocabulary() if one[0] == word[0] or one[-1] == word[-1]]
    return next(iter(get_close_matches(word, like, 1, CLOSE)), None)


def _scores(wanted: list[dict[Term, float]]) -> dict[str, float]:
    """The score of each recipe: of each word the best of what it may stand for."""
    scores: dict[str, float] = {}
    for variants in wanted:
        best: dict[str, float] = {}
        for term, factor in variants.items():
            for slug, score in index()[term].items():
                best[slug] = max(best.get(slug, 0.0), factor * score)
        for slug, score in best.items():
            scores[slug] = scores.get(slug, 0.0) + score
    return scores


@cache
def _title(slug: str) -> frozenset[Term]:
    return frozenset(stem(part) for name in names(RECIPES[slug].title) for part in parts(name))


def _line(recipe: Recipe, met: set[Term]) -> list[tuple[str, bool]]:
    """The line that says most of it, rather a sentence than code or keywords."""
    best, _, _ = max(
        _lines(recipe.slug),
        key=lambda line: line[2] * sum(rarity(len(index()[term])) for term in line[1] & met),
    )
    words = [
        (piece, any(stem(word) in met for word in _words(piece)))
        for piece in re.split(r"(\w+)", best)
        if piece
    ]
    pieces = [
        ("".join(piece for piece, _ in same), is_met)
        for is_met, same in groupby(words, itemgetter(1))
    ]
    return _shortened(pieces)


def _shortened(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The part of a long line that begins a little before what matched first."""
    first = next((at for at, (_, is_met) in enumerate(pieces) if is_met), 0)
    before = "".join(piece for piece, _ in pieces[:first])
    if len(before) > WIDEST // 3:
        before = f"… {before[-WIDEST // 3 :].partition(' ')[2]}"
    shown, left = [(before, False)] if before else [], WIDEST - len(before)
    for piece, is_met in pieces[first:]:
        if len(piece) > left:
            return [*shown, (f"{piece[:left].rpartition(' ')[0]} …", False)]
        shown.append((piece, is_met))
        left -= len(piece)
    return shown


@cache
def _lines(slug: str) -> list[tuple[str, set[Term], float]]:
    """The lines of a recipe that may be shown: with their terms, and how much they count."""
    recipe = RECIPES[slug]
    sentences = [*re.split(r"(?<=[.!?]) +", recipe.text), *(note for _, note in recipe.pitfalls)]
    code = [line.strip() for line in recipe.modern.source.splitlines() if line[:1] == " "]
    return [
        *((line.replace("`", ""), terms(line), 1.0) for line in sentences),
        *((line, terms(line), CODE_LINE) for line in code),
        (recipe.keywords, terms(recipe.keywords), KEYWORDS_LINE),
    ]
