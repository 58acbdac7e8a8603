"""What may be written only where a setting says so: tables without a primary key, and every row."""

from typing import Any

import pytest

from ...postgres import Database
from .conftest import Send

SHOWN = "return=representation"
VISITS = (
    "CREATE TABLE shop.visits (shop text, day date)",
    "INSERT INTO shop.visits VALUES ('a', '2026-01-01'), ('b', '2026-01-02')",
    "GRANT ALL ON shop.visits TO member",
)


@pytest.fixture
def visits(serve: Any) -> Send:
    return serve(*VISITS, api_keyless=True)


def test_a_table_without_a_key_is_by_default_only_read(serve: Any) -> None:
    send = serve(*VISITS)
    assert send("OPTIONS", "/visits").headers["Allow"] == "OPTIONS,GET,HEAD,FETCH"
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        assert send(method, "/visits?shop=eq.a", {"shop": "x"}).status_code == 405


def test_it_is_written_where_the_setting_says_so(visits: Send, database: Database) -> None:
    new = visits("POST", "/visits", {"shop": "c"}, Prefer="return=headers-only")
    assert (new.status_code, "Location" in new.headers) == (201, False)
    shown = visits("POST", "/visits", [{"shop": "d"}], Prefer=SHOWN)
    assert shown.get_json() == [{"shop": "d", "day": None}]
    assert visits("PATCH", "/visits?shop=eq.c", {"day": "2026-01-03"}).status_code == 204
    assert visits("DELETE", "/visits?day=lt.2026-01-03").status_code == 204
    rows = database.execute("SELECT shop, day::text FROM shop.visits ORDER BY shop")
    assert rows == [("c", "2026-01-03"), ("d", None)]


def test_what_needs_a_key_is_refused(visits: Send) -> None:
    assert visits("OPTIONS", "/visits").headers["Allow"].endswith("POST,PATCH,DELETE")
    put = visits("PUT", "/visits?shop=eq.a", {"shop": "a"})
    assert (put.status_code, put.get_json()["details"]) == (405, "it has no primary key")
    upsert = visits("POST", "/visits", {"shop": "a"}, Prefer="resolution=merge-duplicates")
    assert (upsert.status_code, upsert.get_json()["code"]) == (400, "42P10")
    assert visits("PATCH", "/visits/a", {"shop": "b"}).status_code == 404


def test_the_document_says_so(visits: Send) -> None:
    paths = visits("GET", "/").get_json()["paths"]
    assert {*paths["/visits"]} - {"parameters"} == {"get", "post", "patch", "delete"}
    assert "/visits/{key}" not in paths


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_every_row_is_written_only_where_the_setting_says_so(
    serve: Any, method: str, database: Database
) -> None:
    refused = serve(*VISITS, api_keyless=True)(method, "/visits", {"shop": "x"})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "21000")
    database.execute("DROP SCHEMA shop CASCADE")
    send = serve(*VISITS, api_keyless=True, api_unfiltered=True)
    done = send(method, "/visits", {"shop": "x"}, Prefer="count=exact")
    assert (done.status_code, done.headers["Content-Range"][-2:]) == (204, "/2")
    assert send(method, "/visits?limit=1", {"shop": "x"}).get_json()["code"] == "PGRST114"
