"""Clients that read, and one that writes."""

from collections.abc import Generator

import pytest
from postgrest import SyncPostgrestClient
from sqlalchemy import NullPool, create_engine, text

from db_init.seed import seed
from tests.service.postgres import Database


@pytest.fixture(scope="session")
def api(url: str) -> Generator[SyncPostgrestClient]:
    with SyncPostgrestClient(url) as client:
        yield client


@pytest.fixture(scope="session")
def library(api: SyncPostgrestClient) -> SyncPostgrestClient:
    return api.schema("library")


@pytest.fixture
def writer(url: str, token: str, database: Database) -> Generator[SyncPostgrestClient]:
    """A client that may write; afterwards the tables are as they were."""
    with SyncPostgrestClient(url).auth(token) as client:
        yield client
    with create_engine(database.owner, poolclass=NullPool).begin() as connection:
        for table in ("persons", "projects"):
            connection.execute(text(f"TRUNCATE {table} RESTART IDENTITY CASCADE"))
        seed(connection)
