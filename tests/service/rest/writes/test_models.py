"""What a model says of its writes: a partitioned one, one without a key, defaults of Python's."""

from collections.abc import Generator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Identity, Integer, MetaData, Table, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from db_init import auth as db_auth
from db_init import roles
from retort import Settings
from retort.rest.catalog.resource import Operation, Rows

from ...postgres import Database
from ..application import application_of

SHOWN = {"Prefer": "return=representation"}
DEFAULT = {"Prefer": "return=representation,missing=default"}


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={str: Text})


db = SQLAlchemy(model_class=Base)
seen: list[tuple[str, Rows]] = []


def after(operation: Operation, rows: Rows) -> None:
    seen.append((operation, rows))


class Reading(db.Model):
    """Partitioned, with a version and a hook."""

    __tablename__ = "readings"
    __table_args__ = {"postgresql_partition_by": "HASH (id)"}
    __api__ = {"write": "anyone", "hidden": {"secret"}, "after": after, "unfiltered": False}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(default=lambda: "made")
    value: Mapped[int] = mapped_column(default=text("1 + 1"), onupdate=text("3"))
    secret: Mapped[str | None] = mapped_column(server_default="s")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


entries = Table("entries", db.metadata, Column("name", Text), Column("value", Integer))
lines = Table("lines", db.metadata, Column("name", Text))


class Entry(db.Model):
    """Without a primary key in the database."""

    __table__ = entries
    __mapper_args__ = {"primary_key": [entries.c.name]}
    __api__ = {"write": "anyone", "keyless": True, "unfiltered": True}


class Line(db.Model):
    """The same, without a word about it."""

    __table__ = lines
    __mapper_args__ = {"primary_key": [lines.c.name]}
    __api__ = {"write": "anyone"}


class Shown(db.Model):
    """A view, which has no system columns."""

    __table__ = Table(
        "shown", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text)
    )
    __api__ = {"write": "anyone"}


@pytest.fixture
def client(database: Database, settings: Settings) -> Generator[FlaskClient]:
    seen.clear()
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = database.owner
    db.init_app(app)
    with app.app_context():
        db.create_all()
        with db.engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE TABLE readings_0 PARTITION OF readings "
                    "FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
                )
            )
            connection.execute(text("CREATE VIEW shown AS SELECT id::int, name FROM readings"))
            roles.grant(connection, settings.url.username or "")
            db_auth.prepare(connection, settings.url.username or "")
        db.engine.dispose()
    with application_of(db, settings.model_copy(update={"api_unfiltered": True})) as app:
        yield app.test_client()


READING = {"id": 1, "name": "made", "value": 2, "version": 1}


def test_a_partitioned_model_is_written_with_its_version_and_its_hook(client: FlaskClient) -> None:
    assert client.post("/api/readings", json={}, headers=SHOWN).get_json() == [READING]
    wish = {"Prefer": "return=representation,resolution=merge-duplicates"}
    rows = [{"id": 1, "name": "old"}, {"id": 2, "name": "new"}]
    merged = client.post("/api/readings", json=rows, headers=wish)
    assert (merged.status_code, [row["version"] for row in merged.get_json()]) == (201, [2, 1])
    changed = client.patch("/api/readings/1", json={"name": "x"}, headers={"If-Match": '"2"'})
    assert (changed.status_code, changed.headers["ETag"]) == (204, '"3"')
    assert client.delete("/api/readings/1", headers={"If-Match": '"2"'}).status_code == 412
    assert client.delete("/api/readings/1", headers={"If-Match": '"3"'}).status_code == 204
    assert [operation for operation, _ in seen] == ["insert", "insert", "update", "delete"]
    assert seen[0][1] == [READING]  # the hook sees all but what is hidden


def test_what_a_patch_lacks_is_what_python_or_sqlalchemy_says(client: FlaskClient) -> None:
    client.post("/api/readings", json={"name": "old", "value": 9})
    path = "/api/readings?id=eq.1&columns=name,value&select=name,value"
    changed = client.patch(path, json={}, headers=DEFAULT)
    assert changed.get_json() == [{"name": "made", "value": 2}]
    changed = client.patch(path, json={"name": "n"}, headers=DEFAULT)
    assert changed.get_json() == [{"name": "n", "value": 2}]


def test_a_model_without_a_key_is_written_if_it_says_so(client: FlaskClient) -> None:
    row: dict[str, Any] = {"name": "a", "value": 1}
    assert client.post("/api/entries", json=row, headers=SHOWN).get_json() == [row]
    assert client.patch("/api/entries", json={"value": 2}).status_code == 204
    assert client.get("/api/entries").get_json() == [row | {"value": 2}]
    assert client.delete("/api/entries").status_code == 204
    assert client.post("/api/lines", json={"name": "a"}).status_code == 405


def test_a_model_overrules_the_setting(client: FlaskClient) -> None:
    refused = client.delete("/api/readings")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "21000")


def test_a_model_of_a_view_is_read_by_its_key_without_a_version(client: FlaskClient) -> None:
    client.post("/api/readings", json={})
    row = client.get("/api/shown/1")
    assert (row.status_code, row.get_json()) == (200, {"id": 1, "name": "made"})
    assert "ETag" not in row.headers
    assert client.get("/api/shown/2").status_code == 404
    assert client.get("/api/shown/1?select=nonsense").get_json()["code"] == "42703"
