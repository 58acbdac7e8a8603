"""Fixtures: what runs the recipes, on a database of its own."""

from collections.abc import Generator

import pytest
from flask import Flask

from retort.cheatsheet.runs.runner import Runner

from ..application import application, settings_on
from ..postgres import Database, Server
from ..snapshot import snapshot


@pytest.fixture(scope="session")
def shared(server: Server) -> Generator[Database]:
    """The database of all tests of the sheet, whose runs leave it as it was."""
    with server.clone() as database:
        before = snapshot(database.owner)
        yield database
        assert snapshot(database.owner) == before


@pytest.fixture(scope="session")
def shared_app(shared: Database) -> Generator[Flask]:
    with application(settings_on(shared.web)) as app:
        yield app


@pytest.fixture
def runner(app: Flask) -> Generator[Runner]:
    runner: Runner = app.extensions["cheatsheet"]
    yield runner
    runner.sandbox.close()
