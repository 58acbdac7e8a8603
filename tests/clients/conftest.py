"""Fixtures: `web` as it runs in production, on a database that all these tests share.

Beside the models it serves the schema `library`, for which there are none.
"""

from collections.abc import Generator
from pathlib import Path

import pytest

from db_init import auth
from retort.auth.tokens import Tokens
from tests.service.gunicorn import environ, running
from tests.service.postgres import Database, Server

pytest_plugins = ["tests.service.server"]


@pytest.fixture(scope="session")
def database(server: Server) -> Generator[Database]:
    with server.clone() as database:
        web = f"{database.web.username}, {auth.member(str(database.web.username))}"
        database.execute(
            Path(__file__).with_name("library.sql").read_text(),
            f"GRANT USAGE ON SCHEMA library TO {web}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA library TO {web}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA library TO {web}",
        )
        yield database


@pytest.fixture(scope="session")
def environment(database: Database) -> dict[str, str]:
    return environ(database, API_SCHEMAS="public,library")


@pytest.fixture(scope="session")
def url(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the API."""
    with running(environment, tmp_path_factory.mktemp("web")) as web:
        yield f"{web.url}/api"


@pytest.fixture(scope="session")
def token(environment: dict[str, str], database: Database) -> str:
    member = auth.member(str(database.web.username))
    return Tokens(environment["SECRET_KEY"], member, 3600).issue("a client")
