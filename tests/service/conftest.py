"""Fixtures: an application on a database of its own, as it would run in production."""

from collections.abc import Generator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort import Settings, logs
from retort.database import db

from .application import MakeApp, application, logging_as_it_was, settings_on
from .postgres import Database
from .server_log import ServerLog
from .sharing import is_shared

pytest_plugins = ["tests.service.server"]


@pytest.fixture
def settings(database: Database) -> Settings:
    return settings_on(database.web)


@pytest.fixture(autouse=True)
def restored_logging() -> Generator[None]:
    with logging_as_it_was():
        yield


@pytest.fixture
def make_app(settings: Settings) -> Generator[MakeApp]:
    """Makes applications with other settings."""
    with ExitStack() as made:

        def make_app(**changed: object) -> Flask:
            return made.enter_context(application(settings.model_copy(update=changed)))

        yield make_app


@pytest.fixture(scope="session")
def shared_app(shared: Database) -> Generator[Flask]:
    with application(settings_on(shared.web)) as app:
        yield app


@pytest.fixture
def app(request: pytest.FixtureRequest, settings: Settings) -> Generator[Flask]:
    if is_shared(request):
        app: Flask = request.getfixturevalue("shared_app")
        logs.init_app(settings)  # which is the process's, and was undone
        yield app
        return
    with application(settings) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def statements(app: Flask, database: Database) -> list[str]:
    """What the server was sent from now on, in its own words."""
    for option in ServerLog.OPTIONS:
        database.execute(
            f"ALTER ROLE {database.web.username} IN DATABASE {database.owner.database} SET {option}"
        )
    log = ServerLog()
    with app.app_context():
        for engine in db.engines.values():
            log.listen(engine)
            engine.connect().close()  # has statements of its own
    log.statements.clear()
    return log.statements
