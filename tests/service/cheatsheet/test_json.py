"""The sheet as JSON."""

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from sqlalchemy import literal, select

from retort.cheatsheet.alone import alone
from retort.cheatsheet.recipe import Chapter
from retort.cheatsheet.recipes import RECIPES
from retort.database import db

from .client import JSON, run

pytestmark = pytest.mark.reads


def test_json_is_what_openapi_says(client: FlaskClient) -> None:
    paths = client.get("/api/").get_json()["paths"]
    for path, answer in (
        ("/cheatsheet", client.get("/cheatsheet", headers=JSON)),
        ("/cheatsheet", client.get("/cheatsheet?q=upsert+xyzzy", headers=JSON)),
        ("/cheatsheet/chapters/{chapter}", client.get("/cheatsheet/chapters/read", headers=JSON)),
        ("/cheatsheet/{recipe}", client.get("/cheatsheet/n-plus-one", headers=JSON)),
    ):
        assert paths[path]["servers"] == [{"url": "/"}]
        said = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        OAS31Validator(said).validate(answer.get_json())
        assert answer.get_json()


def test_json_holds_all_of_a_run(client: FlaskClient) -> None:
    recipe = RECIPES["like"]
    assert recipe.legacy
    found = run(client, "like", part="m", form="legacy")
    assert (found["form"], found["code"]) == ("legacy", recipe.modern.source)
    assert found["legacy_code"] == recipe.legacy.source
    assert found["program"] == alone(recipe, "legacy")
    assert [(note["kind"], note["text"]) for note in found["pitfalls"]] == recipe.pitfalls
    assert found["links"] == [*recipe.links]
    assert found["parameters"] == {"part": "m", "limit": 5}
    assert (found["statements_sent"], found["round_trips"]) == (3, 4)
    begin, asked, *_ = found["statements"]
    assert (begin["sql"], begin["plan"], begin["rows"]) == ("BEGIN", None, None)
    assert asked["sql"].startswith("SELECT persons.")
    assert asked["parameters"] == ["name_1 = '%m%', param_1 = 5"]
    assert (asked["rows"], asked["round_trips"], asked["connection"]) == (2, 1, 1)
    assert asked["plan"]["title"] == "Limit"


def test_an_error_that_is_not_meant_is_not_expected(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = Chapter("Z", "Tests")

    @chapter.recipe("Another error", keywords="", links=(), raises=LookupError)
    def another_error() -> None:
        db.session.execute(select(1 / literal(0)))

    monkeypatch.setitem(RECIPES, "another-error", chapter.recipes[0])
    found = run(client, "another-error")
    assert found["result"]["error"] == "DataError"
    assert found["statements"][1]["error"] == "division by zero"
    assert found["expected"] is False


def test_n_plus_one_is_counted(client: FlaskClient) -> None:
    many, few = run(client, "n-plus-one"), run(client, "selectinload")
    assert many["result"] == few["result"]
    assert (many["statements_sent"], few["statements_sent"]) == (1 + 6, 2)


def test_an_error_that_is_the_lesson_is_the_result(client: FlaskClient) -> None:
    found = run(client, "detached-instance-error")
    assert found["result"]["error"] == "DetachedInstanceError"
    assert found["expected"] is True
