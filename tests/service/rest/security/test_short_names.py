"""A hidden column takes away what names it, and nothing that its name is only a part of; nor does
Postgres name it."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKeyConstraint, NullPool, Text, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from ...application import settings_on
from ...postgres import Database, Server
from ..application import application_of
from ..embeds.tables import granted


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={str: Text})


db = SQLAlchemy(model_class=Base)


class Firm(db.Model):
    __tablename__ = "firms"
    __api__ = {"hidden": {"i", "order"}, "write": "anyone"}

    id: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[str] = mapped_column(primary_key=True, server_default="secret")
    title: Mapped[str] = mapped_column(unique=True)
    i: Mapped[str] = mapped_column(server_default="x")
    orders: Mapped[str | None]


class Site(db.Model):
    """What one of them is called here may be seen."""

    __tablename__ = "sites"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "order"], ["firms.id", "firms.order"], name="site_firm"),
        ForeignKeyConstraint(["firm_id", "order"], ["firms.id", "firms.order"], name="in_order"),
    )

    i: Mapped[int] = mapped_column(primary_key=True)
    firm_id: Mapped[int]
    order: Mapped[str]


@pytest.fixture(scope="module")
def made(server: Server) -> Generator[Database]:
    with server.clone() as database:
        with create_engine(database.owner, poolclass=NullPool).begin() as connection:
            db.metadata.create_all(connection)
        database.execute(
            'CREATE UNIQUE INDEX ON firms (lower("order"))',
            "INSERT INTO firms (id, title) VALUES (1, 'Acme')",
            "INSERT INTO sites VALUES (1, 1, 'secret')",
            *granted(database.web.username or "", "public"),
            f"GRANT INSERT ON firms TO {database.web.username}",
        )
        yield database


@pytest.fixture(scope="module")
def client(made: Database) -> Generator[FlaskClient]:
    with application_of(db, settings_on(made.web)) as app:
        yield app.test_client()


@pytest.mark.parametrize(
    ("page", "sql"),
    [
        ("firms", "FROM firms"),
        ("sites", "FROM sites"),
        ("sites?i=eq.1", "sites.i"),
        # It would say by what they are joined.
        ("sites?select=i,firms!site_firm(title)", None),
    ],
)
def test_a_page_shows_its_sql_unless_that_names_one(
    client: FlaskClient, page: str, sql: str | None
) -> None:
    response = client.get(f"/tables/{page}")
    assert response.status_code == 200
    assert ('="sql"><code>' in response.text) == (sql is not None)
    assert sql is None or sql in " ".join(response.text.split())


def test_the_name_of_a_key_is_told_unless_it_has_one_of_its_own_hidden_columns(
    client: FlaskClient,
) -> None:
    found = client.get("/api/sites?select=firms(title)").get_json()
    assert [one["relationship"] for one in found["details"]] == [
        "a key using sites(firm_id, order) and firms(id)",
        "site_firm using sites(firm_id, order) and firms(id)",
    ]
    assert "'firms!site_firm'" in found["hint"]
    assert "in_order" not in str(found)


@pytest.mark.parametrize(
    ("row", "details"),
    [
        ({"id": 2, "title": "Acme"}, "Key (title)=(Acme) already exists."),
        ({"id": 2, "title": "Bolt"}, "constraint firms_lower_idx"),
    ],
)
def test_the_details_of_an_error_are_told_unless_they_name_one(
    client: FlaskClient, row: dict[str, object], details: str
) -> None:
    response = client.post("/api/firms", json=row)
    assert (response.status_code, response.get_json()["details"]) == (409, details)


def test_postgres_suggests_none(client: FlaskClient, made: Database) -> None:
    made.execute("ALTER TABLE firms RENAME orders TO others")
    try:
        response = client.get("/api/firms?select=orders")
    finally:
        made.execute("ALTER TABLE firms RENAME others TO orders")
    assert response.status_code == 400
    assert response.get_json() == {
        "code": "42703",
        "message": "column firms.orders does not exist",
        "details": None,
        "hint": None,
    }
