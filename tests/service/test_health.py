"""`/livez` and `/readyz`: for whatever restarts the process and routes to it."""

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, make_url, text

from retort import schema

from .application import MakeApp
from .postgres import Database


@pytest.fixture
def lost(make_app: MakeApp) -> Flask:
    """An application whose database is not there."""
    return make_app(database_url=make_url("postgresql+psycopg2://web:secret@127.0.0.1:1/retort"))


def test_livez_answers(client: FlaskClient) -> None:
    response = client.get("/livez")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_livez_never_touches_the_database(lost: Flask) -> None:
    assert lost.test_client().get("/livez").status_code == 200


def test_readyz_answers_on_a_prepared_database(client: FlaskClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json == {"ready": True, "database": "ok", "schema": schema.HEAD}


def test_readyz_says_that_the_database_is_away(lost: Flask) -> None:
    response = lost.test_client().get("/readyz")
    assert response.status_code == 503
    assert response.json == {"ready": False, "database": "no answer within 1 s"}


@pytest.mark.timed
def test_readyz_does_not_wait_for_a_database_that_hangs(
    client: FlaskClient, database: Database
) -> None:
    owner = create_engine(database.owner, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("LOCK alembic_version"))
        started = time.monotonic()
        response = client.get("/readyz")
        assert time.monotonic() - started < 1.5
    assert response.status_code == 503
    assert response.json == {"ready": False, "database": "no answer within 1 s"}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "0000"),
        ("DELETE FROM alembic_version", "no migration"),
        ("DROP TABLE alembic_version", "no migration"),
    ],
)
def test_readyz_says_that_the_schema_is_another(
    client: FlaskClient, database: Database, change: str, found: str
) -> None:
    database.execute(change)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json == {
        "ready": False,
        "database": "ok",
        "schema": f"at {found}, but this code expects {schema.HEAD}: run db-init",
    }


def test_readyz_is_well_again_when_the_database_is(client: FlaskClient, database: Database) -> None:
    database.execute("ALTER TABLE alembic_version RENAME TO away")
    assert client.get("/readyz").status_code == 503
    database.execute("ALTER TABLE away RENAME TO alembic_version")
    assert client.get("/readyz").status_code == 200


def test_readyz_is_well_if_the_database_is_ahead_and_serves_this_code(
    client: FlaskClient, database: Database
) -> None:
    database.execute(
        "UPDATE alembic_version SET version_num = '9999'",
        f"COMMENT ON COLUMN alembic_version.version_num IS '9999 9998 {schema.HEAD}'",
    )
    assert client.get("/readyz").status_code == 200
    page = client.get("/", headers={"Accept": "text/html"}).text
    assert "<code>9999</code>, which serves this code too" in page
    database.execute("COMMENT ON COLUMN alembic_version.version_num IS '9999 9998'")
    assert client.get("/readyz").status_code == 503
