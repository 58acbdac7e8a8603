"""Whatever is sent, the answer is a clear one, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from simplejson import scanner as scanners
from sqlalchemy import Connection, NullPool, create_engine, func, select
from werkzeug.test import TestResponse

from retort.rest.login import MAX_BYTES
from retort.rest.request.parse_select import MAX_NAME

from ..postgres import Server
from .lab import Stack, sane, stack

# The same code a thousand times over, of which the other tests measure the coverage.
no_cover = pytest.mark.no_cover

# Every row of every table, and so every table, as one text.
DUMP = """
CREATE FUNCTION dump.dump() RETURNS text LANGUAGE plpgsql AS $$
DECLARE name text; whole text := ''; rows text;
BEGIN
    FOR name IN SELECT format('%I', tablename) FROM pg_tables
        WHERE schemaname = 'public' ORDER BY 1
    LOOP
        EXECUTE format('SELECT string_agg(t::text, chr(10) ORDER BY t::text) FROM %s t', name)
            INTO rows;
        whole := concat_ws(chr(10), whole, name, rows);
    END LOOP;
    RETURN whole;
END $$
"""


@pytest.fixture(scope="module")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        shared.database.execute("CREATE SCHEMA dump", DUMP)
        yield shared


@pytest.fixture(scope="module")
def owner(shared: Stack) -> Generator[Connection]:
    engine = create_engine(shared.database.owner, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.fixture(autouse=True)
def nothing_written(owner: Connection) -> Generator[None]:
    before = owner.scalar(select(func.dump.dump()))
    assert "oak" in str(before)
    yield
    assert owner.scalar(select(func.dump.dump())) == before


class Attacker:
    """Sends what it is told, with a token; every answer has to be a sane one."""

    def __init__(self, client: FlaskClient, token: dict[str, str]) -> None:
        self.client, self.token = client, token

    def __call__(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> TestResponse:
        given = self.token | {"Prefer": "tx=rollback"} | (headers or {})
        response = self.client.open(f"/api/{path}", method=method, headers=given, **options)
        return sane(response)

    def refused(self, method: str, path: str, **options: Any) -> TestResponse:
        response = self(method, path, **options)
        assert response.status_code >= 400, response.text[:300]
        return response


@pytest.fixture
def send(shared: Stack) -> Attacker:
    return Attacker(shared.app.test_client(), shared.header())


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


# -- what is no text

SURROGATES = ["\ud800", "\udfff", "x\udc00y", "\udcff"]


TEXTS_IN_BODIES: list[Callable[[str], tuple[str, str, Any]]] = [
    lambda s: ("POST", "projects", {"name": s}),
    lambda s: ("POST", "projects", {s: "x"}),
    lambda s: ("POST", "persons", {"name": "x", "tags": [s]}),
    lambda s: ("POST", "persons", {"name": "x", "profile": {s: s}}),
    lambda s: ("PATCH", "persons?id=eq.1", {"name": s}),
    lambda s: ("PUT", "projects?id=eq.1", {"name": s}),
    lambda s: ("FETCH", "persons", {"where": {"name": s}}),
    lambda s: ("FETCH", "persons", {"where": {"name": ["x", s]}}),
    lambda s: ("FETCH", "persons", {"where": {s: "x"}}),
    lambda s: ("FETCH", "persons", {"select": f"{s}:id"}),
    lambda s: ("FETCH", "persons", {"select": f"profile->>{s}"}),
    lambda s: ("FETCH", "persons", {"orderby": s}),
    lambda s: ("FETCH", "persons", {s: 1}),
    lambda s: ("POST", "", [{"path": f"/persons?name=eq.{s}"}]),
    lambda s: ("POST", "", [{"path": f"/persons/{s}"}]),
    lambda s: ("POST", "", [{"path": "/persons", "headers": {"Prefer": s}}]),
    lambda s: ("POST", "", [{"path": "/persons", "headers": {"If-Match": f'"{s}"'}}]),
    lambda s: ("POST", "", [{"path": "/persons", "headers": {s: "x"}}]),
    lambda s: ("POST", "", [{"path": "/persons", "method": s}]),
    lambda s: ("POST", "", [{"path": "/projects", "method": "POST", "body": s}]),
    lambda s: ("POST", "", [{"path": "/projects", "method": "POST", "body": {"name": s}}]),
    lambda s: ("POST", "", [{"path": "/persons", s: s}]),
    lambda s: ("POST", "login", {"email": s, "password": "x"}),
    lambda s: ("POST", "login", {"email": "x", "password": s}),
]


@pytest.mark.parametrize("text", [*SURROGATES, "\0"], ids=ascii)
@pytest.mark.parametrize("body", TEXTS_IN_BODIES, ids=range(len(TEXTS_IN_BODIES)))
def test_half_a_character_and_a_nul_are_refused(
    send: Attacker, body: Callable[[str], tuple[str, str, Any]], text: str
) -> None:
    method, path, document = body(text)
    send.refused(method, path, data=json.dumps(document), content_type="application/json")


@pytest.mark.parametrize("content_type", ["application/json", "text/csv"])
@pytest.mark.parametrize(
    "body", [b"\xff", b'{"name": "\xc3"}', b"name\n\xed\xa0\x80", b"\xfe\xff\0{"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "projects"), ("FETCH", "persons"), ("POST", ""), ("POST", "login")],
)
def test_what_is_no_utf8_is_refused(
    send: Attacker, method: str, path: str, body: bytes, content_type: str
) -> None:
    send.refused(method, path, data=body, content_type=content_type)


@pytest.mark.parametrize("place", ["select", "name", "order", "or", "%FF"])
def test_what_is_no_utf8_in_a_query_does_no_harm(send: Attacker, place: str) -> None:
    send("GET", f"persons?{place}=%FF%FE%ED%A0%80&name=eq.%C3")


# -- too much

DEEP = [1000, 100_000]


@pytest.mark.parametrize("depth", DEEP)
@pytest.mark.parametrize(
    ("method", "path", "around"),
    [
        ("POST", "projects", "%s"),
        ("POST", "persons", '{"name": "x", "profile": %s}'),
        ("PATCH", "persons?id=eq.1", '{"profile": %s}'),
        ("PUT", "projects?id=eq.1", '{"name": %s}'),
        ("FETCH", "persons", "%s"),
        ("FETCH", "persons", '{"where": {"id": %s}}'),
        ("POST", "", "%s"),
        ("POST", "", '[{"path": "/persons", "method": "POST", "body": {"profile": %s}}]'),
        ("POST", "login", "%s"),
    ],
)
def test_json_that_is_deep(send: Attacker, method: str, path: str, around: str, depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        body = around % (opening * depth + "1" + closing * depth)
        response = send.refused(method, path, data=body, content_type="application/json")
        is_large = path == "login" and len(body) > MAX_BYTES
        assert response.get_json()["code"] == ("HTTP413" if is_large else "PGRST102")


def test_json_that_is_deep_in_a_cell_of_csv(send: Attacker) -> None:
    for depth in (101, 1000):
        body = "name,profile\nx," + "[" * depth + "]" * depth
        send.refused("POST", "persons", data=body, content_type="text/csv")
    body = "name,profile\nx," + "[" * 100 + "]" * 100
    assert send("POST", "persons", data=body, content_type="text/csv").status_code == 201


@pytest.mark.parametrize("scanner", ["make_scanner", "py_make_scanner"])
def test_json_nests_as_deep_whatever_reads_it(
    send: Attacker, monkeypatch: pytest.MonkeyPatch, scanner: str
) -> None:
    """Neither Python's version nor how simplejson was built decides."""
    monkeypatch.setattr("simplejson.decoder.make_scanner", getattr(scanners, scanner))
    for opening, inner, closing in (("[", "", "]"), ("[", "1", "]"), ('{"a":', "{}", "}")):
        for depth in (100, 101):
            around = depth - 1 - inner.count("{")
            body = f'{{"profile": {opening * around}{inner}{closing * around}}}'
            response = send("PATCH", "persons?id=eq.1", data=body)
            assert response.status_code == (204 if depth == 100 else 400)


def test_a_number_of_too_many_digits_is_refused_in_our_words(send: Attacker) -> None:
    body = f'{{"profile": {"1" * 5000}}}'
    response = send.refused("PATCH", "persons?id=eq.1", data=body)
    assert response.get_json()["details"] == "a whole number has too many digits"


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "text/plain"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "projects"),
        ("PATCH", "projects?id=eq.1"),
        ("PUT", "projects?id=eq.1"),
        ("FETCH", "projects"),
        ("POST", ""),
        ("POST", "login"),
    ],
)
def test_a_body_of_10_mb(send: Attacker, method: str, path: str, content_type: str) -> None:
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    response = send.refused(method, path, data=body, content_type=content_type)
    assert response.get_json()["code"] == "HTTP413"


@pytest.mark.parametrize("way", ["GET", "FETCH", "or", "PATCH"])
def test_10_000_elements_of_a_list(send: Attacker, way: str) -> None:
    ids = list(range(3, 10_003))
    listed = ",".join(map(str, ids))
    if way == "FETCH":
        response = send("FETCH", "persons", json={"where": {"id": ids}, "orderby": "id"})
    elif way == "GET":
        response = send("GET", "persons", query_string={"id": f"in.({listed})", "order": "id"})
    elif way == "or":
        response = send("GET", "persons", query_string={"or": f"(id.in.({listed}))"})
    else:
        headers = {"Prefer": "tx=rollback,return=representation"}
        query = {"id": f"in.({listed})"}
        response = send("PATCH", "persons", query_string=query, json={"name": "x"}, headers=headers)
    assert [row["id"] for row in response.get_json()] == [3, 4, 5, 6]


def test_a_list_whose_last_element_is_wrong(send: Attacker) -> None:
    listed = ",".join(map(str, range(10_000)))
    send.refused("GET", "persons", query_string={"id": f"in.({listed},x)"})
    send.refused("FETCH", "persons", json={"where": {"id": [*range(10_000), "x"]}})


def test_embeds_in_embeds(send: Attacker) -> None:
    def embeds(depth: int) -> str:
        return "orders(persons(" * (depth // 2) + "id" + "))" * (depth // 2)

    assert send("GET", f"persons?select=id,{embeds(8)}").status_code == 200
    assert send.refused("GET", f"persons?select=id,{embeds(10)}").get_json()["code"] == "PGRST100"
    send.refused("GET", f"persons?select=id,{embeds(2000)}")


def test_conditions_in_conditions(send: Attacker) -> None:
    def conditions(depth: int) -> str:
        return "(" + "and(" * depth + "id.eq.1" + ")" * depth + ")"

    assert send("GET", "persons", query_string={"or": conditions(7)}).status_code == 200
    for depth in (8, 5000):
        send.refused("GET", "persons", query_string={"or": conditions(depth)})


@no_cover
@pytest.mark.parametrize("many", [2000, 5000])
def test_thousands_of_items(send: Attacker, many: int) -> None:
    every = range(many)
    send("GET", "persons", query_string={"select": ",".join(f"a{n}:id" for n in every)})
    send("GET", "persons", query_string={"select": ",".join("id" for _ in every)})
    send(
        "GET", "persons", query_string={"select": ",".join(f"a{n}:orders(id)" for n in range(300))}
    )
    send("GET", "persons", query_string={"or": "(" + "orders.is.null," * 500 + "id.eq.1)"})
    send("GET", "persons", query_string={"order": ",".join("id" for _ in every)})
    send("GET", "persons", query_string={"or": f"({','.join(f'id.eq.{n}' for n in every)})"})
    send("GET", "persons", query_string=[("id", "gt.0") for _ in every])
    send("GET", "persons", query_string={"select": "profile" + "->a" * many})
    assert send("GET", f"persons?select=profile{'->a' * 50}").status_code == 200
    send("POST", "projects", query_string={"columns": "name," * many + "name"}, json={"name": "x"})


def test_many_embeds(send: Attacker) -> None:
    siblings = ",...orders()" * 11
    nested = f"{'orders(persons(' * 4}id{f'{siblings}){siblings})' * 4}"
    for items in (nested, ",".join(["orders()"] * 100)):
        assert send("GET", "persons", query_string={"select": items}).status_code in {200, 400}
    response = send.refused("GET", "persons", query_string={"select": "...orders()," * 700 + "id"})
    assert "at most 100 embeds" in response.get_json()["details"]


@pytest.mark.parametrize("digits", [18, 19, 30, 5000])
def test_huge_pages(send: Attacker, digits: int) -> None:
    number = "9" * digits
    for query in ({"limit": number}, {"offset": number}, {"orders.limit": number}):
        send("GET", "persons", query_string={"select": "*,orders(*)"} | query)
    send("GET", "persons", query_string={"limit": number, "offset": number})
    send("GET", "persons", headers={"Range": f"0-{number}"})
    send("GET", "persons", headers={"Range": f"{number}-", "Prefer": "count=exact"})
    send("FETCH", "persons", data=f'{{"limit": {number}, "offset": {number}}}')
    headers = {"Prefer": f"tx=rollback,handling=strict,max-affected={number}"}
    send("PATCH", "persons?id=eq.1", json={"name": "x"}, headers=headers)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(x+x+)+y",
        "((((.{1,255}){1,255}){1,255}){1,255})",
        "(" * 1000,
        "(" * 1000 + ")" * 1000,
        "[[:alpha:]",
        "a{999999}",
        r"(.*)\1\1\1\1(.*)\2",
        "***=x",
        "(?i)" * 100,
        "\\",
        "[",
    ],
)
def test_absurd_patterns(send: Attacker, pattern: str) -> None:
    for operator in ("match", "imatch", "like", "ilike", "match(any)"):
        send("GET", "persons", query_string={"name": f"{operator}.{pattern}"})
    send("GET", "persons", query_string={"name": "like." + "%_" * 2000 + pattern})


# -- values that no column has


@pytest.mark.parametrize(
    "number",
    [
        "9223372036854775808",
        "-9223372036854775809",
        "1" * 5000,
        "1e400",
        "1e999999999",
        "1.5",
    ],
)
def test_whole_numbers_beyond_bigint(send: Attacker, number: str) -> None:
    raw = {"content_type": "application/json"}
    send.refused("GET", f"persons?id=eq.{number}")
    send.refused("GET", f"persons?id=in.(1,{number})")
    send.refused("GET", f"persons/{number}")
    send.refused("DELETE", f"persons/{number}")
    send.refused("FETCH", "persons", data=f'{{"where": {{"id": {number}}}}}', **raw)
    send.refused("POST", "projects", data=f'{{"id": {number}, "name": "x"}}', **raw)
    send.refused("PATCH", "persons?id=eq.1", data=f'{{"manager_id": {number}}}', **raw)
    send.refused("POST", "projects", data=f"id,name\n{number},x\n", content_type="text/csv")
    send.refused("PUT", f"projects?id=eq.{number}", json={"name": "x"})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", '"NaN"', '"Infinity"', "1e30"])
def test_what_is_no_amount(send: Attacker, number: str) -> None:
    raw = {"content_type": "application/json"}
    body = f'{{"person_id": 1, "amount": {number}}}'
    send.refused("POST", "orders", data=body, **raw)
    send.refused("PATCH", "orders?id=eq.1", data=f'{{"amount": {number}}}', **raw)
    row = f"person_id,amount\n1,{number.strip(chr(34))}\n"
    send.refused("POST", "orders", data=row, content_type="text/csv")


@pytest.mark.parametrize(
    "moment",
    ["2026-13-01", "2026-02-30", "300000-01-01", "-1-01-01", "0", "25:00", "2026-01-01T25"],
)
def test_what_is_no_moment(send: Attacker, moment: str) -> None:
    send.refused("GET", f"orders?placed_at=gt.{moment}")
    send.refused("FETCH", "orders", json={"where": {"placed_at": moment}})
    order = {"person_id": 1, "amount": 1, "placed_at": moment}
    send.refused("POST", "orders", json=order)
    send.refused("PATCH", "orders?id=eq.1", json={"placed_at": moment})


# -- twice the same


@pytest.mark.parametrize("path", ["projects", "", "login"])
def test_a_key_that_is_there_twice(send: Attacker, path: str) -> None:
    for body in ('{"name": "a", "name": "b"}', '[{"path": "/x", "path": "/y"}]'):
        response = send.refused("POST", path, data=body, content_type="application/json")
        assert "is there twice" in response.text
    send.refused("PATCH", "persons?id=eq.1", data='{"profile": {"a": 1, "a": 2}}')
    send.refused("FETCH", "persons", data='{"where": {"id": 1, "id": 2}}')


def test_a_primary_key_that_is_there_twice(send: Attacker) -> None:
    rows = [{"id": 77, "name": "x"}, {"id": 77, "name": "y"}]
    assert send.refused("POST", "projects", json=rows).get_json()["code"] == "23505"
    merge = {"Prefer": "tx=rollback,resolution=merge-duplicates"}
    assert send.refused("POST", "projects", json=rows, headers=merge).get_json()["code"] == "21000"
    response = send.refused("POST", "projects", data="id,name\n1,x\n", content_type="text/csv")
    assert response.get_json()["code"] == "23505"
    requests = [{"method": "POST", "path": "/projects", "body": row} for row in rows]
    assert send.refused("POST", "", json=requests).get_json()["request"] == 1


# -- writes that say too little or too much


@pytest.mark.parametrize(
    "query", ["", "limit=1", "offset=1", "order=id", "select=id", "columns=id"]
)
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_write_without_a_filter(send: Attacker, method: str, query: str) -> None:
    send.refused(method, f"projects?{query}", json={"name": "x"})


@pytest.mark.parametrize(
    "query", ["id=gt.0&limit=1", "id=gt.0&offset=1", "id=gt.0&order=id&limit=2"]
)
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_write_of_a_page(send: Attacker, method: str, query: str) -> None:
    response = send.refused(method, f"projects?{query}", json={"name": "x"})
    assert response.get_json()["code"] == "PGRST114"


@pytest.mark.parametrize("method", ["GET", "HEAD", "FETCH", "OPTIONS"])
def test_what_only_reads_writes_nothing(send: Attacker, method: str) -> None:
    """Whatever it has of a write: a body, headers, columns."""
    for path in ("projects?columns=name", "projects?id=eq.1&on_conflict=id", "projects/1"):
        options: dict[str, Any] = {"json": {} if method == "FETCH" else {"name": "x"}}
        headers = {
            "Prefer": "tx=commit,resolution=merge-duplicates,return=representation",
            "X-HTTP-Method-Override": "DELETE",
            "X-HTTP-Method": "DELETE",
        }
        send(method, path, headers=headers, **options)


def test_a_batch_of_too_many(send: Attacker) -> None:
    send.refused("POST", "", json=[{"path": "/persons"}] * 101)
    send.refused("POST", "", json=[])
    send.refused("POST", "", json=[[]])
    send.refused("POST", "", json=[{"method": "POST", "path": "/", "body": [{"path": "/persons"}]}])
    send.refused("POST", "", json=[{"method": "POST", "path": "/api/login", "body": {}}])


def test_a_batch_of_which_the_last_fails(send: Attacker) -> None:
    every = [{"method": "POST", "path": "/persons", "body": {"name": f"n{n}"}} for n in range(50)]
    headers = {"Prefer": "tx=commit"}
    response = send.refused("POST", "", json=[*every, {"path": "/nothing"}], headers=headers)
    assert response.get_json()["request"] == 50


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n",
        "\n\n",
        '"',
        'name\n"x',
        'name\n"x"y',
        "name,name\nx,y\n",
        "name\nx,y\n",
        "id,name\n1\n",
        "nane\nx\n",
        ",\n,\n",
        "name,\nx,\n",
        "\ufeffname\nx\n",
        "name\n\0\n",
        "name\n" + "x" * 200_000 + ",\n",
        "id,name\n1;2,x\n",
        "name;id\nx;1\n",
        '{}\n{"name": "x"}',
        '[{"name": "x"}]\n[]',
        "tags,name\n[1,x\n",
        "profile,name\n{,x\n",
    ],
    ids=range(21),
)
def test_csv_that_is_broken(send: Attacker, body: str) -> None:
    send.refused("POST", "persons", data=body.encode(), content_type="text/csv")
