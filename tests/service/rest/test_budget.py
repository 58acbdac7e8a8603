"""What one request may take: bytes that come, bytes that go, names, rows, work."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..application import MakeApp
from ..postgres import Database
from ..processor import within

no_cover = pytest.mark.no_cover  # processor time is measured

MEGABYTE = 1024 * 1024
TOO_LARGE = "The answer would have more bytes than API_MAX_BYTES allows"


def quick(request: Callable[[], TestResponse], seconds: float = 0.5) -> TestResponse:
    """The answer to what takes so much processor time at the most."""
    with within(seconds):
        return request()


# --- What comes ------------------------------------------------------------------------------


def test_a_log_in_has_four_kilobytes(client: FlaskClient) -> None:
    body = json.dumps({"email": "a@b", "password": "x" * 4096})
    response = client.post("/api/login", data=body)
    assert (response.status_code, response.get_json()["hint"]) == (413, "Send at most 4096 bytes")
    assert client.post("/api/login", data=body.replace("x" * 100, "")).status_code == 401


@no_cover
@pytest.mark.parametrize("path", ["/api/login", "/api/"])
def test_a_list_of_nothing_is_refused_at_once(client: FlaskClient, path: str) -> None:
    body = "[" + "{}," * (MEGABYTE // 3 - 2) + "{}]"
    response = quick(lambda: client.post(path, data=body), 3)
    assert response.status_code in (400, 413)


@no_cover
def test_a_key_that_is_there_twice_is_found_at_once(client: FlaskClient) -> None:
    keys = [f'"{number}": 1' for number in range(40_000)]
    body = "{" + ", ".join([*keys, keys[-1]]) + "}"
    response = quick(lambda: client.post("/api/", data=body), 1)
    assert response.get_json()["details"] == 'the key "39999" is there twice'


@no_cover
@pytest.mark.parametrize(
    "select", ['"' + '\\"' * 3900, '""' * 3900, "a:" * 3900, "a->" * 2600, "(" * 7900, "a," * 3900]
)
def test_what_does_not_parse_is_refused_at_once(client: FlaskClient, select: str) -> None:
    body = json.dumps({"select": select})
    response = quick(lambda: client.open("/api/persons", method="FETCH", data=body), 0.1)
    assert response.get_json()["code"] in ("PGRST100", "42703")


def test_a_fetch_has_two_hundred_conditions(client: FlaskClient) -> None:
    body = json.dumps({"where": {f"column{number}": 1 for number in range(201)}})
    response = client.open("/api/persons", method="FETCH", data=body)
    assert (response.status_code, response.get_json()["code"]) == (400, "PGRST102")
    assert "'where'" in response.get_json()["message"]


@pytest.mark.parametrize(
    "select",
    [f"{'x' * 64}:id", f"orders({'x' * 64}:id)", f"{'é' * 32}:name", f"profile->{'x' * 64}"],
)
def test_a_name_has_as_many_bytes_as_in_postgres(client: FlaskClient, select: str) -> None:
    response = client.get(f"/api/persons?select={quote(select)}")
    assert (response.status_code, response.get_json()["code"]) == (400, "PGRST100")
    assert response.get_json()["hint"] == "Give it at most 63 bytes"
    shorter = select.replace("x" * 64, "x" * 63).replace("é" * 32, "é" * 31)
    assert client.get(f"/api/persons?select={quote(shorter)}").status_code == 200


# --- What goes -------------------------------------------------------------------------------


@pytest.fixture
def small(make_app: MakeApp, database: Database) -> FlaskClient:
    """An API whose answers have 20,000 bytes, on rows of 1,000 and of 15,000."""
    database.execute(
        "UPDATE persons SET profile = '{}', tags = '{}'",
        "UPDATE persons SET profile = jsonb_build_object('text', repeat('x', 15000)) WHERE id < 3",
    )
    return make_app(api_max_bytes=20_000).test_client()


def refused(response: TestResponse) -> None:
    assert (response.status_code, response.get_json()["message"]) == (413, TOO_LARGE)
    assert response.get_json()["code"] == "54000"
    assert "application/x-ndjson" in response.get_json()["hint"]


def test_an_answer_may_have_as_many_bytes(small: FlaskClient) -> None:
    rows = small.get("/api/persons?id=eq.1").get_json()
    assert len(rows[0]["profile"]["text"]) == 15_000
    assert small.get("/api/persons/2").get_json()["id"] == 2
    assert len(small.get("/api/persons?id=neq.1&order=id").get_json()) > 2


@pytest.mark.parametrize(
    "path",
    [
        "persons",
        "persons?limit=2&order=id",
        "persons?id=eq.3&select=reports(profile)",
        "projects?select=name,persons(id,profile)",
        "projects?select=name,...persons(profile)",
        "projects?select=name,a:persons(profile),b:persons(profile)&persons.id=eq.1",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_a_larger_answer_is_refused(
    small: FlaskClient, database: Database, path: str, accept: str
) -> None:
    database.execute(
        "INSERT INTO persons_projects SELECT persons.id, 1 FROM persons ON CONFLICT DO NOTHING",
        "UPDATE persons SET manager_id = 3 WHERE id <> 3",
    )
    refused(small.get(f"/api/{path}", headers={"Accept": accept}))


def test_one_row_that_is_larger_is_refused(small: FlaskClient, database: Database) -> None:
    database.execute(
        "UPDATE persons SET profile = jsonb_build_object('text', repeat('x', 25000)) WHERE id = 1"
    )
    refused(small.get("/api/persons/1"))


def test_a_stream_may_have_more(small: FlaskClient) -> None:
    response = small.get("/api/persons", headers={"Accept": "application/x-ndjson"})
    assert len(response.data) > 30_000


def test_a_write_whose_answer_is_larger_is_undone(
    small: FlaskClient, member: dict[str, str], database: Database
) -> None:
    wish = member | {"Prefer": "return=representation"}
    body = {"name": "Other"}
    refused(small.patch("/api/persons?id=lt.3", json=body, headers=wish))
    found = database.execute("SELECT count(*) FROM persons WHERE name = 'Other'")
    assert found == [(0,)]
    assert small.patch("/api/persons?id=lt.3", json=body, headers=member).status_code == 204


def test_a_batch_may_have_as_many_bytes_as_one_request(
    small: FlaskClient, member: dict[str, str], database: Database
) -> None:
    one = {"path": "/persons?id=eq.1"}
    write = {"method": "PATCH", "path": "/persons?id=eq.5", "body": {"name": "Other"}}
    assert small.post("/api/", json=[one], headers=member).status_code == 200
    response = small.post("/api/", json=[write, one, one], headers=member)
    refused(response)
    assert response.get_json()["request"] == 2
    assert database.execute("SELECT count(*) FROM persons WHERE name = 'Other'") == [(0,)]


def test_each_embed_has_as_many_rows_as_an_answer(make_app: MakeApp, database: Database) -> None:
    database.execute(
        "INSERT INTO persons_projects SELECT persons.id, 1 FROM persons ON CONFLICT DO NOTHING"
    )
    client = make_app(api_max_rows=3).test_client()
    for path, number in (("", 3), ("&persons.limit=9", 3), ("&persons.limit=2", 2)):
        response = client.get(f"/api/projects?id=eq.1&select=id,persons(id){path}")
        assert len(response.get_json()[0]["persons"]) == number
    response = client.get("/api/projects?id=eq.1&select=...persons(id)")
    assert len(response.get_json()[0]["id"]) == 3
