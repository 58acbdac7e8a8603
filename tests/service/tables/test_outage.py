"""When the database does not answer."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.database import db

from ..postgres import Database
from .browser import get

pytestmark = pytest.mark.reads


def test_a_database_that_is_gone_is_a_503(
    client: FlaskClient, app: Flask, database: Database
) -> None:
    assert get(client, "/tables/persons").status == 200
    name = database.owner.database
    owner = database.owner.set(database="postgres")
    type(database)(owner, owner).execute(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    response = client.get("/tables/persons")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "The database does not answer" in response.text
    assert get(client, "/tables").status == 200


@pytest.mark.alone
def test_a_pool_with_no_connection_left_is_a_503(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        pool = db.engines["read"].pool
        pool._timeout = 0.01  # type: ignore[attr-defined]
        taken = [pool.connect() for _ in range(4)]
    assert get(client, "/tables/persons").status == 503
    for connection in taken:
        connection.close()
    assert get(client, "/tables/persons").status == 200
