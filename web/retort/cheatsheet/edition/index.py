"""The index of the edition to print: words, and the recipes that each leads to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from ..recipe import Recipe

MOST = 6  # recipes that a word leads to; a word of more leads to those that have it in their title

# Words that lead nowhere: those of any sentence, and those of most messages of errors. In capitals
# they are SQL, as in NOT EXISTS.
_STOP = frozenset(
    """a aborting accepted accepting accessed additional affect all allowed allows already altered
    an and and/or any are as associated at attempts available awaited be been before being beside
    but by can cannot coercing combining come complete configured consist constrained contain
    converted could couldn't currently determine did directly do does doesn't driver's due during
    each either else emitting ensure established every exceed exceeded exceeds expected failing
    first for formerly formulate found from fully further get given got had has have here how i
    identical if in incompatible incorrect independently indicated instead into invoke is it its
    just known last leading linking lot made make many matches may message might more most must my
    near need needed neither never new next no nor normally not now of off on once one only or other
    others otherwise own passed per perhaps permitted please possible proposed provided provisioning
    relevant remaining requested requires resolve results returned same say searched see several
    since so some specify stage such supplied support supported takes than that the their them then
    there these they this to too tried twice two typically unknown unless up usage use used using
    via violated was way were what when where which while who whose why will with without yet you
    your""".split()  # noqa: SIM905
)


def entries(recipes: Iterable[Recipe]) -> list[tuple[str, list[Recipe]]]:
    """The words of titles and keywords in the order of the alphabet, signs first."""
    forms: defaultdict[str, set[str]] = defaultdict(set)
    having: defaultdict[str, dict[Recipe, bool]] = defaultdict(dict)  # whether in its title
    for recipe in recipes:
        title = _words(recipe.title)
        for word in [*title, *_words(recipe.keywords)]:
            key = word if word.lower() in _STOP else word.lower()
            forms[key].add(word)
            having[key][recipe] = having[key].get(recipe, False) or word in title
    found = [(min(forms[key], key=_rank), _led_to(having[key])) for key in having]
    return sorted((one for one in found if one[1]), key=lambda one: _order(one[0]))


def _led_to(having: dict[Recipe, bool]) -> list[Recipe]:
    return [recipe for recipe, in_title in having.items() if in_title or len(having) <= MOST]


def _words(text: str) -> list[str]:
    around = r"^[(\"]+|\(s\)$|[,.:;!?\"]+$|(?<=\w)\)$"
    words = [re.sub(around, "", word) or word for word in text.split()]
    if re.fullmatch("[A-Z][a-z]+", words[0]):  # begins a title
        words[0] = words[0].lower()
    return [word for word in words if _leads(word)]


def _leads(word: str) -> bool:
    if len(word) == 1 and word.isalnum():
        return False
    return word.lower() not in _STOP or word.isupper()


def _rank(form: str) -> tuple[bool, bool, str]:
    """Of the ways to write a word, a name like IntegrityError is the best, then small letters."""
    is_name = not form.isupper() and form[1:] != form[1:].lower()
    return not is_name, not form.islower(), form


def _order(word: str) -> tuple[bool, str]:
    letters = re.sub(r"\W|_", "", word).lower()
    return bool(letters), letters or word
