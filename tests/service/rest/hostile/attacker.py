"""Who sends what nobody should, and takes no answer but a sane one."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..lab import sane

# The same code a thousand times over, of which the other tests measure the coverage.
no_cover = pytest.mark.no_cover


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
