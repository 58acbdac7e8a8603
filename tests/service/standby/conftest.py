"""Fixtures: a primary, its standby, and an application that reads from it."""

from collections.abc import Generator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL

from ..application import MakeApp, application, settings_on
from ..proxy import Proxy
from .pair import Pair, pair


@pytest.fixture(scope="package")
def servers() -> Generator[Pair]:
    with pair() as servers:
        yield servers


@pytest.fixture
def way(servers: Pair) -> Generator[Proxy]:
    """The application's way to the standby, which may fall silent."""
    way = Proxy(servers.standby.web)
    yield way
    way.close()


@pytest.fixture
def reading(servers: Pair) -> Generator[MakeApp]:
    """Makes an application that reads from the server of a URL."""
    with ExitStack() as made:

        def make(read: URL, primary: URL = servers.database.web, **others: str) -> Flask:
            given = {"DATABASE_READ_URL": read.render_as_string(hide_password=False)}
            settings = settings_on(primary, API_SCHEMAS="public", **given, **others)
            return made.enter_context(application(settings))

        yield make


@pytest.fixture
def app(reading: MakeApp, way: Proxy) -> Flask:
    # As it may be written: the role, its password and the database are the primary's.
    port = way.url.port
    return reading(URL.create("postgresql", host="127.0.0.1", port=port))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert client.get("/readyz").json["standby"] == "ok"  # type: ignore[index]
    return client
