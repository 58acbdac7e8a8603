"""A run can do what it likes: it is undone, and it reaches nothing of the service's."""

import logging
import re
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.orm import Session, sessionmaker

from db_init.prepare import prepare
from retort import Settings
from retort.cheatsheet.recipe import Chapter, Recipe
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.runs import record
from retort.cheatsheet.runs.runner import Busy, Run, Runner
from retort.cheatsheet.runs.sandbox import CONNECTIONS, LIMITS, RUNS
from retort.database import connections, db
from retort.models import Order, Person

from ..postgres import Database
from ..snapshot import snapshot

both = pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])


def recipe(function: Callable[..., Any], *, shared: bool = False) -> Recipe:
    """A recipe of this test's."""
    chapter = Chapter("Z", "Tests")
    chapter.recipe("Test", keywords="", links=(), shared=shared)(function)
    return chapter.recipes[0]


def run(runner: Runner, function: Callable[..., Any], *, shared: bool = False) -> Run:
    return runner.run(recipe(function, shared=shared), {})


def shown(runner: Runner, function: Callable[..., Any], *, shared: bool = False) -> str:
    """What a run gave, in one line."""
    result = run(runner, function, shared=shared).result
    cells = "; ".join(", ".join(row) for row in result.rows)
    return f"{result.error} {result.text}{cells}".strip()


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


def test_two_connections_see_the_same_rows_and_commit_nothing(
    runner: Runner, database: Database
) -> None:
    before = snapshot(database.owner)

    def lock() -> list[int]:
        skip = select(Order.id).order_by(Order.id).limit(1).with_for_update(skip_locked=True)
        with Session(db.engine) as one, Session(db.engine) as other:
            found = [one.scalars(skip).one(), other.scalars(skip).one()]
            one.execute(text("UPDATE orders SET amount = 0 WHERE id = 1"))
            one.commit()
            return found

    result = run(runner, lock, shared=True)
    assert [row[0] for row in result.result.rows] == ["1", "2"]
    assert {statement.connection for statement in result.statements} == {1, 2}
    assert snapshot(database.owner) == before


def test_two_connections_keep_their_rows_while_db_init_makes_them_afresh(
    runner: Runner, database: Database
) -> None:
    began = threading.Event()

    def look() -> int:
        with Session(db.engine) as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            session.execute(text("SELECT 1"))  # from now on it sees no other's commit
            began.set()
            time.sleep(0.5)
            return session.scalar(select(func.count()).select_from(Order)) or 0

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(shown, runner, look, shared=True)
        began.wait()
        prepare(
            database.owner,
            str(database.web.username),
            str(database.web.password),
            lambda line: None,
        )
        assert running.result() == "7"


def test_runs_with_two_connections_take_turns(runner: Runner) -> None:
    began, done = threading.Event(), threading.Event()

    def hold() -> int:
        began.set()
        return int(done.wait(20))

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(shown, runner, hold, shared=True)
        began.wait()
        with pytest.raises(Busy):
            run(runner, lambda: 1, shared=True)
        done.set()
        assert running.result() == "1"
    assert shown(runner, lambda: 1, shared=True) == "1"


@both
def test_what_a_run_may_take_is_limited(
    runner: Runner, database: Database, *, shared: bool
) -> None:
    for setting in ("work_mem = '64MB'", "temp_buffers = '64MB'", "timezone = 'Asia/Tokyo'"):
        database.execute(f"ALTER DATABASE {database.owner.database} SET {setting}")
    limits = {
        "statement_timeout": "2s",
        "lock_timeout": "1s",
        "transaction_timeout": "10s",
        "work_mem": "4MB",
        "temp_buffers": "8MB",
        "timezone": "UTC",
    }

    def look() -> list[str | None]:
        return [db.session.scalar(select(func.current_setting(name))) for name in limits]

    assert shown(runner, look, shared=shared) == "; ".join(map(repr, limits.values()))


@both
def test_a_statement_that_takes_too_long_is_cancelled(runner: Runner, *, shared: bool) -> None:
    def sleep() -> None:
        db.session.execute(select(func.pg_sleep(60)))

    began = time.monotonic()
    assert "canceling statement due to statement timeout" in shown(runner, sleep, shared=shared)
    assert time.monotonic() - began < 4


def test_a_run_that_takes_too_long_is_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def idle() -> None:
        time.sleep(1.2)
        db.session.execute(text("SELECT 1"))

    def one() -> int:
        return 1

    def idle_in_a_block() -> None:
        with db.engine.begin() as connection:
            time.sleep(1.2)
            connection.execute(text("SELECT 1"))

    def idle_in_a_session() -> None:
        with Session(db.engine) as session, session.begin():
            session.execute(text("SELECT 1"))
            time.sleep(1.2)
            session.execute(text("SELECT 1"))

    monkeypatch.setitem(LIMITS, "transaction_timeout", "1s")
    runner = Runner(settings)
    for too_long in (idle, idle_in_a_block, idle_in_a_session):
        assert "the server ended the run" in shown(runner, too_long)
    assert shown(runner, one) == "1"
    runner.sandbox.close()


def test_a_connection_that_is_killed_is_the_result_and_no_traceback(
    runner: Runner, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    logging.root.addHandler(caplog.handler)

    def look() -> None:
        pid = db.session.scalar(select(func.pg_backend_pid()))
        database.execute(f"SELECT pg_terminate_backend({pid}, 2000)")
        db.session.execute(text("SELECT 1"))

    for shared in (False, True):
        assert "OperationalError" in shown(runner, look, shared=shared)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert shown(runner, lambda: 1) == "1"


def test_the_time_of_a_run_is_without_that_of_its_plans(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one() -> None:
        db.session.execute(select(1))

    def explain(*_: object) -> None:
        time.sleep(1)

    monkeypatch.setattr(record, "explain", explain)
    assert run(runner, one).milliseconds < 500


def test_a_connection_that_was_ended_between_two_runs_is_made_anew(
    runner: Runner, database: Database
) -> None:
    ids = [int(shown(runner, backend)) for _ in range(2)]
    assert ids[0] == ids[1]
    database.execute(f"SELECT pg_terminate_backend({ids[0]}, 2000)")
    assert int(shown(runner, backend)) != ids[0]


def test_a_run_with_two_connections_leaves_none_to_the_next(runner: Runner) -> None:
    """With a connection it would leave the locks that last as long as that."""
    ids = {int(shown(runner, backend, shared=True)) for _ in range(3)}
    assert len(ids) == 3


def backend() -> int | None:
    return db.session.scalar(select(func.pg_backend_pid()))


def test_what_an_error_leaves_is_undone_too(runner: Runner) -> None:
    def fail() -> None:
        db.session.add(Person(name="Zoe"))
        db.session.commit()
        db.session.execute(text("SELECT 1 / 0"))

    assert [shown(runner, fail) for _ in range(2)] == ["DataError division by zero"] * 2
    assert runner.sandbox.own.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_more_than_a_few_at_once_are_told_to_come_back(runner: Runner) -> None:
    def sleep() -> None:
        db.session.execute(select(func.pg_sleep(1)))

    def try_to_run(number: int) -> str:
        try:
            return run(runner, sleep).result.error
        except Busy:
            return "busy"

    with ThreadPoolExecutor(3 * RUNS) as threads:
        results = list(threads.map(try_to_run, range(3 * RUNS)))
    assert sorted(results) == [""] * RUNS + ["busy"] * 2 * RUNS


def test_its_connections_are_its_own_and_few(runner: Runner, app: Flask) -> None:
    pools = [runner.sandbox.own.pool, runner.sandbox.shared.pool]
    assert sum(pool.size() for pool in pools) == CONNECTIONS  # type: ignore[attr-defined]
    assert all(pool._max_overflow == 0 for pool in pools)  # type: ignore[attr-defined]
    assert connections(app) == 2 * 4 + CONNECTIONS


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
