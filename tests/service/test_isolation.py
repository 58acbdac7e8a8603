"""Every test leaves the database as it found it, though the code under test commits."""

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from retort.database import db
from retort.models import Person

from .postgres import Server, execute
from .snapshot import snapshot


@pytest.mark.parametrize("turn", [1, 2])
def test_a_commit_does_not_reach_the_next_test(app: Flask, turn: int) -> None:
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 6, f"in turn {turn}"
        zoe = Person(name="Zoe")
        db.session.add(zoe)
        db.session.commit()
        assert zoe.id == 7


def test_whatever_a_test_does_the_next_one_starts_with_the_same(server: Server) -> None:
    with server.clone() as database:
        before = snapshot(database.owner)
        database.execute("DROP TABLE persons CASCADE", "CREATE TABLE more ()")
        assert snapshot(database.owner) != before
    with server.clone() as database:
        assert snapshot(database.owner) == before


def test_a_database_has_the_rights_that_db_init_gives(server: Server) -> None:
    acl = "SELECT array(SELECT unnest(datacl)::text ORDER BY 1) FROM pg_database"
    rights = f"{acl} WHERE datname = :name"
    with server.clone() as database:
        (expected,), (found,) = (
            execute(database.owner, rights, name=name)
            for name in (server.template, database.owner.database)
        )
    assert found == expected


def test_a_test_leaves_no_database_behind(server: Server) -> None:
    names = "SELECT datname FROM pg_database WHERE datname = :name"
    with server.clone() as database:
        name = database.owner.database
        assert execute(server.url("postgres"), names, name=name)
    assert not execute(server.url("postgres"), names, name=name)


def test_a_bulk_delete_is_undone_too(app: Flask) -> None:
    with app.app_context():
        db.session.execute(delete(Person))
        db.session.commit()
        assert db.session.scalar(select(func.count(Person.id))) == 0
