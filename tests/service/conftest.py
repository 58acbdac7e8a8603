"""Fixtures: an application on a database of its own, as it would run in production; and an empty
database, for db-init."""

import gc
from collections.abc import Generator
from contextlib import ExitStack

import pytest
from coverage import Coverage
from flask import Flask
from flask.testing import FlaskClient
from psycopg2.sql import SQL, Identifier
from sqlalchemy import URL, BigInteger, Column, NullPool, Table, create_engine

from retort import Settings, logs
from retort.database import db

from .application import MakeApp, application, logging_as_it_was, settings_on
from .gunicorn import UNMEASURED
from .postgres import Database, Server
from .server_log import heard
from .sharing import is_shared

pytest_plugins = ["tests.service.server"]


def pytest_configure() -> None:
    """Look for garbage when there is some: by default that is a tenth of all that is done here."""
    gc.set_threshold(10_000)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop what measures a worker since it began, by its environment and by pytest-cov's own early
    start: beneath that which follows, both would go on where a test is marked with no_cover."""
    if hasattr(session.config, "workerinput"):
        while early := Coverage.current():
            early.stop()


@pytest.fixture
def settings(database: Database) -> Settings:
    return settings_on(database.web)


@pytest.fixture(autouse=True)
def measured(request: pytest.FixtureRequest) -> None:
    """What a test starts is measured where the test is."""
    if request.node.get_closest_marker("no_cover"):
        environ: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        for name, nothing in UNMEASURED.items():
            environ.setenv(name, nothing)


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
    return heard(app, database)


@pytest.fixture
def role(request: pytest.FixtureRequest, server: Server) -> Generator[str]:
    """A role's name for this test alone: a role belongs to all databases of a server."""
    role = server.name(getattr(request, "param", "web"))
    yield role
    engine = create_engine(server.url("postgres"), poolclass=NullPool)
    with engine.begin() as one, one.connection.driver_connection.cursor() as cursor:  # type: ignore[union-attr]
        # db-init makes it, and those that it becomes, whose names begin with its own.
        cursor.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [role])
        for (name,) in cursor.fetchall():
            cursor.execute(SQL("DROP ROLE {}").format(Identifier(name)))


@pytest.fixture
def url(server: Server, role: str) -> Generator[URL]:
    """An empty database, as its owner reaches it; gone before the role, which it needs."""
    with server.empty() as url:
        yield url


@pytest.fixture
def invoices() -> Generator[Table]:
    """A table of the models' in a schema of its own."""
    table = Table(
        "invoices", db.metadata, Column("id", BigInteger, primary_key=True), schema="sales"
    )
    yield table
    db.metadata.remove(table)
