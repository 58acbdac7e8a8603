"""Fixtures: one database for all tests that leave it as it is, and others."""

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

from ...postgres import Database, Server
from .database import serving, viewed


@pytest.fixture(scope="package")
def shared(server: Server) -> Generator[Database]:
    with viewed(server) as database:
        yield database


@pytest.fixture(scope="package")
def front(shared: Database) -> Generator[FlaskClient]:
    """A client where nothing but views is served."""
    with serving(shared, "front") as client:
        yield client


@pytest.fixture(scope="package")
def shop(shared: Database) -> Generator[FlaskClient]:
    """A client where tables and views are served beside each other."""
    with serving(shared, "shop") as client:
        yield client


@pytest.fixture
def changing(server: Server) -> Generator[Database]:
    with viewed(server) as database:
        yield database


@pytest.fixture
def client(changing: Database) -> Generator[FlaskClient]:
    """A client of a database of its own, where both schemas are served."""
    with serving(changing, "front,shop") as client:
        yield client


@pytest.fixture
def member(client: FlaskClient) -> dict[str, str]:
    """The header of somebody with a token."""
    return {"Authorization": f"Bearer {tokens(client.application).issue('me')}"}
