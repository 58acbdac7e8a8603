"""`Prefer` as a whole: several, unknown ones, and what the answer says of them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from retort.auth.tokens import tokens

PATH = "/api/persons?id=eq.1"
NO_ROWS = "/api/persons?id=eq.0"


@pytest.fixture
def token(app: Flask) -> tuple[str, str]:
    return "Authorization", f"Bearer {tokens(app).issue('me')}"


def preferring(*wishes: str) -> Headers:
    return Headers([("Prefer", wish) for wish in wishes])


@pytest.mark.parametrize(
    ("wishes", "applied"),
    [
        (["count=exact"], "count=exact"),
        (["handling=lenient", "count=exact"], "count=exact, handling=lenient"),
        ([" count=exact ,,  handling=strict,"], "count=exact, handling=strict"),
        # Of several for the same, the first that is one.
        (["count=exact,count=planned"], "count=exact"),
        (["count=none, count=exact"], "count=exact"),
        (["handling=lenient, count=exact", "handling=strict"], "count=exact, handling=lenient"),
        # What is written in another way is another.
        (["Count=exact"], None),
        (["count = exact"], None),
        (["count=Exact"], None),
        (['count="exact"'], None),
        (["count"], None),
        (["speed=high"], None),
        # A read does nothing of these.
        (["return=minimal,resolution=merge-duplicates,missing=default,tx=rollback"], None),
        (["handling=strict,max-affected=1"], "handling=strict"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.reads
def test_a_read_tells_what_it_heeded(
    client: FlaskClient, method: str, wishes: list[str], applied: str | None
) -> None:
    answer = client.open(PATH, method=method, headers=preferring(*wishes))
    assert answer.status_code == 200
    said = answer.headers.get("Preference-Applied")
    heeds_tx = "tx=rollback" in wishes[0]  # which a read need not undo
    assert said == ("tx=rollback" if heeds_tx else applied)


@pytest.mark.parametrize(
    ("wishes", "invalid"),
    [
        (["handling=strict, anything"], "anything"),
        (["handling=strict", "something, else"], "something, else"),
        (["count=none,a,handling=strict,b"], "count=none, a, b"),
        (["a,a,handling=strict"], "a, a"),
        # Of several for the same, all have to be valid.
        (["handling=strict,count=exact,count=none"], "count=none"),
        (["handling=strict, count = exact"], "count = exact"),
        # PostgREST would not heed these, and say nothing.
        (["handling=strict,max-affected=many"], "max-affected=many"),
        (["handling=strict,max-affected=-1"], "max-affected=-1"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.reads
def test_strict_handling_lists_all_that_it_does_not_know(
    client: FlaskClient, token: tuple[str, str], method: str, wishes: list[str], invalid: str
) -> None:
    headers = preferring(*wishes)
    headers.add(*token)
    body = {"name": "x"} if method in ("POST", "PATCH") else None
    answer = client.open(NO_ROWS, method=method, json=body, headers=headers)
    assert answer.status_code == 400
    assert answer.get_json() == {
        "code": "PGRST122",
        "message": "Invalid preferences given with handling=strict",
        "details": f"Invalid preferences: {invalid}",
        "hint": None,
    }


@pytest.mark.parametrize(
    ("method", "body", "applied"),
    [
        ("POST", [], "resolution=merge-duplicates, missing=null, {}, handling=strict"),
        ("PATCH", {"name": "x"}, "missing=null, {}, handling=strict, max-affected=5"),
        ("DELETE", None, "{}, handling=strict, max-affected=5"),
        ("PUT", {"id": 1, "name": "x"}, "{}, handling=strict"),
    ],
)
def test_a_write_tells_what_it_heeded(
    client: FlaskClient, token: tuple[str, str], method: str, body: Any, applied: str
) -> None:
    wish = "max-affected=5,handling=strict,tx=rollback,count=exact,return=minimal,missing=null"
    headers = preferring(f"{wish},resolution=merge-duplicates")
    headers.add(*token)
    path = PATH if method == "PUT" else NO_ROWS
    answer = client.open(path, method=method, json=body, headers=headers)
    assert answer.status_code in (200, 201, 204), answer.text
    said = applied.format("return=minimal, count=exact, tx=rollback")
    assert answer.headers["Preference-Applied"] == said
