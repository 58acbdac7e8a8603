"""What is said of a query string that does not parse: what of it, where, and what may stand there,
as PostgREST says it."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from ..postgres import Server
from .works import works

pytestmark = pytest.mark.reads

OPERATOR = "operator (eq, gt, ...)"
FIELD = "field name (* or [a..z0..9_$])"
LOGIC = "logic operator (and, or)"
IS = "isVal: (null, not_null, true, false, unknown)"
NULLS = '"nullsfirst" or "nullslast"'
ARROWS = 'letter, digit, "-", "->>", "->"'
END = '"," or end of input'
KEY = "any non reserved character different from: .,>()"


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with works(server) as client:
        yield client


def check(
    client: FlaskClient, name: str, text: str, what: str, column: int, found: str, expected: str
) -> None:
    response = client.get("/api/projects", query_string={name: text})
    assert response.status_code == 400
    assert response.get_json() == {
        "code": "PGRST100",
        "message": f'"failed to parse {what} ({text})" (line 1, column {column})',
        "details": f"unexpected {found} expecting {expected}",
        "hint": None,
    }


@pytest.mark.parametrize(
    ("text", "column", "found", "expected"),
    [
        ("val", 1, '"v"', f'"not" or {OPERATOR}'),
        ("noop.0", 1, '"n"', f'"not" or {OPERATOR}'),
        ("", 1, "end of input", f'"not" or {OPERATOR}'),
        ("eq", 3, "end of input", OPERATOR),
        ("eqs.1", 3, '"s"', OPERATOR),
        ("not", 4, "end of input", "delimiter (.)"),
        ("not.xy.1", 5, '"x"', OPERATOR),
        ("eq().value", 4, '")"', OPERATOR),
        ("eq(some).1", 4, '"s"', OPERATOR),
        ("neq(any).1", 4, '"("', OPERATOR),
        ("is().value", 3, '"("', OPERATOR),
        ("in().value", 3, '"("', OPERATOR),
        ("fts().value", 5, '")"', OPERATOR),
        ("is.nope", 6, '"p"', IS),
        ("is.nullish", 8, "'i'", "end of input"),
        ("in.1,2", 4, '"1"', '"("'),
        ("in.(1,2", 8, "end of input", '"," or ")"'),
    ],
)
def test_a_filter(client: FlaskClient, text: str, column: int, found: str, expected: str) -> None:
    check(client, "id", text, "filter", column, found, expected)


@pytest.mark.parametrize(
    ("name", "text", "column", "found", "expected"),
    [
        # The name of the parameter counts, as if it stood before.
        ("or", "()", 4, '")"', f"{FIELD}, negation operator (not) or {LOGIC}"),
        ("or", ")(", 3, '")"', '"("'),
        ("or", "(id)", 6, '")"', f"{ARROWS} or delimiter (.)"),
        ("or", "(id.in.1,2,id.eq.3)", 10, '"1"', '"("'),
        ("and", "(ord(id.eq.1),id.eq.2)", 7, '"d"', '"("'),
        ("or", "(id.eq.1,not.xor(id.eq.2))", 16, '"x"', LOGIC),
        ("not.and", "(id.eq.1", 16, "end of input", '"," or ")"'),
        ("or", "(id.xx.1)", 7, '"x"', f'"not" or {OPERATOR}'),
    ],
)
def test_logic(
    client: FlaskClient, name: str, text: str, column: int, found: str, expected: str
) -> None:
    check(client, name, text, "logic tree", column, found, expected)


@pytest.mark.parametrize(
    ("text", "column", "found", "expected"),
    [
        ("id.ac", 4, '"c"', f'"asc", "desc", {NULLS}'),
        ("id.smth34", 4, '"s"', f'"asc", "desc", {NULLS}'),
        ("id.asc.nlsfst", 8, '"l"', NULLS),
        ("id.asc.desc", 8, '"d"', NULLS),
        ("id.descc", 8, "'c'", f"delimiter (.), {END}"),
        ("id.nullslasttt", 13, "'t'", END),
        ("id!", 3, "'!'", f"{ARROWS}, delimiter (.), {END}"),
        ("id,", 4, "end of input", FIELD),
        ("clients(name,id)", 13, '","', '")"'),
    ],
)
def test_an_order(client: FlaskClient, text: str, column: int, found: str, expected: str) -> None:
    check(client, "order", text, "order", column, found, expected)


@pytest.mark.parametrize(
    ("text", "column", "found", "expected"),
    [
        ("name!hint", 10, "end of input", '"("'),
        ("id,clients(name[])", 16, '"["', '"," or ")"'),
        ("id[]", 3, "'['", f'{ARROWS}, "::", ".", ")", {END}'),
        ("n:count(id)", 8, "'('", f'{ARROWS}, "::", ".", ")", {END}'),
        ("id,,name", 4, '","', FIELD),
        ("id,", 4, "end of input", FIELD),
        ("id.total()", 4, '"t"', '"sum", "avg", "count", "max" or "min"'),
        ("more->>--34", 9, '"-"', "digit"),
        ("more->>-78xy", 11, "'x'", f'digit, "->", "::", ".", {END}'),
        ("more->(!@#", 7, '"("', f'"-", digit or {KEY}'),
    ],
)
def test_a_select(client: FlaskClient, text: str, column: int, found: str, expected: str) -> None:
    check(client, "select", text, "select parameter", column, found, expected)


def test_the_name_of_a_parameter(client: FlaskClient) -> None:
    response = client.get("/api/projects", query_string={"clients.:": "eq.1"})
    assert response.get_json() == {
        "code": "PGRST100",
        "message": '"failed to parse tree path (clients.:)" (line 1, column 9)',
        "details": f'unexpected ":" expecting {FIELD}',
        "hint": None,
    }


def test_a_limit(client: FlaskClient) -> None:
    check(client, "limit", "ten", "limit", 1, '"t"', "a whole number")
    check(client, "offset", "1.5", "offset", 2, '"."', "a whole number of at most 18 digits")
    check(client, "limit", "9" * 19, "limit", 19, '"9"', "a whole number of at most 18 digits")


def test_the_line_counts(client: FlaskClient) -> None:
    response = client.get("/api/projects", query_string={"select": "id,\nname,\n  ,more"})
    assert response.get_json()["message"].endswith(')" (line 3, column 3)')
