"""Fixtures: one Northwind for all tests that leave it as it is, and others."""

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

from ...postgres import Database, Server
from .database import northwind, serving


@pytest.fixture(scope="package")
def shared(server: Server) -> Generator[Database]:
    """One for all tests that leave it as it is."""
    with northwind(server) as database:
        yield database


@pytest.fixture(scope="package")
def client(shared: Database) -> Generator[FlaskClient]:
    with serving(shared) as client:
        yield client


@pytest.fixture
def changing(server: Server) -> Generator[Database]:
    with northwind(server) as database:
        yield database


@pytest.fixture
def member(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(client.application).issue('me')}"}
