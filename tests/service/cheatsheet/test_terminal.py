"""The sheet in a terminal, by curl."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, literal, select

from retort.cheatsheet.recipe import Chapter
from retort.cheatsheet.recipes import CHAPTERS, RECIPES
from retort.cheatsheet.runs.runner import Runner
from retort.database import db

pytestmark = pytest.mark.reads


def test_it_lists_every_recipe_by_chapter(client: FlaskClient) -> None:
    response = client.get("/cheatsheet")
    assert response.content_type == "text/plain; charset=utf-8"
    lines = response.text.splitlines()
    for chapter in CHAPTERS:
        assert chapter.title in lines
    listed = [line.split()[:2] for line in lines if line.startswith("  ")]
    assert listed == [[recipe.number, recipe.slug] for recipe in RECIPES.values()]
    assert max(map(len, lines)) <= 100


def test_it_finds_by_words(client: FlaskClient) -> None:
    first, line, *_ = client.get("/cheatsheet?q=upsert").text.splitlines()
    assert first.split()[1] == "upsert"
    assert "pdate" in line


def test_a_word_that_is_read_as_another_is_said_first(client: FlaskClient) -> None:
    said, first, *_ = client.get("/cheatsheet?q=uspert").text.splitlines()
    assert said == "uspert is read as upsert."
    assert first.split()[1] == "upsert"


def test_nothing_found_says_so(client: FlaskClient) -> None:
    text = client.get("/cheatsheet?q=xyzzy").text
    assert text.splitlines() == [
        "Nothing here knows xyzzy.",
        "No recipe for 'xyzzy'. Without words, all recipes are listed.",
    ]


def test_a_recipe_shows_its_rows_its_code_its_statements_and_its_plan(client: FlaskClient) -> None:
    text = client.get("/cheatsheet/like").text
    recipe = RECIPES["like"]
    assert text.startswith(f"{recipe.number}  {recipe.title}\n")
    assert text.index("icontains  ['Ben'") < text.index("def like(") < text.index("SELECT")
    assert recipe.modern.source in text
    assert re.search(r"^-- 3 statements, 4 round trips, \d+ ms$", text, re.MULTILINE)
    assert "WHERE (persons.name ILIKE" in text
    assert text.index("SELECT") < text.index("Pitfall: ")
    assert re.search(r"^--     .*Seq Scan on persons: [\d.]+ ms, ", text, re.MULTILINE)


def test_what_a_recipe_needs_is_said(client: FlaskClient) -> None:
    text = client.get("/cheatsheet/chapters/migrations-with-alembic").text
    assert text.count("It needs alembic, which the image does not have.") == 16
    assert "It needs Python 3.14." in client.get("/cheatsheet/t-string").text
    assert "It needs the extension pg_trgm" in client.get("/cheatsheet/trigram").text


def test_where_it_is_lacking_the_recorded_run_is_shown(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RECIPES["like"], "needs", "library xyzzy")
    text = client.get("/cheatsheet/like").text
    assert "Lacking: it needs the library xyzzy, which is not installed here" in text
    assert text.index("This is its recorded result:") < text.index("icontains  ['Ben'")
    assert "\n-- 3 statements, 4 round trips\n" in text


def test_plans_may_be_left_out(client: FlaskClient) -> None:
    text = client.get("/cheatsheet/like?plan=0").text
    assert "Seq Scan" not in text
    assert "SELECT" in text


def test_what_sqlalchemy_asks_the_catalogue_is_one_line(client: FlaskClient) -> None:
    text = client.get("/cheatsheet/automap").text
    assert re.search(
        r"^-- SQLAlchemy looks up .*columns.* in the catalogue: \d+ statements$", text, re.MULTILINE
    )
    assert "pg_catalog" not in text


def test_a_chapter_is_all_its_code(client: FlaskClient) -> None:
    for chapter in CHAPTERS:
        text = client.get(f"/cheatsheet/chapters/{chapter.slug}").text
        for recipe in chapter.recipes:
            assert recipe.modern.source in text
    response = client.get("/cheatsheet/chapters/xyzzy")
    assert response.status_code == 404
    assert "There is no chapter 'xyzzy'." in response.text


def test_colour_only_where_it_is_asked_for(client: FlaskClient) -> None:
    address = "/cheatsheet/like"
    assert "\x1b[" not in client.get(address).text
    assert "\x1b[" in client.get(f"{address}?color=1").text
    assert "\x1b[" in client.get("/cheatsheet?color=1").text


def test_the_legacy_form_runs_too(client: FlaskClient) -> None:
    text = client.get("/cheatsheet/like?form=legacy").text
    assert "Person.query" in text


def test_an_unknown_recipe_names_what_is_near(client: FlaskClient) -> None:
    response = client.get("/cheatsheet/upserts")
    assert response.status_code == 404
    assert "Perhaps you meant upsert" in response.text


def test_rows_are_aligned(runner: Runner) -> None:
    from retort.cheatsheet.renderers import terminal  # noqa: PLC0415

    chapter = Chapter("Z", "Tests")

    def rows() -> Any:
        names = select(func.unnest(["a", "a longer one"]).label("name"), literal(3).label("length"))
        return db.session.execute(names.order_by("name")).all()

    chapter.recipe("Test", keywords="", links=())(rows)
    lines = terminal.ran(runner.run(chapter.recipes[0], {}), color=False).splitlines()
    at = lines.index("name          length")
    assert lines[at : at + 4] == [
        "name          length",
        "------------  ------",
        "a             3",
        "a longer one  3",
    ]
