"""Fixtures: `web` as it runs in production, on a database that all these tests share.

Beside the models it serves the schemas `library` and `pagila`, for which there are none.
"""

from collections.abc import Generator
from pathlib import Path

import pytest

from db_init import auth
from retort.auth.tokens import Tokens
from tests.service.gunicorn import environ, running
from tests.service.postgres import Database, Server
from tests.service.rest.pagila.conftest import TABLES as PAGILA

pytest_plugins = ["tests.service.server"]


LIBRARY = Path(__file__).with_name("library.sql")


@pytest.fixture(scope="session")
def database(server: Server) -> Generator[Database]:
    with server.clone() as database:
        web = f"{database.web.username}, {auth.member(str(database.web.username))}"
        for tables in (LIBRARY, PAGILA):
            schema = tables.stem
            database.execute(
                tables.read_text(encoding="utf-8"),
                f"GRANT USAGE ON SCHEMA {schema} TO {web}",
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {web}",
                f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {web}",
            )
        yield database


@pytest.fixture(scope="session")
def environment(database: Database) -> dict[str, str]:
    return environ(database, API_SCHEMAS="public,library,pagila")


@pytest.fixture(scope="session")
def url(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the API."""
    with running(environment, tmp_path_factory.mktemp("web")) as web:
        yield f"{web.url}/api"


@pytest.fixture(scope="session")
def supabase_url(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Generator[str]:
    """The address below which supabase-js finds the API."""
    prefix = {"API_PREFIX": "/rest/v1"}
    with running(environment | prefix, tmp_path_factory.mktemp("supabase")) as web:
        yield web.url


@pytest.fixture(scope="session")
def token(environment: dict[str, str], database: Database) -> str:
    member = auth.member(str(database.web.username))
    return Tokens(environment["SECRET_KEY"], member, 3600).issue("a client")
