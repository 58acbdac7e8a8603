"""A search takes anything, and never long."""

from itertools import product

import pytest
from flask.testing import FlaskClient

from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.search import search

from ..processor import within

pytestmark = pytest.mark.reads

UNKNOWN = ["".join(letters) for letters in product("jkqxz", repeat=3)]


@pytest.mark.parametrize("words", ["xyzzy", "\0", "é", "%", "'", "a" * 5000, "the", "-", "1e400"])
def test_anything_may_be_typed(client: FlaskClient, words: str) -> None:
    assert client.get("/cheatsheet", query_string={"q": words}).status_code == 200


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "words",
    [
        "".join(map(str.title, UNKNOWN)),  # one name of many words
        " ".join(UNKNOWN),
        "aB1" * 3000,
        "[SQL: " * 2000,
        "'" * 9000,
        "<a" * 4000,
        "a." * 5000,
        "a " * 5_000_000,
        " ".join(map(str, range(5000))),
    ],
    ids=lambda words: words[:10],
)
def test_a_long_text_takes_no_longer(words: str) -> None:
    search("anythingg")
    with within(0.2):
        search(words)


def test_of_a_long_text_the_beginning_counts() -> None:
    assert search("upsert" + " " * 2000 + "upsert join") == search("upsert")
    assert search(" ".join(UNKNOWN)).unknown == UNKNOWN[:40]


@pytest.mark.no_cover
def test_it_is_quick() -> None:
    """A tenth of the 50 ms that a keystroke may take."""
    search("anything")
    with within(0.005 * len(RECIPES)):
        for recipe in RECIPES.values():
            search(recipe.title)
