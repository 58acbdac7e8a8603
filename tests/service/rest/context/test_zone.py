"""`Prefer: timezone`: times are shown and read in a zone, for one request and none after it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from ...application import MakeApp
from ...postgres import Database
from .conftest import MakeClient, header

NOON = "2026-01-01T12:00:00+00:00"
ZONES = {
    "America/Los_Angeles": "2026-01-01T04:00:00-08:00",
    "america/los_angeles": "2026-01-01T04:00:00-08:00",
    "America/Argentina/Buenos_Aires": "2026-01-01T09:00:00-03:00",
    "Etc/GMT+5": "2026-01-01T07:00:00-05:00",
    "-4": "2026-01-01T08:00:00-04:00",
    # As in PostgREST, Postgres reads this as POSIX does: what is behind UTC has a plus.
    "+05:30": "2026-01-01T06:30:00-05:30",
}
UNKNOWN = [
    *("Invalid/Timezone", "", "default", "Nowhere", "../../etc/passwd", "UTC'", "%s", "%%", "\\"),
    *("<long>-1", "A" * 24 + "5", "Europe/Berlin/" + "x" * 200),
]
ALL = "return=representation"


@pytest.fixture(params=["prepared", "not prepared", "of other models"])
def client(
    request: pytest.FixtureRequest, told: Database, make_told: MakeApp, made: MakeClient
) -> FlaskClient:
    """With one connection for reads, and another for what needs a transaction."""
    told.execute("TRUNCATE moments", f"INSERT INTO moments VALUES (1, '{NOON}')")
    if request.param == "of other models":
        return made()
    prepared = request.param == "prepared"
    return make_told(PREPARED_STATEMENTS=str(int(prepared))).test_client()


def rows(client: FlaskClient, headers: dict[str, str]) -> Any:
    return client.get("/api/moments?select=at", headers=headers).get_json()[0]["at"]


def row(client: FlaskClient, headers: dict[str, str]) -> Any:
    return client.get("/api/moments/1", headers=headers).get_json()["at"]


def csv(client: FlaskClient, headers: dict[str, str]) -> Any:
    text = client.get("/api/moments?select=at", headers=headers | {"Accept": "text/csv"}).text
    return text.split("\n")[1].replace(" ", "T") + ":00"


def stream(client: FlaskClient, headers: dict[str, str]) -> Any:
    media = {"Accept": "application/x-ndjson"}
    return client.get("/api/moments", headers=headers | media).get_json(force=True)["at"]


def batch(client: FlaskClient, headers: dict[str, str]) -> Any:
    items = [
        {"path": "/moments", "headers": headers},
        {"path": "/moments", "headers": {"Prefer": "timezone=Asia/Tokyo"}},
        {"path": "/moments"},
    ]
    found = [answer["body"][0]["at"] for answer in client.post("/api/", json=items).get_json()]
    assert found[1:] == ["2026-01-01T21:00:00+09:00", NOON]
    return found[0]


READS = [rows, row, stream, batch]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("zone", ZONES)
def test_times_are_shown_in_it(client: FlaskClient, read: Callable[..., Any], zone: str) -> None:
    for _ in range(4):
        assert read(client, {"Prefer": f"timezone={zone}"}) == ZONES[zone]
        assert read(client, {}) == NOON


def test_so_they_are_in_a_csv(client: FlaskClient) -> None:
    assert csv(client, {"Prefer": "timezone=-4"}).startswith("2026-01-01T08:00:00-04")


def test_times_without_a_zone_are_read_in_it(client: FlaskClient) -> None:
    here = header(client)
    zone = here | {"Prefer": f"timezone=America/Los_Angeles,{ALL}"}
    for _ in range(3):
        for headers, number in ((zone, 1), (here, 0)):
            path = "/api/moments?at=eq.2026-01-01T04:00:00&select=at"
            assert len(client.get(path, headers=headers).get_json()) == number
    shown = [{"at": "2026-07-01T00:00:00-07:00"}]
    for method, query, key in (("POST", "", 2), ("PATCH", "id=eq.2&", 2), ("PUT", "id=eq.3&", 3)):
        body = {"id": key, "at": "2026-07-01"}
        path = f"/api/moments?{query}select=at"
        answer = client.open(path, method=method, json=body, headers=zone)
        assert answer.get_json() == shown
        found = client.get(f"/api/moments?id=eq.{key}&select=at").get_json()
        assert found == [{"at": "2026-07-01T07:00:00+00:00"}]
    deleted = client.delete("/api/moments?id=gt.1&at=eq.2026-07-01&select=at", headers=zone)
    assert deleted.get_json() == shown * 2


def test_times_in_a_statement_are_read_in_it_for_one_request(client: FlaskClient) -> None:
    """Postgres reads them when it makes a plan, which a prepared statement keeps."""
    for headers, is_late in (({"Prefer": "timezone=America/Los_Angeles"}, False), ({}, True)):
        for _ in range(8):
            answer = client.get("/api/moments?select=is_late", headers=headers)
            assert answer.get_json() == [{"is_late": is_late}]


def test_a_write_that_is_a_transaction_has_it_too(client: FlaskClient) -> None:
    for wish in ("handling=strict,max-affected=1", "tx=rollback"):
        headers = header(client) | {"Prefer": f"timezone=-4,{wish},{ALL}"}
        answer = client.patch("/api/moments?id=eq.1", json={"day": None}, headers=headers)
        assert answer.get_json()[0]["at"] == ZONES["-4"]


def test_a_batchs_own_is_that_of_those_that_name_none(client: FlaskClient) -> None:
    items = [
        {"path": "/moments", "headers": {"Prefer": "count=exact"}},
        {"path": "/moments", "headers": {"Prefer": "timezone=Asia/Tokyo"}},
    ]
    answer = client.post("/api/", json=items, headers={"Prefer": "timezone=-4"})
    found = [one["body"][0]["at"] for one in answer.get_json()]
    assert found == [ZONES["-4"], "2026-01-01T21:00:00+09:00"]
    assert answer.headers["Preference-Applied"] == "timezone=-4"


@pytest.mark.parametrize("zone", UNKNOWN)
@pytest.mark.parametrize("handling", ["", "handling=lenient", "handling=strict"])
def test_an_unknown_one_is_refused_as_postgrest_does(
    client: FlaskClient, zone: str, handling: str
) -> None:
    """Which has done so since its version 16, whatever the handling."""
    headers = header(client) | {"Prefer": f"{handling},timezone={zone}"}
    for answer in (
        client.get("/api/moments", headers=headers),
        client.get("/api/moments/1", headers=headers),
        client.post("/api/moments", json={"id": 9}, headers=headers),
    ):
        assert answer.status_code == 400
        assert answer.get_json() == {
            "code": "22023",
            "message": f'invalid value for parameter "TimeZone": "{zone[:100]}"',
            "details": None,
            "hint": None,
        }
    assert rows(client, {}) == NOON
    assert client.get("/api/moments?id=eq.9").get_json() == []


def test_the_answer_tells_it(client: FlaskClient) -> None:
    wish = "max-affected=1, timezone=-4, handling=strict, timezone=UTC, count=exact"
    for method, said in (
        ("GET", "count=exact, handling=strict, timezone=-4"),
        ("HEAD", "count=exact, handling=strict, timezone=-4"),
        ("PATCH", "count=exact, handling=strict, timezone=-4, max-affected=1"),
    ):
        answer = client.open(
            "/api/moments?id=eq.1",
            method=method,
            json={"day": None} if method == "PATCH" else None,
            headers=header(client) | {"Prefer": wish},
        )
        assert answer.headers["Preference-Applied"] == said


def test_what_is_shown_in_one_is_no_copy_of_the_row(client: FlaskClient) -> None:
    tag = client.get("/api/moments/1").headers["ETag"]
    zone = {"Prefer": "timezone=-4", "If-None-Match": tag}
    answer = client.get("/api/moments/1", headers=zone)
    assert (answer.status_code, answer.get_json()["at"]) == (200, ZONES["-4"])
    assert "ETag" not in answer.headers
    headers = header(client) | zone | {"Prefer": f"timezone=-4,{ALL}", "If-Match": tag}
    changed = client.patch("/api/moments/1", json={"day": None}, headers=headers)
    assert (changed.status_code, "ETag" in changed.headers) == (200, False)
