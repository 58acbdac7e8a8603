"""`/api/<table>/<key>`: one row, by its key, whatever characters that has."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from retort import Settings

from ..application import MakeApp
from ..page import Page
from ..postgres import Database

TEXTS = [
    "a/b",
    "a,b",
    "/",
    "//x",
    "a//b/",
    ",",
    '"q"',
    "100%",
    "%2F",
    "a b+c",
    "é",
    "a\nb",
    "?#&",
    "..a",
]
# In a path, browsers and proxies take these for directories.
ONLY_BY_FILTER = [".", ".."]


def test_nothing_is_asked_for_beyond_the_row(client: FlaskClient, statements: list[str]) -> None:
    """There can be no more than one, so none that is cut off."""
    assert client.get("/api/persons/1").status_code == 200
    (statement,) = statements
    assert "LIMIT" not in statement
    assert statement.count("FROM persons") == 1


@pytest.fixture
def keyed(
    database: Database, settings: Settings, make_app: MakeApp, member: dict[str, str]
) -> FlaskClient:
    web = settings.url.username
    database.execute(
        "CREATE TABLE words (word text PRIMARY KEY, n int)",
        "CREATE TABLE pairs (one text, two text, n int, PRIMARY KEY (one, two))",
        f"GRANT ALL ON words, pairs TO {web}, {web}_member",
    )
    for text in (*TEXTS, *ONLY_BY_FILTER):
        database.execute("INSERT INTO words VALUES (:text, 1)", text=text)
        database.execute("INSERT INTO pairs VALUES (:text, 'x,y', 1)", text=text)
    client = make_app(api_schemas=["public"]).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = member["Authorization"]
    return client


def paths(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The addresses of the rows with that text in their keys, and the keys."""
    encoded = quote(text, safe="")
    return [
        (f"words/{encoded}", {"word": text}),
        (f"pairs/{encoded},x%2Cy", {"one": text, "two": "x,y"}),
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_a_key_of_any_characters_is_read_written_and_linked_to(
    keyed: FlaskClient, text: str
) -> None:
    for path, key in paths(text):
        found = keyed.get(f"/api/{path}")
        assert found.get_json() == key | {"n": 1}
        assert found.headers["Content-Location"] == f"/api/{path}"
        assert keyed.patch(f"/api/{path}", json={"n": 2}).status_code == 204
        assert keyed.put(f"/api/{path}", json={"n": 3}).status_code == 204
        (in_batch,) = keyed.post("/api/", json=[{"path": f"/{path}"}]).get_json()
        assert in_batch["body"] == key | {"n": 3}
        page = Page(keyed.get(f"/tables/{path}"))
        assert page.status == 200
        assert f"/api/{path}" in page.html
        table = path.partition("/")[0]
        assert f"/tables/{path}" in Page(keyed.get(f"/tables/{table}")).links.values()
        assert keyed.delete(f"/api/{path}").status_code == 204


@pytest.mark.parametrize("text", ONLY_BY_FILTER)
def test_a_key_that_no_path_can_have_is_found_by_a_filter(keyed: FlaskClient, text: str) -> None:
    links = Page(keyed.get("/tables/words")).links.values()
    assert f"/tables/words?word=eq.{text}" in links
    assert keyed.get(f"/api/words?word=eq.{text}").get_json() == [{"word": text, "n": 1}]


def test_a_slash_that_is_not_encoded_is_no_part_of_a_key(keyed: FlaskClient) -> None:
    for path in ("words/a/b", "persons/1/orders", "words/a%2Fb/c"):
        answer = keyed.get(f"/api/{path}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "PGRST125")


def test_a_key_of_several_parts_has_that_many(keyed: FlaskClient) -> None:
    for key in ("a", "a,b,c", "a%2Cb"):
        answer = keyed.get(f"/api/pairs/{key}")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "PGRST100")
