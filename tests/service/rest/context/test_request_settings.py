"""With API_REQUEST_SETTINGS, Postgres is told of each request, as PostgREST tells it."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from ...application import MakeApp
from .conftest import MakeClient, header


@pytest.fixture
def client(made: MakeClient) -> FlaskClient:
    return made(API_REQUEST_SETTINGS="1")


def test_by_default_nothing_is_told(made: MakeClient) -> None:
    (row,) = made().get("/api/told?select=method,path,headers,cookies").get_json()
    assert set(row.values()) <= {None, ""}


@pytest.mark.parametrize("method", ["GET", "FETCH"])
@pytest.mark.parametrize("as_somebody", [False, True])
def test_a_view_sees_the_request(client: FlaskClient, method: str, as_somebody: bool) -> None:
    sent = {"X-Tenant": "blue", "X-Odd": "Chloé's \\ 100%"} | (
        header(client) if as_somebody else {}
    )
    client.set_cookie("theme", "dark")
    given: dict[str, Any] = {"json": {"select": "*"}} if method == "FETCH" else {}
    for _ in range(3):
        answer = client.open("/api/told?role=neq.x", method=method, headers=sent, **given)
        (row,) = answer.get_json()
        assert (row["method"], row["path"]) == (method, "/told")
        headers = json.loads(row["headers"])
        assert (headers["x-tenant"], headers["x-odd"]) == ("blue", "Chloé's \\ 100%")
        # PostgREST tells it as well, and keeps the cookies apart.
        assert headers.get("authorization") == sent.get("Authorization")
        assert "cookie" not in headers
        assert json.loads(row["cookies"]) == {"theme": "dark"}


def test_a_header_is_gone_with_its_request(client: FlaskClient) -> None:
    client.get("/api/told", headers={"X-Tenant": "blue"})
    (row,) = client.get("/api/told").get_json()
    assert "x-tenant" not in json.loads(row["headers"])
    assert json.loads(row["cookies"]) == {}


@pytest.mark.parametrize("prefix", ["/api", "/"])
def test_the_path_is_that_of_the_row_below_the_prefix(made: MakeClient, prefix: str) -> None:
    client = made(API_REQUEST_SETTINGS="1", API_PREFIX=prefix)
    address = f"{prefix.rstrip('/')}/traces/99?select=path"
    rep = {"Prefer": "return=representation"}
    assert client.put(address, json={"path": None}, headers=rep).status_code in (200, 201)
    made_ = client.post(f"{prefix.rstrip('/')}/traces?select=path", json={}, headers=rep)
    assert made_.get_json() == [{"path": "/traces"}]
    client.delete(address)


def test_each_request_of_a_batch_has_its_own(client: FlaskClient) -> None:
    items = [
        {
            "method": "POST",
            "path": "/traces?select=path",
            "body": {},
            "headers": {"Prefer": "return=representation", "X-Tenant": "blüe"},
        },
        {"path": "/told?select=method,path,headers", "headers": {"X-Other": "1"}},
    ]
    written, read = client.post("/api/", json=items, headers={"X-Outer": "1"}).get_json()
    assert written["body"] == [{"path": "/traces"}]
    (row,) = read["body"]
    assert (row["method"], row["path"]) == ("GET", "/told")
    headers = json.loads(row["headers"])
    assert "x-other" in headers
    assert not {"x-tenant", "x-outer"} & headers.keys()


def test_a_stream_and_a_page_see_it_too(client: FlaskClient) -> None:
    streamed = client.get("/api/told", headers={"Accept": "application/x-ndjson", "X-A": "1"})
    assert json.loads(json.loads(streamed.text)["headers"])["x-a"] == "1"
    assert "/told" in client.get("/tables/told?select=path").text


def test_what_is_prepared_sees_each_request_anew(make_told: MakeApp) -> None:
    client = make_told(API_REQUEST_SETTINGS="1").test_client()
    for tenant in ("blue", "it's 100% \\ odd", "red", "green"):
        (row,) = client.get("/api/told", headers={"X-Tenant": tenant}).get_json()
        assert json.loads(row["headers"])["x-tenant"] == tenant
