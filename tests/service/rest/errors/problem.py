"""How the tests here ask for an error, and the form that all errors have."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

from ..lab import Stack

OURS = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|json_agg|LATERAL|Traceback|psycopg2|"
    r"sqlalchemy|CONTEXT|PL/pgSQL|Failing row)\b|%\("
)


def problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The error, which has the form that they all have."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/json; charset=utf-8"
    assert response.headers["Proxy-Status"] == f"PostgREST; error={code}"
    body: dict[str, Any] = response.get_json()
    assert list(body) == ["code", "message", "details", "hint"]
    assert body["code"] == code
    assert len(body["message"]) > 10
    assert not OURS.search(response.text)
    return body


def open_(shared: Stack, method: str, path: str, options: dict[str, Any]) -> TestResponse:
    return shared.app.test_client().open(f"/api/{path}", method=method, **options)
