"""What is wrong with a request has its code."""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest

from ..lab import Stack
from .problem import open_, problem

UPSERT = {"json": {"name": "x"}, "headers": {"Prefer": "resolution=merge-duplicates"}}
TWO = [{"name": "x"}, {"name": "y"}]

# Code, status, what is asked for, and what the answer has to say.
Case: TypeAlias = tuple[str, int, str, str, dict[str, Any], str]

WITHOUT_TOKEN: list[Case] = [
    ("PGRST100", 400, "GET", "persons?id=5", {}, "operator (eq, gt, ...)"),
    ("PGRST100", 400, "GET", "persons?id=eq", {}, "operator (eq, gt, ...)"),
    ("PGRST100", 400, "GET", "persons?id=foo.5", {}, "filter (foo.5)"),
    ("PGRST100", 400, "GET", "persons?select=id,,name", {}, "(line 1, column 4)"),
    ("PGRST100", 400, "GET", "persons?select=orders(id", {}, "end of input"),
    ("PGRST100", 400, "GET", "persons?select=id::regclass", {}, "Cast to one of bigint"),
    ("PGRST100", 400, "GET", "persons?id=in.(1,2", {}, "end of input"),
    ("PGRST100", 400, "GET", "persons?or=(id.eq.1", {}, "end of input"),
    ("PGRST100", 400, "GET", "persons?id=is.maybe", {}, "not_null"),
    ("PGRST100", 400, "GET", "persons?order=id.up", {}, "nullsfirst"),
    ("PGRST100", 400, "GET", "persons?limit=ten", {}, "a whole number"),
    ("PGRST102", 400, "FETCH", "persons", {"data": "{"}, "json"),
    ("PGRST102", 400, "FETCH", "persons", {"json": {"filter": 1}}, "'filter'"),
    ("PGRST103", 416, "GET", "persons?offset=-1", {}, "Offset should"),
    (
        "PGRST103",
        416,
        "GET",
        "persons?offset=100",
        {"headers": {"Prefer": "count=exact"}},
        "offset of 100",
    ),
    ("PGRST103", 416, "GET", "persons", {"headers": {"Range": "5-2"}}, "lower boundary"),
    ("PGRST106", 406, "GET", "persons", {"headers": {"Accept-Profile": "other"}}, "public"),
    ("PGRST107", 406, "GET", "persons", {"headers": {"Accept": "image/png"}}, "text/csv"),
    ("PGRST108", 400, "GET", "persons?orders.amount=gt.1", {}, "'orders'"),
    ("PGRST108", 400, "GET", "persons?order=orders(id)", {}, "'orders'"),
    (
        "PGRST116",
        406,
        "GET",
        "persons",
        {"headers": {"Accept": "application/vnd.pgrst.object+json"}},
        "contains 6 rows",
    ),
    ("PGRST116", 404, "GET", "persons/99", {}, "persons has no row 99"),
    (
        "PGRST118",
        400,
        "GET",
        "persons?select=*,orders(*)&order=orders(id)",
        {},
        "do not form a many-to-one",
    ),
    (
        "PGRST122",
        400,
        "GET",
        "persons",
        {"headers": {"Prefer": "handling=strict, speed=high"}},
        "speed=high",
    ),
    ("PGRST125", 404, "GET", "persons/1/orders", {}, "path"),
    ("PGRST200", 400, "GET", "persons?select=*,accounts(*)", {}, "'accounts'"),
    ("PGRST202", 404, "GET", "rpc/add?a=1", {}, "Functions are not served"),
    ("PGRST202", 404, "POST", "rpc/add", {"json": {"a": 1}}, "a route of your own"),
    ("PGRST205", 404, "GET", "person", {}, "'public.persons'"),
    ("PGRST205", 404, "GET", "secrets", {}, "'public.secrets'"),
    (
        "PGRST301",
        401,
        "GET",
        "persons",
        {"headers": {"Authorization": "Bearer not.a.token"}},
        "JWT",
    ),
    ("42501", 401, "GET", "notes", {}, "Authorization: Bearer"),
    ("42501", 401, "GET", "notes?nothing=x", {}, "Authorization: Bearer"),
    ("42501", 401, "POST", "projects", {"json": {"name": "x"}}, "permission denied for table"),
    ("42703", 400, "GET", "persons?nane=eq.x", {}, "name"),
    ("42703", 400, "GET", "persons?select=nane", {}, "persons.nane"),
    ("22P02", 400, "GET", "persons?id=eq.one", {}, 'bigint: \\"one\\"'),
    ("22003", 400, "GET", "persons?id=eq.9223372036854775808", {}, "out of range"),
    ("22008", 400, "GET", "persons?created_at=gt.2026-02-30", {}, "2026-02-30"),
    ("22025", 400, "GET", "persons?name=like.A%5C", {}, "escape"),
    ("2201B", 400, "GET", "persons?name=match.(", {}, "regular expression"),
    ("22021", 400, "GET", "persons?name=eq.%00", {}, "0x00"),
    ("42704", 400, "GET", "persons?name=fts(klingon).x", {}, "klingon"),
    ("42804", 400, "GET", "persons?name=is.true", {}, "boolean"),
    ("42803", 400, "GET", "persons?select=name,count()&order=id", {}, "persons.id"),
]

WITH_TOKEN: list[Case] = [
    ("PGRST102", 400, "POST", "projects", {"data": "{"}, "json"),
    ("PGRST102", 400, "POST", "projects", {"json": [1]}, "JSON objects"),
    ("PGRST102", 400, "POST", "projects", {"json": [{"id": 90}, {"name": "x"}]}, "keys must match"),
    ("PGRST102", 415, "POST", "projects", {"data": "x", "content_type": "text/xml"}, "text/xml"),
    ("PGRST105", 405, "PUT", "projects?name=eq.x", {"json": {"id": 1}}, "primary key"),
    ("PGRST106", 406, "POST", "projects", {"headers": {"Content-Profile": "other"}}, "public"),
    ("PGRST114", 400, "DELETE", "projects?id=eq.1&limit=1", {}, "DELETE"),
    ("PGRST115", 400, "PUT", "projects?id=eq.1", {"json": {"id": 2, "name": "x"}}, "column id"),
    (
        "PGRST116",
        406,
        "POST",
        "projects",
        {"json": TWO, "headers": {"Accept": "application/vnd.pgrst.object+json"}},
        "contains 2 rows",
    ),
    (
        "PGRST124",
        400,
        "PATCH",
        "persons?id=lt.4",
        {"json": {"name": "x"}, "headers": {"Prefer": "handling=strict, max-affected=2"}},
        "affects 3 rows",
    ),
    ("PGRST204", 400, "POST", "projects?columns=nane", {"json": {"name": "x"}}, "'nane'"),
    ("PGRST204", 400, "POST", "projects", {"json": {"nane": "x"}}, "the column 'name'"),
    ("21000", 400, "DELETE", "projects", {}, "WHERE"),
    ("428C9", 400, "POST", "notes", {"json": {"owner": "you", "text": "x"}}, "notes.owner"),
    ("42P10", 400, "POST", "projects?on_conflict=name,id", UPSERT, "ON CONFLICT"),
    ("23502", 400, "POST", "projects", {"json": {"name": None}}, "column name"),
    ("23503", 409, "POST", "orders", {"json": {"person_id": 99, "amount": 1}}, "person_id"),
    ("23503", 409, "POST", "orders", {"json": {"person_id": 99, "amount": 1}}, "persons"),
    ("23505", 409, "POST", "projects", {"json": {"name": "Funnel"}}, "projects_name_key"),
    ("23505", 409, "POST", "projects", {"json": {"name": "Funnel"}}, "Key (name)=(Funnel)"),
    ("23514", 400, "POST", "projects", {"json": {"name": ""}}, "projects_name_check"),
    ("22P02", 400, "POST", "orders", {"json": {"person_id": 1, "amount": "much"}}, "much"),
    ("22P02", 400, "POST", "orders", {"json": {"person_id": 1, "status": "lost"}}, "order_status"),
    ("22003", 400, "POST", "orders", {"json": {"person_id": 1, "amount": 1e20}}, "overflow"),
    ("22P05", 400, "POST", "projects", {"json": {"name": "\0"}}, "Unicode"),
]


@pytest.mark.parametrize("case", WITHOUT_TOKEN, ids=lambda case: f"{case[0]} {case[3]}")
def test_without_token(shared: Stack, case: Case) -> None:
    code, status, method, path, options, says = case
    response = open_(shared, method, path, options)
    problem(response, status, code)
    assert says in response.text
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    head = open_(shared, "HEAD", path, options) if method == "GET" else None
    if head is not None:
        assert head.status_code == status
        assert head.headers["Proxy-Status"] == f"PostgREST; error={code}"
        assert head.data == b""


@pytest.mark.parametrize("case", WITH_TOKEN, ids=lambda case: f"{case[0]} {case[3]}")
def test_with_token(shared: Stack, case: Case) -> None:
    code, status, method, path, options, says = case
    headers = {**options.get("headers", {}), **shared.header()}
    response = open_(shared, method, path, options | {"headers": headers})
    problem(response, status, code)
    assert says in response.text


def test_an_error_in_a_batch_says_which_request(shared: Stack) -> None:
    requests = [{"path": "/projects"}, {"path": "/projects?id=eq.x"}]
    response = shared.app.test_client().post("/api/", json=requests)
    assert response.status_code == 400
    assert response.headers["Proxy-Status"] == "PostgREST; error=22P02"
    assert response.get_json()["request"] == 1
