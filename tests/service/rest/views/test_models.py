"""A model may map a view, beside views that have no model."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CreateView,
    ForeignKey,
    Identity,
    NullPool,
    Text,
    create_engine,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, mapped_column, registry, relationship

from ...application import settings_on
from ...postgres import Database, Server
from ..application import application_of


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={int: BigInteger, str: Text})


db = SQLAlchemy(model_class=Base)
ANYONE = {"write": "anyone"}
SHOWN = {"Prefer": "return=representation"}


class Firm(db.Model):
    __tablename__ = "firms"
    __api__ = ANYONE

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]


class Bill(db.Model):
    __tablename__ = "bills"
    __api__ = ANYONE

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id", name="bills_firm"))
    state: Mapped[str] = mapped_column(server_default="open")


made = CreateView(
    select(Bill.id, Bill.firm_id, Bill.state).where(Bill.state == "open"),
    "open_bills",
    metadata=Base.metadata,
)


class OpenBill(db.Model):
    """A view that SQLAlchemy makes."""

    __table__ = made.table
    __mapper_args__ = {"primary_key": [made.table.c.id]}
    __api__ = ANYONE | {"read_only": {"state"}}

    id: Mapped[int]
    firm_id: Mapped[int]
    firm: Mapped[Firm] = relationship(
        primaryjoin=lambda: foreign(OpenBill.firm_id) == Firm.id, viewonly=True
    )


class FirmNow(db.Model):
    """A view that a migration made, for which the model says what it refers to."""

    __tablename__ = "firms_now"
    __api__ = ANYONE

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class BillNow(db.Model):
    __tablename__ = "bills_now"
    __api__ = ANYONE

    id: Mapped[int] = mapped_column(primary_key=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms_now.id", name="now_firm"))
    firm: Mapped[FirmNow] = relationship()


VIEWS = (
    "DROP TABLE IF EXISTS bills_now, firms_now",
    "CREATE VIEW firms_now AS SELECT id, name FROM firms",
    "CREATE VIEW bills_now AS SELECT id, firm_id FROM bills",
    "CREATE VIEW bare AS SELECT id, firm_id FROM bills",
    "INSERT INTO firms (name) VALUES ('Acme'), ('Zeta')",
    "INSERT INTO bills (firm_id, state) VALUES (1, 'open'), (2, 'paid'), (2, 'open')",
)


@pytest.fixture(scope="module")
def database(server: Server) -> Generator[Database]:
    with server.clone() as database:
        owner = create_engine(database.owner, poolclass=NullPool)
        Base.metadata.create_all(owner)
        web = database.web.username
        grant = f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {web}, {web}_member"
        database.execute(*VIEWS, grant)
        yield database


@pytest.fixture(params=["", "public"], ids=["models", "schemas"])
def client(database: Database, request: pytest.FixtureRequest) -> Generator[FlaskClient]:
    """A client where only models are served, and one where the database was looked at."""
    settings = settings_on(database.web, API_SCHEMAS=request.param)
    with application_of(db, settings) as app:
        yield app.test_client()


@pytest.fixture
def looked_at(database: Database) -> Generator[FlaskClient]:
    with application_of(db, settings_on(database.web, API_SCHEMAS="public")) as app:
        yield app.test_client()


def test_it_is_read(client: FlaskClient) -> None:
    path = "/api/open_bills?select=id,firm_id&order=id"
    assert client.get(path).get_json() == [{"id": 1, "firm_id": 1}, {"id": 3, "firm_id": 2}]
    one = client.get("/api/open_bills/3")
    assert (one.status_code, one.get_json()) == (200, {"id": 3, "firm_id": 2, "state": "open"})
    assert "ETag" not in one.headers
    assert client.get("/api/open_bills/2").status_code == 404


def test_it_is_written_to(client: FlaskClient) -> None:
    assert client.patch("/api/open_bills/1", json={"firm_id": 2}).status_code == 204
    assert client.patch("/api/open_bills/1", json={"firm_id": 1}, headers=SHOWN).get_json() == {
        "id": 1,
        "firm_id": 1,
        "state": "open",
    }
    fixed = client.patch("/api/open_bills/1", json={"state": "paid"})
    assert fixed.get_json()["code"] == "428C9"
    assert client.put("/api/open_bills/9", json={"firm_id": 1}).status_code == 201
    assert client.put("/api/open_bills/9", json={"firm_id": 2}).status_code == 204
    assert client.delete("/api/open_bills/9").status_code == 204


def test_it_embeds_what_its_model_says(client: FlaskClient) -> None:
    path = "/api/bills_now?select=id,{}(name)&id=eq.1"
    for name in ("firm", "firms_now", "firm_id", "now_firm"):
        found = client.get(path.format(name))
        assert found.get_json() == [{"id": 1, name: {"name": "Acme"}}]
    back = client.get("/api/firms_now?select=bills_now(id)&id=eq.1").get_json()
    assert back == [{"bills_now": [{"id": 1}]}]


def test_it_embeds_what_the_tables_below_lead_to_as_well(looked_at: FlaskClient) -> None:
    (found,) = looked_at.get("/api/open_bills?select=firms(name)&id=eq.1").get_json()
    assert found == {"firms": {"name": "Acme"}}
    (found,) = looked_at.get("/api/open_bills?select=firm(name)&id=eq.1").get_json()
    assert found == {"firm": {"name": "Acme"}}
    (found,) = looked_at.get("/api/firms?select=open_bills(id),bare(id)&id=eq.1").get_json()
    assert found == {"open_bills": [{"id": 1}], "bare": [{"id": 1}]}


def test_it_is_a_row_of_its_own_where_the_database_was_looked_at(looked_at: FlaskClient) -> None:
    assert looked_at.get("/api/bills_now/1").get_json() == {"id": 1, "firm_id": 1}
    assert looked_at.patch("/api/bills_now/1", json={"firm_id": 1}).status_code == 204
    # A view without a model would pass by what the model of its table says.
    assert looked_at.options("/api/bare").headers["Allow"] == "OPTIONS,GET,HEAD,FETCH"
    assert looked_at.get("/tables/bills_now/1").status_code == 200
