"""What people ask of SQLAlchemy in forums and issue threads, in their own words: the right recipe
is among the first three.

The first questions were gathered without a look at the recipes; a message of an error is there as
it is pasted. `questions.tsv` has each with the recipes that answer it.
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
    found = slugs(asked)[:3]
    assert QUESTIONS[asked] & {*found}, found


MESSAGE = "relation does not exist"
NOISE = {
    "the class": f"sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) {MESSAGE}",
    "the line": f"{MESSAGE}\nLINE 1: SELECT lateral, recursive FROM window\n             ^",
    "the values": f"{MESSAGE} DETAIL: Failing row contains (pivot, median). (upsert)=(trigram).",
    "the SQL": f"{MESSAGE} [SQL: SELECT lateral FROM window] [parameters: {{'a': 'recursive'}}]",
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
def test_what_a_message_says_of_one_program_alone_does_not_count(noise: str) -> None:
    assert slugs(noise) == slugs(MESSAGE)


def test_python_quotes_what_its_message_is_about() -> None:
    assert slugs("AttributeError: 'list' object has no attribute 'paginate'")[0] == "paginate"


def test_a_class_alone_is_looked_for() -> None:
    assert slugs("IdentifierError")[0] == "constraints"
    assert "app-context" in slugs("RuntimeError")


def slugs(asked: str) -> list[str]:
    return [match.recipe.slug for match in search(asked).matches]
