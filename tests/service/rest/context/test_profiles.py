"""A schema of any name is asked for by its profile; where there are several, an answer says which
it is from."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import Any

import pytest
from flask.testing import FlaskClient

from ...application import application, settings_on
from ...page import Page
from ...postgres import Database, Server
from .conftest import header

NAMES = ["Sales", 'SPECIAL "@/\\#~_-', "100%s order by", "élan"]
REP = {"Prefer": "return=representation"}


def sql(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'"{quoted}"'.replace(":", "\\:")


@pytest.fixture(scope="module")
def named(server: Server) -> Generator[Database]:
    with server.clone() as database:
        web = database.web.username
        for schema in map(sql, NAMES):
            database.execute(
                f"CREATE SCHEMA {schema}",
                f"CREATE TYPE {schema}.\"State\" AS ENUM ('open', 'paid')",
                f"CREATE TABLE {schema}.languages (id serial PRIMARY KEY, name text)",
                f"CREATE TABLE {schema}.names (id serial PRIMARY KEY, name text, "
                f"state {schema}.\"State\" DEFAULT 'open', "
                f"language_id int REFERENCES {schema}.languages)",
                f"INSERT INTO {schema}.languages (name) VALUES ('English')",
                f"INSERT INTO {schema}.names (name, language_id) VALUES ('John', 1)",
                f"GRANT USAGE ON SCHEMA {schema} TO {web}, {web}_member",
                f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {web}, {web}_member",
                f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {web}, {web}_member",
            )
        yield database


MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def made(named: Database) -> Generator[MakeClient]:
    with ExitStack() as stack:

        def make(*schemas: str, **others: str) -> FlaskClient:
            settings = settings_on(named.web, API_SCHEMAS=",".join(schemas), **others)
            return stack.enter_context(application(settings)).test_client()

        yield make


def profile(name: str) -> dict[str, str]:
    """As a client sends it: in UTF-8, which WSGI gives as Latin-1."""
    sent = name.encode().decode("latin-1")
    return {"Accept-Profile": sent, "Content-Profile": sent}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_read_embedded_and_written(made: MakeClient, name: str) -> None:
    client = made("public", *NAMES)
    path = "/api/names?select=name,languages(name)&state=eq.open&id=eq.1"
    for _ in range(3):
        found = client.get(path, headers=profile(name))
        assert found.get_json() == [{"name": "John", "languages": {"name": "English"}}], found.text
        assert found.headers["Content-Profile"] == profile(name)["Accept-Profile"]
    wish = profile(name) | header(client)
    wish |= {"Prefer": "return=representation,missing=default,tx=rollback"}
    rows = [{"name": "María", "state": "paid"}, {"name": "José", "language_id": 1}]
    new = client.post(
        "/api/names?select=state,languages(name)&columns=id,name,state,language_id",
        json=rows,
        headers=wish,
    )
    assert sorted(new.get_json(), key=lambda row: row["state"]) == [
        {"state": "open", "languages": {"name": "English"}},
        {"state": "paid", "languages": None},
    ], new.text
    assert new.headers["Content-Profile"] == profile(name)["Accept-Profile"]
    assert "/names" in client.get("/api/", headers=profile(name)).get_json()["paths"]


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name])
def test_it_has_its_pages(made: MakeClient, name: str) -> None:
    client = made("public", *NAMES)
    links = Page(client.get("/tables")).links
    page = client.get(links[f"{name}.names"])
    assert "John" in page.text
    assert client.get(Page(page).links["1"]).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_it_may_be_the_only_one(made: MakeClient, name: str) -> None:
    client = made(name)
    found = client.get("/api/names?select=name&id=eq.1")
    assert found.get_json() == [{"name": "John"}]
    assert "Content-Profile" not in found.headers


def test_every_answer_about_rows_tells_its_schema(made: MakeClient) -> None:
    client = made("Sales", "public")
    rollback = {"Prefer": "tx=rollback"} | header(client)
    requests: list[tuple[str, str, dict[str, Any]]]
    for given in ({}, profile("Sales")):
        requests = [
            ("GET", "/names", {}),
            ("HEAD", "/names", {}),
            ("FETCH", "/names", {"json": {"limit": 1}}),
            ("GET", "/names/1", {}),
            ("POST", "/names", {"json": {"name": "x"}}),
            ("POST", "/names", {"json": []}),
            ("PATCH", "/names?id=eq.1", {"json": {"name": "x"}}),
            ("PUT", "/names/1", {"json": {"name": "x"}}),
            ("DELETE", "/names?id=eq.99", {}),
            ("GET", "/", {}),
        ]
        for method, path, options in requests:
            answer = client.open(f"/api{path}", method=method, headers=rollback | given, **options)
            assert answer.status_code < 300, answer.text
            assert answer.headers["Content-Profile"] == "Sales"
    streamed = client.get("/api/names", headers={"Accept": "application/x-ndjson"})
    assert streamed.headers["Content-Profile"] == "Sales"
    (one,) = client.post("/api/", json=[{"path": "/names"}]).get_json()
    assert one["headers"]["Content-Profile"] == "Sales"
    assert client.get("/api/persons", headers=profile("public")).headers["Content-Profile"] == (
        "public"
    )


def test_a_page_of_another_origin_may_see_which_it_is(made: MakeClient) -> None:
    client = made("Sales", "public", API_CORS_ORIGINS="https://a.example")
    answer = client.get("/api/names", headers={"Origin": "https://a.example"})
    assert "Content-Profile" in answer.headers["Access-Control-Expose-Headers"]


def test_an_unknown_one_is_told_with_those_that_there_are(made: MakeClient) -> None:
    client = made("public", *NAMES[:2])
    refused = client.get("/api/names", headers=profile("unkown"))
    assert refused.status_code == 406
    assert refused.get_json() == {
        "code": "PGRST106",
        "message": "Invalid schema: unkown",
        "details": None,
        "hint": f"Only the following schemas are exposed: public, {', '.join(NAMES[:2])}",
    }
    assert "Content-Profile" not in refused.headers


@pytest.mark.parametrize("wish", ["commit", "rollback"])
def test_a_read_heeds_how_its_transaction_is_to_end(made: MakeClient, wish: str) -> None:
    for end, heeded in (("commit-allow-override", True), ("commit", False)):
        client = made("public", TX_END=end)
        for method in ("GET", "HEAD", "FETCH"):
            given: dict[str, Any] = {"json": {}} if method == "FETCH" else {}
            answer = client.open(
                "/api/persons", method=method, headers={"Prefer": f"tx={wish}"}, **given
            )
            assert answer.headers.get("Preference-Applied") == (f"tx={wish}" if heeded else None)
        both = client.get("/api/persons", headers={"Prefer": f"count=exact, tx={wish}"})
        said = f"count=exact, tx={wish}" if heeded else "count=exact"
        assert both.headers["Preference-Applied"] == said


def test_but_in_a_batch_only_the_batch_says_it(made: MakeClient) -> None:
    item = {"path": "/persons", "headers": {"Prefer": "tx=rollback"}}
    (one,) = made("public").post("/api/", json=[item]).get_json()
    assert "Preference-Applied" not in one["headers"]
