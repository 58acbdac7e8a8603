"""A model in a schema of its own is served like any other."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Enum,
    ForeignKey,
    Identity,
    NullPool,
    Table,
    Text,
    create_engine,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, relationship, validates

from ..application import settings_on
from ..page import Page
from ..postgres import Database, Server
from .application import application_of

SALES = {"Accept-Profile": "sales", "Content-Profile": "sales"}
REP = {"Prefer": "return=representation"}


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={int: BigInteger, str: Text})


db = SQLAlchemy(model_class=Base)


class Firm(db.Model):
    __tablename__ = "firms"
    __api__ = {"write": "anyone"}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]


class Invoice(db.Model):
    __tablename__ = "invoices"
    __table_args__ = {"schema": "sales"}
    __api__ = {"write": "anyone", "hidden": {"margin"}}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firms.id"))
    state: Mapped[str] = mapped_column(
        Enum("open", "paid", name="state", schema="sales"), server_default="open"
    )
    margin: Mapped[int | None]
    firm: Mapped[Firm] = relationship()
    labels: Mapped[list[Label]] = relationship(secondary="sales.invoice_labels")

    @validates("firm_id")
    def not_zero(self, _key: str, number: int) -> int:
        if number == 0:
            raise ValueError("a firm has a number")
        return number


class Label(db.Model):
    """In the schema by another way."""

    __table__ = Table("labels", db.metadata, Column("name", Text, primary_key=True), schema="sales")
    __api__ = {"write": "anyone"}


class Secret(db.Model):
    __tablename__ = "secrets"
    __table_args__ = {"schema": "sales"}
    __api__ = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)


Table(
    "invoice_labels",
    db.metadata,
    Column("invoice_id", BigInteger, ForeignKey("sales.invoices.id"), primary_key=True),
    Column("label", Text, ForeignKey("sales.labels.name"), primary_key=True),
    schema="sales",
)


@pytest.fixture(scope="module")
def database(server: Server) -> Generator[Database]:
    """One for all, which every test leaves as it is."""
    with server.clone() as database:
        web = database.web.username
        with create_engine(database.owner, poolclass=NullPool).begin() as connection:
            connection.execute(text("CREATE SCHEMA sales"))
            db.metadata.create_all(connection)
        database.execute(
            "INSERT INTO firms (name) VALUES ('Acme')",
            "INSERT INTO sales.invoices (firm_id, margin) VALUES (1, 9)",
            "INSERT INTO sales.labels VALUES ('late')",
            "INSERT INTO sales.invoice_labels VALUES (1, 'late')",
            f"GRANT USAGE ON SCHEMA sales TO {web}",
            f"GRANT ALL ON ALL TABLES IN SCHEMA sales, public TO {web}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA sales, public TO {web}",
        )
        yield database


@pytest.fixture(scope="module", params=["", "public,sales"], ids=["models", "schemas"])
def client(database: Database, request: pytest.FixtureRequest) -> Generator[FlaskClient]:
    with application_of(db, settings_on(database.web, API_SCHEMAS=request.param)) as app:
        yield app.test_client()


def test_it_is_read_by_its_profile(client: FlaskClient) -> None:
    found = client.get("/api/invoices", headers=SALES).get_json()
    assert found == [{"id": 1, "firm_id": 1, "state": "open"}]
    assert client.get("/api/invoices").status_code == 404
    assert client.get("/api/firms").get_json() == [{"id": 1, "name": "Acme"}]
    assert client.get("/api/secrets", headers=SALES).status_code == 404
    assert client.get("/api/invoice_labels", headers=SALES).status_code == 404


def test_its_keys_are_followed_within_its_schema_and_across(client: FlaskClient) -> None:
    path = "/api/invoices?select=firm(name),firms(name),labels(name)"
    assert client.get(path, headers=SALES).get_json() == [
        {"firm": {"name": "Acme"}, "firms": {"name": "Acme"}, "labels": [{"name": "late"}]}
    ]
    back = client.get("/api/firms?select=name,invoices(state)").get_json()
    assert back == [{"name": "Acme", "invoices": [{"state": "open"}]}]


def test_it_is_written(client: FlaskClient) -> None:
    new = {"firm_id": 1, "state": "paid"}
    headers = SALES | {"Prefer": "return=representation,missing=default"}
    (made,) = client.post("/api/invoices", json=[new], headers=headers).get_json()
    number = made["id"]
    assert made == {"id": number, "firm_id": 1, "state": "paid"}
    put = client.put("/api/labels/new", json={}, headers=SALES)
    assert put.status_code == 201
    changed = client.patch(f"/api/invoices/{number}", json={"state": "open"}, headers=SALES | REP)
    assert changed.get_json() == made | {"state": "open"}
    refused = client.patch(f"/api/invoices/{number}", json={"firm_id": 0}, headers=SALES)
    assert refused.get_json()["message"] == "a firm has a number"
    upsert = {"Prefer": "resolution=merge-duplicates"}
    found = client.post("/api/invoices", json=made, headers=SALES | upsert)
    assert found.status_code == 200
    batch = [
        {"method": "DELETE", "path": path, "headers": SALES}
        for path in (f"/invoices/{number}", "/labels/new")
    ]
    assert client.post("/api/", json=batch).status_code == 200
    wrong = client.post("/api/invoices", json={"firm_id": 5}, headers=SALES).get_json()
    assert wrong["code"] == "23503"


def test_it_is_described(client: FlaskClient) -> None:
    assert "/invoices" in client.get("/api/openapi.json", headers=SALES).get_json()["paths"]
    assert "/invoices" not in client.get("/api/openapi.json").get_json()["paths"]
    resources = client.get("/api/info").get_json()["resources"]
    assert list(resources["sales"]) == ["invoices", "labels"]
    assert "firms" in resources["public"]


def test_it_has_its_pages(client: FlaskClient) -> None:
    links = Page(client.get("/tables")).links
    assert {"firms", "sales.invoices", "sales.labels"} <= links.keys()
    page = client.get("/tables/sales.invoices/1")
    assert page.status_code == 200
    assert "/tables/firms/1" in page.text


def test_with_a_list_of_schemas_it_has_to_be_in_one_of_them(database: Database) -> None:
    with application_of(db, settings_on(database.web, API_SCHEMAS="sales")) as app:
        client = app.test_client()
        assert client.get("/api/invoices").status_code == 200
        assert client.get("/api/firms").status_code == 404
        assert client.get("/api/invoices?select=firms(name)").status_code == 400
        refused = client.get("/api/firms", headers={"Accept-Profile": "public"})
        assert refused.get_json()["code"] == "PGRST106"
