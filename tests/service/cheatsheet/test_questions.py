"""What people ask of SQLAlchemy in forums and issue threads, in their own words: the right recipe
is among the first three.

The questions were gathered without a look at the recipes, but for the last eleven; a message of an
error is there as it is pasted. `questions.tsv` has each with the recipes that answer it.
"""

from pathlib import Path

import pytest

from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.search import search

pytestmark = pytest.mark.reads

LINES = Path(__file__).with_name("questions.tsv").read_text(encoding="utf-8").splitlines()
QUESTIONS = {asked: set(slugs.split()) for asked, slugs in (line.split("\t") for line in LINES)}


def test_there_are_more_than_a_hundred_and_each_has_an_answer() -> None:
    assert len(QUESTIONS) == len(LINES) > 100
    assert set[str]().union(*QUESTIONS.values()) <= RECIPES.keys()


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked[:60])
def test_a_question_finds_its_answer(asked: str) -> None:
    found = [match.recipe.slug for match in search(asked).matches[:3]]
    assert QUESTIONS[asked] & {*found}, found
