"""A server that is somebody else's, and tests that stay as long as they may."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import URL

from ..postgres import Server, execute
from .run import Traces

TESTS = """
import os, pathlib, time, pytest

@pytest.mark.parametrize("turn", range(2))
def test_it(server, database, turn):
    with server.empty():
        database.execute("SELECT 1")
        place = pathlib.Path(__file__).parent
        (place / f"part{turn}").write_text(server.admin)
        (place / f"part{turn}").rename(place / f"turn{turn}")
        while (place / "stay").exists():
            time.sleep(0.05)
"""


@pytest.fixture
def given(server: Server) -> Generator[URL]:
    """The server as somebody else's: a superuser's URL, who owns nothing in the end."""
    role = server.name("tester")
    execute(server.url("postgres"), f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'tiger'")
    try:
        yield server.url("postgres").set(username=role, password="tiger")
    finally:
        execute(server.url("postgres"), f"DROP ROLE {role}")


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    """Where tests are that tell how far they are, and stay as long as they may."""
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "stay").touch()
    return tmp_path


@pytest.fixture
def traces(server: Server, given: URL) -> Traces:
    return Traces(server, str(given.username))


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that other users may enter, as whom Postgres runs where the tests are root's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
