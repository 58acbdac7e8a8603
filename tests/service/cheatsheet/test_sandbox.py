"""A run can do what it likes: it is undone, and it reaches nothing of the service's."""

import re
import warnings

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, insert, inspect, select, text
from sqlalchemy.orm import Session, sessionmaker

from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.runs.runner import Runner
from retort.database import db
from retort.models import Person

from ..postgres import Database
from ..snapshot import snapshot
from .running import run, shown


def test_ids_start_where_the_seed_ends_every_time(runner: Runner) -> None:
    def add() -> Person:
        db.session.add(person := Person(name="Zoe"))
        db.session.commit()
        return person

    assert [shown(runner, add) for _ in range(3)] == ["<Person 7 'Zoe'>"] * 3


def test_rows_lie_in_their_order_though_one_was_moved(runner: Runner, database: Database) -> None:
    database.execute("UPDATE cheatsheet.orders SET amount = amount WHERE id = 1")

    def look() -> list[int]:
        return list(db.session.scalars(text("SELECT id FROM orders")))

    assert shown(runner, look) == "1; 2; 3; 4; 5; 6; 7"


def test_whatever_commits_is_undone(runner: Runner, database: Database) -> None:
    before = snapshot(database.owner)

    def write() -> int:
        db.session.add(Person(name="session"))
        db.session.commit()
        with db.engine.begin() as connection:
            connection.execute(insert(Person).values(name="engine"))
        with Session(db.engine) as session, session.begin():
            session.add(Person(name="plain session"))
        with sessionmaker(db.engine).begin() as session:
            session.add(Person(name="sessionmaker"))
        with create_engine(db.engine.url).begin() as connection:
            connection.execute(insert(Person).values(name="an engine of its own"))
        return db.session.scalar(select(func.count()).select_from(Person)) or 0

    assert shown(runner, write) == "11"
    assert snapshot(database.owner) == before


def test_dropping_all_tables_drops_the_runs_own(runner: Runner, database: Database) -> None:
    before = snapshot(database.owner)

    def drop() -> str:
        db.drop_all()
        return db.session.scalars(text("SELECT to_regclass('persons')::text")).one() or "gone"

    assert shown(runner, drop) == "gone"
    assert snapshot(database.owner) == before


def test_reflection_finds_the_runs_tables(runner: Runner) -> None:
    def look() -> list[str]:
        return sorted(inspect(db.engine).get_table_names())

    assert shown(runner, look) == "'orders'; 'persons'; 'persons_projects'; 'projects'"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM public.persons",
        "DELETE FROM public.orders",
        "DROP TABLE public.orders",
        "SELECT * FROM public.accounts",
        "CREATE TABLE public.mine (id int)",
        "DELETE FROM cheatsheet.orders",
    ],
)
def test_the_real_tables_are_out_of_reach(runner: Runner, statement: str) -> None:
    def reach() -> None:
        db.session.execute(text(statement))

    assert re.match(r"ProgrammingError (permission denied|must be owner)", shown(runner, reach))


def test_a_rollback_undoes_what_came_before_and_no_more(runner: Runner) -> None:
    def roll_back() -> list[str]:
        db.session.add(Person(name="kept"))
        db.session.commit()
        db.session.add(Person(name="lost"))
        db.session.flush()
        db.session.rollback()
        return list(db.session.scalars(select(Person.name).where(Person.id > 6)))

    assert shown(runner, roll_back) == "'kept'"


def test_begin_commit_and_rollback_are_told_as_a_server_would_see_them(runner: Runner) -> None:
    def write() -> None:
        db.session.commit()  # nothing to commit, so nothing is sent
        db.session.scalars(select(Person.id)).all()
        db.session.rollback()
        with db.session.begin_nested():
            db.session.execute(text("SELECT 1"))
        db.session.commit()

    record = run(runner, write).record
    assert [statement.sql.split()[0] for statement in record.statements] == [
        "BEGIN",
        "SELECT",
        "ROLLBACK",
        "BEGIN",
        "SAVEPOINT",
        "SELECT",
        "RELEASE",
        "COMMIT",
    ]
    assert (record.sent, record.round_trips) == (4, 8)


def test_what_an_error_leaves_is_undone_too(runner: Runner) -> None:
    def fail() -> None:
        db.session.add(Person(name="Zoe"))
        db.session.commit()
        db.session.execute(text("SELECT 1 / 0"))

    assert [shown(runner, fail) for _ in range(2)] == ["DataError division by zero"] * 2
    assert runner.sandbox.own.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_the_services_own_statements_are_not_noted(runner: Runner, app: Flask) -> None:
    def elsewhere() -> str:
        with app.app_context():
            return db.session.scalars(select(Person.name).order_by(Person.id)).first() or ""

    with app.app_context():
        assert elsewhere() == "Amy"
    assert run(runner, lambda: 1).record.statements == []


@pytest.mark.no_cover  # test_recipes.py has run them
def test_no_recipe_leaves_anything(runner: Runner, database: Database) -> None:
    """Sequences and temporary schemas included. A thousand runs are among the stack's tests."""
    before = snapshot(database.owner)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # legacy forms give some
        for one in RECIPES.values():
            runner.forms(one)
    assert snapshot(database.owner) == before
