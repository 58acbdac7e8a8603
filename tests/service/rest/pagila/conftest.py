"""Fixtures: one Pagila for all tests, and whoever may write to it."""

from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

from ...application import application, settings_on
from ...postgres import Database, Server

TABLES = Path(__file__).with_name("pagila.sql")


@pytest.fixture(scope="package")
def shared(server: Server) -> Generator[Database]:
    with server.clone() as database:
        web = f"{database.web.username}, {database.web.username}_member"
        database.execute(
            TABLES.read_text(encoding="utf-8"),
            f"GRANT USAGE ON SCHEMA pagila TO {web}",
            f"GRANT ALL ON ALL TABLES IN SCHEMA pagila TO {web}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA pagila TO {web}",
        )
        yield database


@pytest.fixture(scope="package")
def pagila(shared: Database) -> Generator[Flask]:
    with application(settings_on(shared.web, API_SCHEMAS="pagila")) as app:
        yield app


@pytest.fixture
def client(pagila: Flask) -> FlaskClient:
    """Somebody with a token."""
    client = pagila.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens(pagila).issue('me')}"
    return client
