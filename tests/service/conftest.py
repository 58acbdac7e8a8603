"""Fixtures: an application on a database of its own, as it would run in production; and an empty
database, for db-init."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg2.sql import SQL, Identifier
from sqlalchemy import URL, BigInteger, Column, NullPool, Table, create_engine

from retort import create_app, logs
from retort.database import db
from retort.settings import Settings

from .postgres import Database, Server
from .server_log import ServerLog
from .sharing import is_shared

pytest_plugins = ["tests.service.server"]


@pytest.fixture
def settings(database: Database) -> Settings:
    return settings_on(database)


def settings_on(database: Database) -> Settings:
    return Settings.load(
        {
            "DATABASE_URL": database.web.render_as_string(hide_password=False),
            "SECRET_KEY": "s" * 32,
            "THREADS": "4",
        }
    )


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Generator[None]:
    """Logging is the process's, not the application's: pytest gets it back."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@contextmanager
def application(settings: Settings) -> Generator[Flask]:
    app = create_app(settings)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def shared_app(shared: Database) -> Generator[Flask]:
    with application(settings_on(shared)) as app:
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
