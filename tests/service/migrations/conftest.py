"""A checkout of its own, and an empty database."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import (
    Connection,
    NullPool,
    create_engine,
)

from ..postgres import Server
from .project import Project


@pytest.fixture
def project(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project.make(tmp_path, server, monkeypatch)


@pytest.fixture
def connection(server: Server) -> Generator[Connection]:
    with server.empty() as url, create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection
