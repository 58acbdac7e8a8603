"""What a model's own Python says holds on every write: hooks, defaults, rights."""

from collections.abc import Generator
from enum import Enum
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Identity, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, validates

from db_init import auth as db_auth
from db_init import roles
from retort import Settings
from retort.rest.catalog.resource import Operation, Rows

from ..postgres import Database
from .application import application_of


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={str: Text})


db = SQLAlchemy(model_class=Base)
seen: list[tuple[str, Rows]] = []


def before(operation: Operation, rows: Rows) -> None:
    for row in rows:
        if row.get("name") == "nobody":
            raise ValueError("nobody is no name")
        row["changed_by"] = operation


def after(operation: Operation, rows: Rows) -> None:
    seen.append((operation, rows))
    if any(row["name"] == "too late" for row in rows):
        raise ValueError("that was too late")


class Thing(db.Model):
    __tablename__ = "things"
    __api__ = {
        "write": "anyone",
        "unfiltered": True,
        "max_rows": 2,
        "hidden": {"changed_by"},
        "read_only": {"code"},
        "before": before,
        "after": after,
    }

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    code: Mapped[str] = mapped_column(default=lambda: "made", onupdate=lambda: "changed")
    changed_by: Mapped[str | None]

    @validates("name")
    def trimmed(self, _key: str, name: str) -> str:
        return name.strip()


class Level(Enum):
    LOW = "l"
    HIGH = "h"


class Odd(db.Model):
    """Names that a statement of ours might have, a serial key, an enum by its names."""

    __tablename__ = "odd"
    __api__ = {"write": "anyone"}

    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int] = mapped_column(server_default="1")
    whole: Mapped[int] = mapped_column(server_default="2")
    is_new: Mapped[int] = mapped_column(server_default="3")
    limit: Mapped[str] = mapped_column(server_default='a "b')
    level: Mapped[Level] = mapped_column(default=Level.HIGH)
    mark: Mapped[str] = mapped_column("mark (%): 1", default="made", onupdate=lambda: "changed")

    @validates("level")
    def not_low(self, _key: str, level: Level) -> Level:
        assert isinstance(level, Level)
        return level


class Closed(db.Model):
    __tablename__ = "closed"
    __api__ = {"read": ["auditor"]}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)


@pytest.fixture
def things(database: Database, settings: Settings) -> Generator[FlaskClient]:
    seen.clear()
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = database.owner
    db.init_app(app)
    with app.app_context():
        db.create_all()
        with db.engine.begin() as connection:
            roles.grant(connection, settings.url.username or "")
            db_auth.prepare(connection, settings.url.username or "")
        db.engine.dispose()
    with application_of(db, settings) as app:
        yield app.test_client()


REP = {"Prefer": "return=representation"}


def test_an_insert(things: FlaskClient, database: Database) -> None:
    rows = things.post("/api/things", json=[{"name": " a "}, {"name": "b"}], headers=REP).get_json()
    assert rows == [
        {"id": 1, "name": "a", "code": "made"},
        {"id": 2, "name": "b", "code": "made"},
    ]
    assert seen == [("insert", rows)]
    assert database.execute("SELECT DISTINCT changed_by FROM things")[0].changed_by == "insert"


def test_an_update_and_a_delete(things: FlaskClient, database: Database) -> None:
    things.post("/api/things", json={"name": "a"})
    assert things.patch("/api/things", json={"name": " c "}).status_code == 204
    (row,) = database.execute("SELECT name, code, changed_by FROM things")
    assert tuple(row) == ("c", "changed", "update")
    assert things.delete("/api/things").status_code == 204
    assert [operation for operation, _ in seen] == ["insert", "update", "delete"]


def test_an_upsert_changes_as_an_update_does(things: FlaskClient, database: Database) -> None:
    headers = {"Prefer": "resolution=merge-duplicates,return=representation"}
    for code in ("made", "changed"):
        response = things.post("/api/things", json={"id": 7, "name": "a"}, headers=headers)
        assert response.get_json() == [{"id": 7, "name": "a", "code": code}]
    things.put("/api/things/7", json={"name": "b"})
    assert database.execute("SELECT name, code FROM things") == [("b", "changed")]
    for mark in ("made", "changed"):
        response = things.post('/api/odd?select="mark (%25): 1"', json={"id": 7}, headers=headers)
        assert response.get_json() == [{"mark (%): 1": mark}]


@pytest.mark.parametrize(
    ("name", "message"), [("nobody", "nobody is no name"), ("too late", "that was too late")]
)
def test_a_hook_refuses(things: FlaskClient, database: Database, name: str, message: str) -> None:
    response = things.post("/api/things", json={"name": name})
    answer: dict[str, Any] = response.get_json()
    assert (response.status_code, answer["code"], answer["message"]) == (400, "23514", message)
    assert database.execute("SELECT * FROM things") == []


def test_a_column_that_can_only_be_read(things: FlaskClient) -> None:
    response = things.post("/api/things", json={"name": "a", "code": "mine"})
    assert (response.status_code, response.get_json()["code"]) == (400, "428C9")
    assert "code" in response.get_json()["message"]


def test_a_maximum_of_its_own(things: FlaskClient) -> None:
    things.post("/api/things", json=[{"name": name} for name in "abc"])
    response = things.get("/api/things")
    assert (response.status_code, len(response.get_json())) == (206, 2)


def test_what_is_not_chosen_is_not_written(things: FlaskClient, database: Database) -> None:
    body = {"name": "a", "code": "mine", "changed_by": "me", "id": 9}
    assert things.post("/api/things?columns=name", json=body).status_code == 201
    assert things.patch("/api/things?columns=name", json=body).status_code == 204
    (row,) = database.execute("SELECT id, code, changed_by FROM things")
    assert tuple(row) == (1, "changed", "update")


def test_names_and_keys_and_enums_of_any_kind(things: FlaskClient) -> None:
    body = [{"page": 5}, {"id": 7, "level": "LOW"}]
    headers = {"Prefer": "missing=default,return=representation"}
    rows = things.post("/api/odd?columns=id,page,level", json=body, headers=headers).get_json()
    assert [(row["id"], row["page"], row["level"]) for row in rows] == [
        (1, 5, "HIGH"),
        (7, 1, "LOW"),
    ]
    assert things.get("/api/odd?order=id").get_json() == rows
    for value in ('a "b', ['a "b', "c"]):
        where = {"where": {"limit": value, "page": 5}}
        assert things.open("/api/odd", method="FETCH", json=where).get_json() == rows[:1]
    assert things.post("/api/odd", json={"level": "h"}).get_json()["code"] == "22P02"


def test_a_role_of_its_own(things: FlaskClient) -> None:
    assert things.get("/api/closed").status_code == 401


@pytest.mark.parametrize(
    ("api", "words"),
    [
        ({"reed": "anyone"}, "__api__ of Thing: reed"),
        ({"hidden": {"none"}}, "__api__ of things: no such column: none"),
        ({"max_rows": "many"}, "__api__ of Thing: max_rows"),
        ({"max_rows": 0}, "__api__ of Thing: max_rows"),
    ],
)
def test_a_model_that_says_nonsense_ends_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, api: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(Thing, "__api__", api)
    with pytest.raises(SystemExit, match=words), application_of(db, settings):
        pass
