"""An application whose tables have what the stack's own lack: secrets, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    NullPool,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    registry,
    relationship,
    validates,
)
from werkzeug.test import TestResponse

from db_init import auth as db_auth
from db_init import roles
from retort import Settings
from retort.auth.tokens import tokens

from ..application import application, settings_on
from ..postgres import Database, Server
from .application import application_of


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={int: BigInteger, str: Text, dict[str, Any]: JSONB})


db = SQLAlchemy(model_class=Base)


class Shelf(db.Model):
    """What anybody may read, but for two columns."""

    __tablename__ = "shelves"
    __table_args__ = (
        UniqueConstraint("tenant", "name", name="shelves_tenant_name_key"),
        CheckConstraint("height > 0", name="shelves_height_check"),
    )
    __api__ = {"hidden": {"tenant", "keeper_id"}, "read_only": {"stamp"}, "write": "anyone"}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    height: Mapped[int] = mapped_column(server_default="1")
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id", name="shelves_room_id_fkey"))
    stamp: Mapped[str | None]
    more: Mapped[dict[str, Any] | None]
    tenant: Mapped[str] = mapped_column(server_default="tenant-secret")
    keeper_id: Mapped[int | None] = mapped_column(
        ForeignKey("rooms.id", name="shelves_keeper_id_fkey")
    )

    @validates("name")
    def no_tabs(self, _key: str, name: str) -> str:
        if "\t" in name:
            raise ValueError("a name has no tab")
        return name

    @validates("height")
    def no_giants(self, _key: str, height: int) -> int:
        if height > 100:
            raise ValueError("a shelf is no higher than 100")
        return height


class Room(db.Model):
    __tablename__ = "rooms"
    __api__ = {"write": "anyone"}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]


class Box(db.Model):
    """What only some role may read, though any token may change it."""

    __tablename__ = "boxes"
    __api__ = {"read": ["boss"], "write": "token"}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelves.id"))
    content: Mapped[str] = mapped_column(unique=True)


class Vault(db.Model):
    """What the API does not have."""

    __tablename__ = "vaults"
    __api__ = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id", name="vaults_room_id_fkey"))
    code: Mapped[str]


class Visitor(db.Model):
    __tablename__ = "visitors"

    # Whoever has this sees what it leads to.
    pass_: Mapped[str] = mapped_column(
        "pass", primary_key=True, server_default=text("'pass-' || gen_random_uuid()")
    )
    name: Mapped[str]
    __api__ = {"hidden": {"pass"}, "write": "anyone"}


class Guest(db.Model):
    __tablename__ = "guests"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    code: Mapped[str] = mapped_column(default=lambda: "new")
    parties: Mapped[list[Party]] = relationship(secondary="open_invitations")


class Party(db.Model):
    __tablename__ = "parties"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]


open_invitations = Table(
    "open_invitations",
    db.metadata,
    Column("guest_id", BigInteger, ForeignKey("guests.id"), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("parties.id"), primary_key=True),
)


class SecretInvitation(db.Model):
    """An association that the API does not have."""

    __tablename__ = "secret_invitations"
    __api__ = False

    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"), primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), primary_key=True)


class StaffInvitation(db.Model):
    """An association that needs a token."""

    __tablename__ = "staff_invitations"
    __api__ = {"read": "token"}

    guest_id: Mapped[int] = mapped_column(ForeignKey("guests.id"), primary_key=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), primary_key=True)


class Sample(db.Model):
    """Something to filter, compared by code points."""

    __tablename__ = "samples"
    __api__ = {"write": "anyone"}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[int | None]
    word: Mapped[str | None] = mapped_column(Text(collation="C"))
    flag: Mapped[bool | None]


class Wide(db.Model):
    """More columns than a function of Postgres has arguments."""

    __table__ = Table(
        "wide",
        db.metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        *(Column(f"c{place}", Text) for place in range(150)),
    )
    __api__ = {"write": "anyone"}


ROWS = (
    "INSERT INTO rooms (name) VALUES ('cellar'), ('attic')",
    "INSERT INTO shelves (name, room_id, keeper_id) VALUES ('oak', 1, 2), ('pine', 1, 2)",
    "INSERT INTO boxes (shelf_id, content) VALUES (1, 'gold'), (2, 'sand')",
    "INSERT INTO vaults (room_id, code) VALUES (1, 'vault-secret')",
    "INSERT INTO visitors VALUES ('pass-secret', 'Vi')",
    "INSERT INTO guests (name, code) VALUES ('Gus', 'old')",
    "INSERT INTO parties (name) VALUES ('open'), ('secret'), ('staff')",
    "INSERT INTO open_invitations VALUES (1, 1)",
    "INSERT INTO secret_invitations VALUES (1, 2)",
    "INSERT INTO staff_invitations VALUES (1, 3)",
    "INSERT INTO wide (c0, c149) VALUES ('first', 'last')",
)


@dataclass(frozen=True)
class Stack:
    """The stack's own application and the lab, on one database."""

    database: Database
    app: Flask
    lab: Flask

    def header(self, subject: str = "me", role: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens(self.app).issue(subject, role)}"}


@contextmanager
def stack(server: Server) -> Generator[Stack]:
    """Both, for as many tests as like to."""
    with server.clone() as database:
        # So that each request gets the last one's connection.
        settings = settings_on(database.web, THREADS="1")
        with application(settings) as app, lab(database, settings) as of_lab:
            yield Stack(database, app, of_lab)


def sane(response: TestResponse) -> TestResponse:
    """The answer, which is no error of ours and, if one of the client's, in the usual form."""
    assert 200 <= response.status_code < 500, response.text[:300]
    assert "Traceback" not in response.text
    assert "psycopg2" not in response.text
    assert "Set-Cookie" not in response.headers
    if response.status_code >= 400 and response.request.method != "HEAD":
        body: dict[str, Any] = response.get_json()
        assert set(body) - {"request"} == {"code", "message", "details", "hint"}
        assert body["code"]
        assert body["message"]
    elif response.data and (response.mimetype or "").endswith("json"):
        is_streamed = response.mimetype == "application/x-ndjson"
        for document in response.text[:-1].split("\n") if is_streamed else [response.text]:
            json.loads(document)
    return response


@contextmanager
def lab(database_: Database, settings: Settings) -> Generator[Flask]:
    """Create the tables with their rows, give the application."""
    owner = create_engine(database_.owner, poolclass=NullPool)
    with owner.begin() as connection:
        db.metadata.create_all(connection)
        for statement in ROWS:
            connection.exec_driver_sql(statement)
        roles.grant(connection, settings.url.username or "")
        db_auth.prepare(connection, settings.url.username or "")
    with application_of(db, settings) as app:
        yield app
