"""`DATABASE_READ_URL`: reads go to a streaming standby, and to the primary where that is better."""

import json
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from retort.auth.tokens import tokens

from ..application import MakeApp
from ..proxy import Proxy
from .pair import Pair

FRESH = {"Cache-Control": "no-cache"}


@pytest.fixture
def member(app: Flask) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(app).issue('me')}"}


@pytest.fixture
def paused(servers: Pair, client: FlaskClient) -> Generator[None]:
    """The standby stays behind, and nobody has noticed yet."""
    assert is_from_standby(client)
    servers.pause()
    yield
    servers.resume()


def rows(response: TestResponse) -> list[Any]:
    found: list[Any] | None = response.json
    assert found is not None
    return found


def is_from_standby(client: FlaskClient, **headers: str) -> bool:
    response = client.get("/api/place", headers=headers)
    assert response.status_code == 200, response.text
    return rows(response)[0]["standby"]


def state(client: FlaskClient) -> str:
    response = client.get("/readyz")
    assert (response.status_code, response.json["ready"]) == (200, True)  # type: ignore[index]
    return response.json["standby"]  # type: ignore[index]


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize("path", ["place", "place?id=eq.1", "place?select=standby&limit=1"])
def test_reads_are_the_standbys(client: FlaskClient, path: str) -> None:
    assert [row["standby"] for row in rows(client.get(f"/api/{path}"))] == [True]
    assert client.head(f"/api/{path}").status_code == 200


def test_a_query_as_json_is_a_read(client: FlaskClient) -> None:
    response = client.open("/api/place", method="FETCH", json={"where": {"id": 1}})
    assert response.json == [{"id": 1, "standby": True}]


def test_whoever_has_a_token_reads_there_as_who_they_are(
    client: FlaskClient, servers: Pair, member: dict[str, str]
) -> None:
    made = client.post("/api/notes", json={"text": "mine"}, headers=member)
    assert made.status_code == 201, made.text
    eventually(lambda: len(rows(client.get("/api/notes", headers=member))) == 1)
    assert is_from_standby(client, **member)
    assert client.get("/api/notes").status_code == 401
    servers.database.execute("DELETE FROM notes")


def test_a_stream_is_the_standbys(client: FlaskClient) -> None:
    response = client.get("/api/place", headers={"Accept": "application/x-ndjson"})
    assert json.loads(response.text) == {"id": 1, "standby": True}


def test_writes_and_what_a_batch_reads_are_the_primarys(
    client: FlaskClient, member: dict[str, str], paused: None
) -> None:
    batch = [
        {"method": "POST", "path": "/persons", "body": {"name": "Gus"}},
        {"method": "GET", "path": "/persons?name=eq.Gus&select=name"},
        {"method": "GET", "path": "/place"},
        {"method": "DELETE", "path": "/persons?name=eq.Gus"},
    ]
    response = client.post("/api/", json=batch, headers=member)
    assert response.status_code == 200, response.text
    _, persons, place, _ = (answer["body"] for answer in rows(response))
    assert (persons, place[0]["standby"]) == ([{"name": "Gus"}], False)


def test_a_read_may_not_show_a_write_of_a_moment_ago_unless_it_asks_for_that(
    client: FlaskClient, member: dict[str, str], paused: None
) -> None:
    path = "/api/persons?name=eq.Hal&select=name"
    assert client.post(path, json={"name": "Hal"}, headers=member).status_code == 201
    assert client.get(path).json == []
    assert client.get(path, headers=FRESH).json == [{"name": "Hal"}]
    assert client.delete(path, headers=member).status_code == 204


def test_an_old_version_of_a_row_cannot_be_written_back(
    client: FlaskClient, member: dict[str, str], paused: None
) -> None:
    before = client.get("/api/persons/1").headers["ETag"]
    changed = {"tags": ["other"]}
    assert client.patch("/api/persons/1", json=changed, headers=member).status_code == 204
    assert client.get("/api/persons/1").headers["ETag"] == before
    late = client.patch("/api/persons/1", json={"tags": []}, headers=member | {"If-Match": before})
    assert late.status_code == 412


def test_a_standby_that_is_behind_is_not_read_from(
    client: FlaskClient, servers: Pair, paused: None
) -> None:
    servers.write()
    eventually(lambda: not is_from_standby(client))
    assert state(client) == "reads go to the primary: it is more than 1 s behind"
    servers.resume()
    eventually(lambda: is_from_standby(client))
    assert state(client) == "ok"


def test_an_idle_primary_leaves_no_standby_behind(
    client: FlaskClient, servers: Pair, paused: None
) -> None:
    def written() -> str:
        ((position,),) = servers.database.execute("SELECT pg_current_wal_lsn()::text")
        return position

    before = written()
    time.sleep(2.5)
    seen = is_from_standby(client), state(client)
    if written() != before:  # Postgres itself writes a little, some seconds after everybody else
        servers.resume()
        eventually(lambda: is_from_standby(client))
        servers.pause()
        time.sleep(2.5)
        seen = is_from_standby(client), state(client)
    assert seen == (True, "ok")


@pytest.mark.timed
def test_a_standby_that_is_away_costs_no_read(client: FlaskClient, way: Proxy) -> None:
    way.close()
    assert not is_from_standby(client)
    assert "reads go to the primary: " in state(client)
    began = time.monotonic()
    assert not any(is_from_standby(client) for _ in range(20))
    assert time.monotonic() - began < 1


def test_a_standby_that_is_silent_costs_no_read(client: FlaskClient, way: Proxy) -> None:
    way.fall_silent()
    began = time.monotonic()
    assert not is_from_standby(client)
    assert time.monotonic() - began < 5
    way.speak()
    eventually(lambda: is_from_standby(client))


def test_reads_go_on_while_the_primary_is_away(servers: Pair, reading: MakeApp) -> None:
    primary = Proxy(servers.database.web)
    client = reading(servers.standby.web, primary.url).test_client()
    assert state(client) == "ok"
    primary.close()
    began = time.monotonic()
    while time.monotonic() - began < 3:
        assert is_from_standby(client)
    assert client.get("/readyz").status_code == 503


def test_what_a_standby_cannot_do_the_primary_does(client: FlaskClient) -> None:
    assert [row["standby"] for row in rows(client.get("/api/visit"))] == [False]
    assert is_from_standby(client)


@pytest.mark.parametrize(
    ("path", "status"), [("persons?id=eq.x", 400), ("persons?select=nothing", 400), ("no", 404)]
)
def test_an_error_is_the_same_and_the_standby_goes_on(
    client: FlaskClient, path: str, status: int
) -> None:
    assert client.get(f"/api/{path}").status_code == status
    assert is_from_standby(client)


@pytest.mark.timed
def test_a_statement_that_takes_too_long_is_not_sent_twice(servers: Pair, reading: MakeApp) -> None:
    hasty = {"options": "-c statement_timeout=500ms"}
    client = reading(
        servers.standby.web.set(query={**servers.standby.web.query, **hasty})
    ).test_client()
    assert state(client) == "ok"
    assert is_from_standby(client)
    began = time.monotonic()
    response = client.get("/api/slow")
    assert (response.json or {})["code"] == "57014"
    assert time.monotonic() - began < 0.9


def test_a_server_that_is_no_standby_is_not_read_from(servers: Pair, reading: MakeApp) -> None:
    client = reading(servers.database.web).test_client()
    assert state(client) == "reads go to the primary: that server is no standby"
    assert not is_from_standby(client)
