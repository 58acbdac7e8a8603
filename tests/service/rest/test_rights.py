"""The API's descriptions of itself list what is there and may be used by whoever asks."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

from ..application import application, settings_on
from ..page import Page
from ..postgres import Database, Server
from .test_second_schema import SALES

OPEN = {"persons", "projects", "orders", "notes"}


@pytest.fixture(scope="module")
def guarded(server: Server) -> Generator[Database]:
    with server.clone() as database:
        web = database.web.username
        database.execute(
            "CREATE TABLE firms (id int PRIMARY KEY, name text)",
            "CREATE TABLE secrets (id int PRIMARY KEY, firm_id int REFERENCES firms)",
            "CREATE TABLE deals (id int PRIMARY KEY, firm_id int REFERENCES firms, "
            "secret_id int REFERENCES secrets)",
            "CREATE TABLE firms_secrets (firm_id int REFERENCES firms, "
            "secret_id int REFERENCES secrets, PRIMARY KEY (firm_id, secret_id))",
            "CREATE TABLE letters (id int PRIMARY KEY, text text)",
            "CREATE TABLE halves (id int PRIMARY KEY, open text, closed text)",
            "CREATE SCHEMA sales",
            "CREATE TABLE sales.shops (id int PRIMARY KEY)",
            "INSERT INTO firms VALUES (1, 'Acme')",
            "INSERT INTO secrets VALUES (1, 1)",
            "INSERT INTO deals VALUES (1, 1, 1)",
            f"GRANT SELECT ON firms, deals TO {web}",
            f"GRANT SELECT, UPDATE ON firms, deals, secrets TO {web}_member",
            f"GRANT INSERT ON letters TO {web}_member",
            f"GRANT SELECT (id, open) ON halves TO {web}_member",
            f"GRANT USAGE ON SCHEMA sales TO {web}",
            f"GRANT SELECT ON sales.shops TO {web}_member",
        )
        yield database


@pytest.fixture
def client(guarded: Database) -> Generator[FlaskClient]:
    settings = settings_on(guarded.web, API_SCHEMAS="public,sales", THREADS="1")
    with application(settings) as app:
        yield app.test_client()


@pytest.fixture
def member(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(client.application).issue('me')}"}


def paths(client: FlaskClient, headers: dict[str, str]) -> dict[str, set[str]]:
    """The tables of the document, each with its methods."""
    document = client.get("/api/", headers=headers).get_json()
    verbs = {"get", "post", "patch", "put", "delete"}
    return {
        path.removeprefix("/"): verbs & item.keys()
        for path, item in document["paths"].items()
        if path.count("/") == 1 and any("tags" in item.get(verb, {}) for verb in verbs)
    }


def listed(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    return client.get("/api/info", headers=headers).get_json()["resources"]


def test_without_a_token_what_anybody_may_use(client: FlaskClient) -> None:
    expected = OPEN | {"firms", "deals"}
    assert listed(client, {}).keys() == {"public"}
    assert listed(client, {})["public"].keys() == expected
    assert {"firms", "deals"} <= paths(client, {}).keys()
    assert not {"secrets", "letters", "halves", "firms_secrets"} & paths(client, {}).keys()


def test_with_a_token_what_its_role_may_use(client: FlaskClient, member: dict[str, str]) -> None:
    expected = OPEN | {"firms", "deals", "secrets", "letters", "halves"}
    assert listed(client, member)["public"].keys() == expected
    found = paths(client, member)
    assert found["firms"] == found["secrets"] == {"get", "patch"}
    assert found["letters"] == {"post"}
    assert found["halves"] == {"get"}
    writable = {name: table["writable"] for name, table in listed(client, member)["public"].items()}
    assert (writable["firms"], writable["letters"], writable["halves"]) == (True, True, False)


def test_a_schema_that_the_role_may_not_use_is_not_listed(
    client: FlaskClient, member: dict[str, str]
) -> None:
    assert "sales" not in listed(client, {})
    assert "sales" not in listed(client, member)  # it has a table's right, and not the schema's
    assert "shops" not in paths(client, SALES | member)
    assert client.get("/api/shops", headers=SALES | member).status_code == 403


@pytest.mark.parametrize("path", ["/api/", "/api/openapi.json", "/api/info", "/tables"])
def test_nothing_else_names_it_either(client: FlaskClient, path: str) -> None:
    text = client.get(path).text
    assert "deals" in text
    for name in ("secrets", "letters", "halves", "shops"):
        assert name not in text


def test_the_pages_lead_only_to_what_is_seen(client: FlaskClient) -> None:
    for path in ("/tables/firms", "/tables/firms/1", "/tables/deals", "/tables/deals/1"):
        page = client.get(path)
        assert page.status_code == 200, page.text
        assert not any("secrets" in url for url in Page(page).links.values())
    assert "/tables/firms/1" in Page(client.get("/tables/deals/1")).links.values()
    assert "deals" in client.get("/tables/firms/1").text


def test_what_is_not_there_yet_is_listed_when_it_is(guarded: Database) -> None:
    guarded.execute("ALTER TABLE notes RENAME TO later")
    try:
        with application(settings_on(guarded.web)) as app:
            client = app.test_client()
            assert "notes" not in listed(client, {})["public"]
            assert "notes" not in paths(client, {})
            assert "notes" not in client.get("/tables").text
            guarded.execute("ALTER TABLE later RENAME TO notes")
            assert "notes" in listed(client, {})["public"]
            assert "notes" in paths(client, {})
    finally:
        guarded.execute("ALTER TABLE IF EXISTS later RENAME TO notes")


def test_a_right_that_is_taken_away_is_gone_from_the_document(
    client: FlaskClient, guarded: Database
) -> None:
    assert "firms" in paths(client, {})
    web = guarded.web.username
    guarded.execute(f"REVOKE SELECT ON firms FROM {web}")
    try:
        assert "firms" not in paths(client, {})
    finally:
        guarded.execute(f"GRANT SELECT ON firms TO {web}")


def test_the_page_of_the_document_leads_to_no_other_schema(
    client: FlaskClient, guarded: Database
) -> None:
    assert "schema=sales" not in client.get("/api/docs").text
    guarded.execute(f"GRANT SELECT ON sales.shops TO {guarded.web.username}")
    assert "schema=sales" in client.get("/api/docs").text
    guarded.execute(f"REVOKE SELECT ON sales.shops FROM {guarded.web.username}")


@pytest.mark.parametrize("path", ["/api/", "/api/info"])
def test_a_token_that_is_none_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
