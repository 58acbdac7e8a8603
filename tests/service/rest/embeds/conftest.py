"""Fixtures: a database of tables that lead to each other in every way, and who asks."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

import pytest
from flask.testing import FlaskClient

from ...application import application, settings_on
from ...postgres import Server
from .tables import TABLES, granted

Rows: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="package")
def client(server: Server) -> Generator[FlaskClient]:
    with server.clone() as database:
        database.execute(*TABLES, *granted(database.web.username or "", "ways", "far"))
        settings = settings_on(database.web, API_SCHEMAS="ways,far")
        with application(settings) as app:
            yield app.test_client()


@pytest.fixture
def rows(client: FlaskClient) -> Rows:
    """Gives the rows of an answer, which has to be one."""

    def rows(path: str, schema: str = "ways") -> Any:
        response = client.get(f"/api/{path}", headers={"Accept-Profile": schema})
        assert response.status_code == 200, response.text
        return response.get_json()

    return rows


@pytest.fixture
def refused(client: FlaskClient) -> Rows:
    """Gives the status and the code of a refusal, and its body."""

    def refused(path: str) -> Any:
        response = client.get(f"/api/{path}")
        body = response.get_json()
        return response.status_code, body["code"], body

    return refused
