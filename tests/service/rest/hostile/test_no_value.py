"""What is no value: half a character, no UTF-8, numbers and moments that no column has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ..lab import Stack
from .attacker import Attacker

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


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1e-999999999", "1e5000"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_whole_numbers_of_too_many_digits_for_python(
    shared: Stack, number: str, method: str
) -> None:
    """A validator gets a value of Python's, which would take it minutes and all memory."""
    body = f'{{"name": "new", "height": {number}}}'
    path = "shelves" if method == "POST" else "shelves?id=eq.1"
    send = Attacker(shared.lab.test_client(), {})
    response = send.refused(method, path, data=body, content_type="application/json")
    assert response.get_json()["code"] == "22P02"


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
