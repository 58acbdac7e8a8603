"""The info route says what is served, and of which version it is."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from retort.database import db

from ...postgres import Database
from .document import Make, document

pytestmark = pytest.mark.reads


def test_info_says_what_is_served(client: FlaskClient, database: Database) -> None:
    found = client.get("/api/info").get_json()
    assert found["name"] == "retort"
    assert found["postgres"] == database.execute("SELECT current_setting('server_version')")[0][0]
    assert set(found["resources"]) == {"public"}
    assert set(found["resources"]["public"]) == {"notes", "orders", "persons", "projects"}
    assert found["resources"]["public"]["projects"] == {
        "columns": ["id", "name"],
        "key": ["id"],
        "writable": True,
    }


@pytest.mark.alone
def test_info_says_what_can_only_be_read(make: Make, sales: None) -> None:
    found = make(api_schemas=["public", "sales"]).get("/api/info").get_json()["resources"]["sales"]
    assert found["shown"] == {"columns": ["id"], "key": ["id"], "writable": True}
    assert found["keyless"]["writable"] is False
    assert found["pairs"] == {"columns": ["a", "b"], "key": ["a", "b"], "writable": True}


def test_info_is_one_round_trip(app: Flask, client: FlaskClient) -> None:
    client.get("/api/info")  # connects
    statements: list[str] = []
    with app.app_context():
        engine = db.engines["read"]

    def count(*given: Any) -> None:
        statements.append(given[2])

    event.listen(engine, "before_cursor_execute", count)
    client.get("/api/info")
    assert len(statements) == 1
    client.get("/api/")
    assert len(statements) == 2  # and so is the document


def test_the_version_is_that_of_the_project(client: FlaskClient) -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())
    version = project["project"]["version"]
    assert document(client)["info"]["version"] == version
    assert client.get("/api/info").get_json()["version"] == version
