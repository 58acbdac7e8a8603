"""A run's connections: one or two, and what becomes of them."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from db_init.prepare import prepare
from retort.cheatsheet.runs.runner import Busy, Runner
from retort.cheatsheet.runs.sandbox import CONNECTIONS
from retort.database import connections, db
from retort.models import Order

from ..postgres import Database
from ..snapshot import snapshot
from .running import run, shown


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
        assert began.wait(20)
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
        assert began.wait(20)
        with pytest.raises(Busy):
            run(runner, lambda: 1, shared=True)
        done.set()
        assert running.result() == "1"
    assert shown(runner, lambda: 1, shared=True) == "1"


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


def test_its_connections_are_its_own_and_few(runner: Runner, app: Flask) -> None:
    pools = [runner.sandbox.own.pool, runner.sandbox.shared.pool]
    assert sum(pool.size() for pool in pools) == CONNECTIONS  # type: ignore[attr-defined]
    assert all(pool._max_overflow == 0 for pool in pools)  # type: ignore[attr-defined]
    assert connections(app) == 2 * 4 + CONNECTIONS
