"""The claims of who asks are there for everyone, and for nobody else, whichever way is gone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from retort.rest.context import Contexts

from ...application import MakeApp, settings_on
from ...postgres import Database
from .conftest import MakeClient, claims_of, header

Make = Callable[..., FlaskClient]

NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture(params=["prepared", "not prepared", "of other models"])
def client(
    request: pytest.FixtureRequest, told: Database, make_told: MakeApp, made: MakeClient
) -> FlaskClient:
    """With one connection for reads, and another for what needs a transaction."""
    if request.param == "of other models":
        return made()
    prepared = request.param == "prepared"
    return make_told(PREPARED_STATEMENTS=str(int(prepared))).test_client()


def get(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    return client.get("/api/told", headers=headers).get_json()[0]


def fetch(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.open("/api/told", method="FETCH", json={"select": "*"}, headers=headers)
    return answer.get_json()[0]


def stream(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    return json.loads(client.get("/api/told", headers=headers | NDJSON).text)


def batch(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    items = [{"path": "/told"}, {"path": "/told"}]
    first, second = client.post("/api/", json=items, headers=headers).get_json()
    assert first["body"] == second["body"]
    return second["body"][0]


READS = [get, fetch, stream, batch]


@pytest.mark.parametrize("read", READS)
def test_without_a_token_they_are_the_role_alone(
    client: FlaskClient, told: Database, read: Callable[..., dict[str, Any]]
) -> None:
    web = told.web.username
    for _ in range(4):
        assert claims_of(read(client, header(client)))["sub"] == "amy"
        row = read(client, {})
        assert (row["role"], claims_of(row)) == (web, {"role": web})


def test_with_a_token_the_role_is_one_of_them_though_the_token_names_none(
    client: FlaskClient, told: Database, make_token: Callable[..., str]
) -> None:
    token = make_token({"sub": "amy"})
    row = get(client, {"Authorization": f"Bearer {token}"})
    assert claims_of(row)["role"] == row["role"] == f"{told.web.username}_member"


@pytest.mark.parametrize("headers", [{}, NDJSON, {"Prefer": "count=planned"}])
def test_a_policy_that_asks_for_a_claim_hides_its_rows_from_who_has_none(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    for _ in range(4):
        mine = client.get("/api/owned?select=owner", headers=headers | header(client, "ben"))
        assert "ben" in mine.text
        assert "amy" not in mine.text
        nobodys = client.get("/api/owned", headers=headers)
        assert (nobodys.status_code, nobodys.text.strip("[]\n")) == (200, "")


def test_its_page_has_none_of_them(client: FlaskClient) -> None:
    assert len(client.get("/api/owned", headers=header(client)).get_json()) == 1
    page = client.get("/tables/owned")
    assert page.status_code == 200
    assert "amy" not in page.text


@pytest.mark.parametrize("prepared", ["1", "0"])
def test_the_page_at_the_root_does_not_see_that_there_was_somebody(
    make_told: MakeApp, told: Database, prepared: str
) -> None:
    """It is no request of the API, but reads on the same connections."""
    told.execute(
        "CREATE POLICY claimed ON persons USING "
        "(id = 1 OR name = current_setting('request.jwt.claims', true)::json->>'sub')",
        "ALTER TABLE persons ENABLE ROW LEVEL SECURITY",
    )
    client = make_told(PREPARED_STATEMENTS=prepared).test_client()
    try:
        for _ in range(3):
            found = client.get("/api/persons?select=name", headers=header(client, "Ben"))
            assert found.get_json() == [{"name": "Amy"}, {"name": "Ben"}]
            assert client.get("/").text == "Hello, Amy!\n"
            page = client.get("/", headers={"Accept": "text/html"})
            assert "Amy" in page.text
            assert "Ben" not in page.text
    finally:
        told.execute(
            "ALTER TABLE persons DISABLE ROW LEVEL SECURITY", "DROP POLICY claimed ON persons"
        )


def test_who_writes_without_a_token_has_them_too(made: MakeClient, told: Database) -> None:
    """Whether the write is a statement by itself, a transaction, or one of a batch."""
    client = made()
    rep = {"Prefer": "return=representation"}
    object_ = rep | {"Accept": "application/vnd.pgrst.object+json"}
    nobody = {"role": told.web.username}
    for _ in range(2):
        amys = client.post("/api/traces?select=claims", json=[{}], headers=rep | header(client))
        assert claims_of(amys.get_json()[0])["sub"] == "amy"
        alone = client.post("/api/traces?select=claims", json=[{}, {}], headers=rep).get_json()
        assert [claims_of(row) for row in alone] == [nobody, nobody]
        in_one = client.post("/api/traces?select=claims", json=[{}], headers=object_).get_json()
        assert claims_of(in_one) == nobody
        items = [
            {"method": "POST", "path": "/traces?select=claims", "body": {}, "headers": rep},
            {"path": "/told"},
        ]
        written, read = client.post("/api/", json=items).get_json()
        assert claims_of(written["body"][0]) == claims_of(read["body"][0]) == nobody


def test_what_a_function_has_set_for_its_session_is_nobody_elses(
    made: MakeClient, told: Database
) -> None:
    """As somebody may have written it who forgot that connections are shared."""
    told.execute(
        "CREATE OR REPLACE FUNCTION forget() RETURNS text LANGUAGE sql AS "
        """$$ SELECT set_config('request.jwt.claims', '{"sub": "forgotten"}', false) $$""",
        "CREATE OR REPLACE VIEW forgetful AS SELECT forget() AS claims",
        f"GRANT SELECT ON forgetful TO {told.web.username}, {told.web.username}_member",
    )
    client = made()
    for headers in ({}, header(client)):
        assert "forgotten" in client.get("/api/forgetful", headers=headers).text
        assert claims_of(get(client, {})) == {"role": told.web.username}


def test_the_role_is_named_as_the_database_has_it(told: Database) -> None:
    """Whatever it is called, it stands in SQL as a text."""
    settings = settings_on(told.web.set(username="it's 100%(a)s \\ odd"))
    assert Contexts(settings).of().sql == (
        'SET LOCAL "request.jwt.claims" = '
        """E'{"role": "it''s 100%%(a)s \\\\\\\\ odd"}'; """
    )
