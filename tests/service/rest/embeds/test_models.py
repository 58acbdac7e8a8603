"""Models lead to each other by the names of their relationships, and beside these as reflected
tables do."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    NullPool,
    Table,
    create_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ...application import settings_on
from ...postgres import Server
from ..application import application_of
from .tables import granted


class Base(DeclarativeBase):
    metadata = MetaData(schema="mine")


db = SQLAlchemy(model_class=Base)

follows = Table(
    "follows",
    db.metadata,
    Column("follower", Integer, ForeignKey("mine.people.id"), primary_key=True),
    Column("followed", Integer, ForeignKey("mine.people.id"), primary_key=True),
)


legs = Table(
    "legs",
    db.metadata,
    Column("start", Integer, ForeignKey("mine.ports.id"), primary_key=True),
    Column("via", Integer, ForeignKey("mine.ports.id"), primary_key=True),
    Column("stop", Integer, ForeignKey("mine.ports.id"), primary_key=True),
)


class Port(db.Model):
    __tablename__ = "ports"

    id: Mapped[int] = mapped_column(primary_key=True)
    ends: Mapped[list[Port]] = relationship(
        secondary=legs, primaryjoin=id == legs.c.start, secondaryjoin=id == legs.c.stop
    )


class Human(db.Model):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("mine.people.id"))
    mentor_id: Mapped[int | None] = mapped_column(
        ForeignKey("mine.people.id"), unique=True, index=True
    )
    boss: Mapped[Human | None] = relationship(
        foreign_keys=boss_id, remote_side=id, back_populates="team"
    )
    team: Mapped[list[Human]] = relationship(foreign_keys=boss_id, back_populates="boss")
    following: Mapped[list[Human]] = relationship(
        secondary=follows,
        primaryjoin=id == follows.c.follower,
        secondaryjoin=id == follows.c.followed,
        back_populates="followers",
    )
    followers: Mapped[list[Human]] = relationship(
        secondary=follows,
        primaryjoin=id == follows.c.followed,
        secondaryjoin=id == follows.c.follower,
        back_populates="following",
    )


class Cell(db.Model):
    __tablename__ = "cells"
    __table_args__ = (ForeignKeyConstraint(["of_x", "of_y"], ["mine.cells.x", "mine.cells.y"]),)

    x: Mapped[int] = mapped_column(primary_key=True)
    y: Mapped[int] = mapped_column(primary_key=True)
    of_x: Mapped[int | None]
    of_y: Mapped[int | None]
    whole: Mapped[Cell | None] = relationship(remote_side=[x, y], back_populates="parts")
    parts: Mapped[list[Cell]] = relationship(back_populates="whole")


class Desk(db.Model):
    """Two tables refer to it by columns of one name, and one to two tables by one column."""

    __tablename__ = "desks"

    id: Mapped[int] = mapped_column(primary_key=True)
    on_top: Mapped[list[Lamp]] = relationship(back_populates="stands_on")
    below: Mapped[list[Bin]] = relationship(back_populates="of")


class Lamp(db.Model):
    __tablename__ = "lamps"

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(
        ForeignKey("mine.desks.id", name="lamps_desk"), ForeignKey("mine.ports.id")
    )
    stands_on: Mapped[Desk] = relationship(
        back_populates="on_top", foreign_keys=desk_id, primaryjoin=desk_id == Desk.id
    )
    shines_at: Mapped[Port] = relationship(
        foreign_keys=desk_id, primaryjoin=desk_id == Port.id, viewonly=True
    )


class Bin(db.Model):
    __tablename__ = "bins"

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("mine.desks.id"))
    of: Mapped[Desk] = relationship(back_populates="below")


class Secretive(db.Model):
    """Its keys have hidden columns."""

    __tablename__ = "secretive"
    __table_args__ = (
        ForeignKeyConstraint(["of_x", "tenant"], ["mine.cells.x", "mine.cells.y"]),
        ForeignKeyConstraint(
            ["of_x", "tenant"], ["mine.cells.x", "mine.cells.y"], name="secretive_of"
        ),
    )
    __api__ = {"hidden": {"tenant"}}

    id: Mapped[int] = mapped_column(primary_key=True)
    of_x: Mapped[int]
    tenant: Mapped[int]


@pytest.fixture(scope="module", params=["", "mine"], ids=["models", "schemas"])
def client(server: Server, request: pytest.FixtureRequest) -> Generator[FlaskClient]:
    with server.clone() as database:
        database.execute("CREATE SCHEMA mine")
        with create_engine(database.owner, poolclass=NullPool).begin() as connection:
            db.metadata.create_all(connection)
        database.execute(
            "INSERT INTO mine.people VALUES (1, NULL, NULL), (2, 1, 3), (3, 1, NULL)",
            "INSERT INTO mine.follows VALUES (1, 2), (1, 3), (2, 3)",
            "INSERT INTO mine.cells VALUES (1, 1, NULL, NULL), (1, 2, 1, 1)",
            "INSERT INTO mine.secretive VALUES (1, 1, 2)",
            "INSERT INTO mine.ports VALUES (1), (2), (3)",
            "INSERT INTO mine.legs VALUES (1, 2, 3)",
            "INSERT INTO mine.desks VALUES (1), (2)",
            "INSERT INTO mine.lamps VALUES (7, 1)",
            "INSERT INTO mine.bins VALUES (8, 1)",
            *granted(database.web.username or "", "mine"),
        )
        with application_of(db, settings_on(database.web, API_SCHEMAS=request.param)) as app:
            yield app.test_client()


def ids(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


@pytest.mark.parametrize(
    ("embed", "found"),
    [
        ("x:boss(id)", [None, {"id": 1}, {"id": 1}]),
        ("x:boss_id(id)", [None, {"id": 1}, {"id": 1}]),
        ("x:people_boss_id_fkey(id)", [None, {"id": 1}, {"id": 1}]),
        ("x:people!boss(id)", [None, {"id": 1}, {"id": 1}]),
        ("x:team(id)", [ids(2, 3), [], []]),
        ("x:people!team(id)", [ids(2, 3), [], []]),
        ("x:people!boss_id(id)", [ids(2, 3), [], []]),
        ("x:people!people_boss_id_fkey(id)", [ids(2, 3), [], []]),
        ("x:mentor_id(id)", [None, {"id": 3}, None]),
        ("x:people!mentor_id(id)", [None, None, {"id": 2}]),
        ("x:following(id)", [ids(2, 3), ids(3), []]),
        ("x:people!following(id)", [ids(2, 3), ids(3), []]),
        ("x:people!follows_follower_fkey(id)", [ids(2, 3), ids(3), []]),
        ("x:followers(id)", [[], ids(1), ids(1, 2)]),
        ("x:people!follows_followed_fkey(id)", [[], ids(1), ids(1, 2)]),
    ],
)
def test_a_model_leads_to_itself(client: FlaskClient, embed: str, found: list[Any]) -> None:
    response = client.get(f"/api/people?select={embed}&order=id&x.order=id")
    assert response.status_code == 200, response.text
    assert [row["x"] for row in response.get_json()] == found


def test_through_a_table_that_has_more_keys(client: FlaskClient) -> None:
    found = client.get("/api/ports?select=ends(id)&order=id").get_json()
    assert found == [{"ends": ids(3)}, {"ends": []}, {"ends": []}]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("desks?select=x:on_top(id)", [ids(7), []]),
        ("desks?select=x:below(id)", [ids(8), []]),
        ("desks?select=x:lamps!on_top(id)", [ids(7), []]),
        ("lamps?select=x:stands_on(on_top(id))", [{"on_top": ids(7)}]),
        ("lamps?select=x:shines_at(ends(id))", [{"ends": ids(3)}]),
    ],
)
def test_a_name_means_the_table_that_it_leads_to(
    client: FlaskClient, path: str, found: list[Any]
) -> None:
    response = client.get(f"/api/{path}&order=id")
    assert response.status_code == 200, response.text
    assert [row["x"] for row in response.get_json()] == found


def test_by_a_key_of_two_columns(client: FlaskClient) -> None:
    path = "/api/cells?select=whole(x,y),parts(x,y),cells(y),cells_of_x_of_y_fkey(y)&order=y"
    assert client.get(path).get_json() == [
        {
            "whole": None,
            "parts": [{"x": 1, "y": 2}],
            "cells": [{"y": 2}],
            "cells_of_x_of_y_fkey": None,
        },
        {
            "whole": {"x": 1, "y": 1},
            "parts": [],
            "cells": [],
            "cells_of_x_of_y_fkey": {"y": 1},
        },
    ]


@pytest.mark.parametrize("name", ["people", "people!follows"])
def test_what_may_be_several_is_told_in_postgrest_s_words(client: FlaskClient, name: str) -> None:
    response = client.get(f"/api/people?select={name}(id)")
    assert (response.status_code, response.get_json()["code"]) == (300, "PGRST201")
    hint: str = response.get_json()["hint"]
    calls = re.findall(r"'(\S+)'", hint.partition("following:")[2])
    assert calls.pop() == "details"
    assert len(calls) == 2
    for call in calls:
        assert client.get(f"/api/people?select={call}(id)").status_code == 200


def test_a_row_s_page_leads_to_itself_in_all_ways(client: FlaskClient) -> None:
    page = client.get("/tables/mine.people/1")
    assert page.status_code == 200
    for name in ("team", "following", "followers"):
        assert f">{name}</a>" in page.text
    for keys in ("follower, followed", "followed, follower"):
        assert f"through follows ({keys})" in page.text


def test_a_hidden_column_of_a_key_is_not_told_of(client: FlaskClient) -> None:
    response = client.get("/api/secretive?select=id,cells(x)")
    assert response.get_json()["details"] == [
        {
            "cardinality": "many-to-one",
            "embedding": "secretive with cells",
            "relationship": f"{key} using secretive(of_x) and cells(x, y)",
        }
        for key in ("secretive_of", "a key")
    ]
    assert "tenant" not in response.text
    found = client.get("/api/secretive?select=id,cells!secretive_of(y)")
    assert found.get_json() == [{"id": 1, "cells": {"y": 2}}]


@pytest.mark.parametrize("page", ["cells/1,2", "secretive/1", "cells", "secretive"])
def test_nor_on_a_page(client: FlaskClient, page: str) -> None:
    found = client.get(f"/tables/mine.{page}")
    assert found.status_code == 200
    assert "tenant" not in found.text
