"""Any text in any place: it is a value and comes back as it is, or it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from retort.rest.request.parse_select import MAX_NAME

from .attacker import Attacker, no_cover

STRINGS = [
    "'",
    '"',
    "''",
    '""',
    "\\",
    "\\'",
    '\\"',
    "';DROP TABLE projects;--",
    '";DROP TABLE projects;--',
    "');DROP TABLE projects;--",
    "' OR '1'='1",
    "id) FROM accounts; --",
    "1 UNION SELECT password_hash FROM accounts",
    "(SELECT password_hash FROM accounts)",
    "1;SELECT pg_sleep(30)",
    "pg_sleep(30)",
    "%",
    "%s",
    "%(v0)s",
    "%(become_role)s",
    "%%",
    "$1",
    "$$",
    ":v0",
    "--",
    "/*",
    "*/",
    "(",
    ")",
    "))",
    "()",
    "{",
    "}",
    "{}",
    "[",
    "]",
    "->",
    "->>",
    "->>'a'",
    "::",
    "::text",
    "!",
    "...",
    ".",
    ",",
    ",,",
    "*",
    "&",
    "=",
    "?",
    "#",
    "/",
    "//x",
    "..",
    "%2e%2e",
    "a\tb",
    "a\nb",
    "a\r\nSet-Cookie: a=b",
    "\0",
    "a\0b",
    "\x7f",
    "é",
    "Ж",
    "😀",
    "\u202e",
    "\ufeff",
    "\ufffd",
    "null",
    "NULL",
    "true",
    "NaN",
    "-1",
    "1e400",
    "0x10",
    "٣",
    "9" * 400,
    "x" * 5000,
    "(" * 2000,
    '"' * 2001,
    "a." * 1000,
    "not." * 1000,
    "and(" * 500,
    "persons(" * 500,
]


def ask(send: Attacker, **parameters: str) -> None:
    send("GET", "persons", query_string=parameters)


def item(send: Attacker, name: str, value: str) -> None:
    send("GET", "persons", query_string={name: value})


def header(send: Attacker, name: str, value: str, method: str = "GET") -> None:
    """As a server gives it to the application: bytes in Latin-1, no ends of lines."""
    if not set(value) & set("\r\n\0"):
        options: dict[str, Any] = {"json": {"name": "x"}} if method == "POST" else {}
        send(method, "projects", headers={name: value.encode().decode("latin-1")}, **options)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


NOBODY = {"name": "eq.nobody"}

POSITIONS: dict[str, Callable[[Attacker, str], object]] = {
    "select": lambda send, s: ask(send, select=s),
    "select in a list": lambda send, s: ask(send, select=f"id,{s},name"),
    "select quoted": lambda send, s: ask(send, select=quoted(s)),
    "alias": lambda send, s: ask(send, select=f"{s}:id"),
    "alias of an embed": lambda send, s: ask(send, select=f"{quoted(s)}:orders(id)"),
    "cast": lambda send, s: ask(send, select=f"id::{s}"),
    "cast quoted": lambda send, s: ask(send, select=f"id::{quoted(s)}"),
    "json path": lambda send, s: ask(send, select=f"profile->{s}"),
    "json path, text": lambda send, s: ask(send, select=f"profile->>{quoted(s)}"),
    "json path of a filter": lambda send, s: item(send, f"profile->>{s}", "eq.x"),
    "aggregate": lambda send, s: ask(send, select=f"id.{s}()"),
    "aggregate's cast": lambda send, s: ask(send, select=f"id.sum()::{s}"),
    "embed": lambda send, s: ask(send, select=f"*,{s}(*)"),
    "embed quoted": lambda send, s: ask(send, select=f"*,{quoted(s)}(*)"),
    "embed's select": lambda send, s: ask(send, select=f"*,orders({s})"),
    "hint": lambda send, s: ask(send, select=f"*,orders!{s}(*)"),
    "spread": lambda send, s: ask(send, select=f"...{s}(*)"),
    "filter's key": lambda send, s: item(send, s, "eq.1"),
    "filter's key quoted": lambda send, s: item(send, quoted(s), "eq.1"),
    "filter's key in an embed": lambda send, s: item(send, f"orders.{s}", "eq.1"),
    "filter's index": lambda send, s: item(send, f"name[{s}]", "eq.1"),
    "operator": lambda send, s: ask(send, name=s),
    "operator's argument": lambda send, s: ask(send, name=f"fts({s}).x"),
    "quantifier": lambda send, s: ask(send, name=f"like({s}).x"),
    "eq": lambda send, s: ask(send, name=f"eq.{s}"),
    "eq any": lambda send, s: ask(send, name=f"eq(any).{s}"),
    "eq any of some": lambda send, s: ask(send, name="eq(any).{" + s + "}"),
    "in": lambda send, s: ask(send, name=f"in.({s})"),
    "in quoted": lambda send, s: ask(send, name=f"in.({quoted(s)})"),
    "is": lambda send, s: ask(send, name=f"is.{s}"),
    "like": lambda send, s: ask(send, name=f"like.{s}"),
    "match": lambda send, s: ask(send, name=f"match.{s}"),
    "search": lambda send, s: ask(send, name=f"fts.{s}"),
    "web search": lambda send, s: ask(send, name=f"wfts.{s}"),
    "contains": lambda send, s: ask(send, tags=f"cs.{s}"),
    "contained": lambda send, s: ask(send, profile=f"cd.{s}"),
    "a number": lambda send, s: ask(send, id=f"eq.{s}"),
    "a date": lambda send, s: ask(send, created_at=f"gt.{s}"),
    "or": lambda send, s: item(send, "or", s),
    "in or": lambda send, s: item(send, "or", f"({s})"),
    "a value in or": lambda send, s: item(send, "or", f"(name.eq.{s},id.eq.1)"),
    "a quoted value in or": lambda send, s: item(send, "not.and", f"(name.eq.{quoted(s)})"),
    "order": lambda send, s: ask(send, order=s),
    "order quoted": lambda send, s: ask(send, order=f"{quoted(s)}.desc"),
    "order's direction": lambda send, s: ask(send, order=f"id.{s}"),
    "related order": lambda send, s: ask(send, select="*,manager(*)", order=f"manager({s})"),
    "limit": lambda send, s: ask(send, limit=s),
    "offset": lambda send, s: ask(send, offset=s),
    "table": lambda send, s: send("GET", quote(f"x{s}", safe="")),
    "table, as it is": lambda send, s: send("GET", f"persons{quote(s)}"),
    "key": lambda send, s: send("GET", f"persons/{quote(s)}x"),
    "key of a write": lambda send, s: send("DELETE", f"persons/{quote(s)}x"),
    "Accept": lambda send, s: header(send, "Accept", s),
    "Accept, quality": lambda send, s: header(send, "Accept", f"text/csv;q={s}"),
    "Accept-Profile": lambda send, s: header(send, "Accept-Profile", s),
    "Authorization": lambda send, s: header(send, "Authorization", f"Bearer {s}"),
    "Content-Profile": lambda send, s: header(send, "Content-Profile", s, "POST"),
    "Content-Type": lambda send, s: header(send, "Content-Type", s, "POST"),
    "Prefer": lambda send, s: header(send, "Prefer", s),
    "Prefer, of a write": lambda send, s: header(send, "Prefer", f"tx=rollback,{s}", "POST"),
    "Prefer, max-affected": lambda send, s: header(send, "Prefer", f"max-affected={s}"),
    "Range": lambda send, s: header(send, "Range", s),
    "Range, first": lambda send, s: header(send, "Range", f"{s}-"),
    "If-None-Match": lambda send, s: header(send, "If-None-Match", quoted(s)),
    "If-Match": lambda send, s: (
        None
        if set(s) & set("\r\n\0")
        else send(
            "PATCH",
            "persons/1",
            headers={"If-Match": quoted(s).encode().decode("latin-1")},
            json={"name": "x"},
        )
    ),
    "FETCH": lambda send, s: send("FETCH", "persons", data=s.encode()),
    "FETCH key": lambda send, s: send("FETCH", "persons", json={s: s}),
    "FETCH where, key": lambda send, s: send("FETCH", "persons", json={"where": {s: 1}}),
    "FETCH where": lambda send, s: send("FETCH", "persons", json={"where": {"name": s}}),
    "FETCH where in": lambda send, s: send("FETCH", "persons", json={"where": {"name": [s, s]}}),
    "FETCH select": lambda send, s: send("FETCH", "persons", json={"select": s}),
    "FETCH orderby": lambda send, s: send("FETCH", "persons", json={"orderby": s}),
    "FETCH limit": lambda send, s: send("FETCH", "persons", json={"limit": s}),
    "on_conflict": lambda send, s: send(
        "POST",
        "projects",
        query_string={"on_conflict": s},
        headers={"Prefer": "tx=rollback,resolution=merge-duplicates"},
        json={"name": "x"},
    ),
    "columns": lambda send, s: send(
        "POST", "projects", query_string={"columns": s}, json={"name": "x"}
    ),
    "body": lambda send, s: send(
        "POST", "projects", data=s.encode(), content_type="application/json"
    ),
    "body's key": lambda send, s: send("POST", "projects", json={"name": "x", s: "x"}),
    "a number in a body": lambda send, s: send(
        "POST", "orders", json={"person_id": 1, "amount": s}
    ),
    "an array in a body": lambda send, s: send("POST", "persons", json={"name": "x", "tags": s}),
    "CSV": lambda send, s: send("POST", "projects", data=s.encode(), content_type="text/csv"),
    "CSV cell": lambda send, s: send(
        "POST", "projects", data=f"name\n{s}\n".encode(), content_type="text/csv"
    ),
    "PATCH filter": lambda send, s: send(
        "PATCH", "persons", query_string={"name": f"eq.{s}"}, json={"name": "x"}
    ),
    "PATCH or": lambda send, s: send(
        "PATCH", "persons", query_string=NOBODY | {"or": f"({s})"}, json={"name": "x"}
    ),
    "DELETE filter": lambda send, s: send("DELETE", "persons", query_string={"email": f"eq.{s}"}),
    "DELETE key": lambda send, s: send("DELETE", "persons", query_string=NOBODY | {s: "eq.1"}),
    "PUT filter": lambda send, s: send(
        "PUT", "projects", query_string={"id": f"eq.{s}"}, json={"name": "x"}
    ),
    "batch": lambda send, s: send("POST", "", data=s.encode()),
    "batch path": lambda send, s: send("POST", "", json=[{"path": s}, {"path": f"/{s}"}]),
    "batch query": lambda send, s: send("POST", "", json=[{"path": f"/persons?name=eq.{s}"}]),
    "batch key": lambda send, s: send("POST", "", json=[{"path": f"/persons/{s}"}]),
    "batch method": lambda send, s: send("POST", "", json=[{"path": "/persons", "method": s}]),
    "batch header": lambda send, s: send(
        "POST", "", json=[{"path": "/persons", "headers": {s: "x"}}]
    ),
    "batch header's value": lambda send, s: send(
        "POST",
        "",
        json=[
            {"path": "/persons/1", "headers": {"Prefer": s, "Range": s, "If-None-Match": s}},
            {"path": "/persons/1", "headers": {"Accept": s}},
        ],
    ),
    "batch body": lambda send, s: send(
        "POST", "", json=[{"path": "/projects", "method": "POST", "body": s}]
    ),
    "batch of another host": lambda send, s: send(
        "POST", "", json=[{"path": "/persons", "headers": {"Host": s, "Content-Length": s}}]
    ),
    "login": lambda send, s: send("POST", "login", data=s.encode()),
}


@no_cover
@pytest.mark.parametrize("position", POSITIONS)
def test_any_text_in_any_place(send: Attacker, position: str) -> None:
    for text in STRINGS:
        POSITIONS[position](send, text)


@no_cover
@pytest.mark.parametrize("method", ["POST", "FETCH"])
def test_a_text_is_a_value_and_comes_back_as_it_is(send: Attacker, method: str) -> None:
    """However odd: no string is refused that a text of Postgres can hold."""
    for text in (text for text in STRINGS if "\0" not in text):
        made = send(
            "POST",
            "projects",
            json={"name": text},
            headers={"Prefer": "tx=rollback,return=representation"},
        )
        assert [row["name"] for row in made.get_json()] == [text]
        if method == "FETCH":
            found = send(
                "FETCH", "projects", json={"where": {"name": text}, "select": quoted("id")}
            )
            assert found.get_json() == []
        else:
            found = send("GET", "projects", query_string={"or": f"(name.eq.{quoted(text)})"})
            assert found.get_json() == []
            if len(text.encode()) <= MAX_NAME:
                found = send("GET", "projects", query_string={"select": f"{quoted(text)}:id"})
                assert all(list(row) == [text] for row in found.get_json())
