"""How much a run may take: memory, time, and how many there are at once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from retort import Settings
from retort.cheatsheet.runs import record
from retort.cheatsheet.runs.runner import Busy, Runner
from retort.cheatsheet.runs.sandbox import LIMITS, RUNS
from retort.database import db
from retort.models import Order, OrderStatus

from ..postgres import Database
from .running import run, shown

both = pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])


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


@pytest.mark.timed
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


@pytest.mark.timed
def test_the_time_of_a_run_is_without_that_of_its_plans(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one() -> None:
        db.session.execute(select(1))

    def explain(*_: object) -> None:
        time.sleep(1)

    monkeypatch.setattr(record, "explain", explain)
    assert run(runner, one).milliseconds < 500


def test_a_run_that_ends_leaves_the_others_what_they_know_of_types(runner: Runner) -> None:
    """Each forgets at its end, since what SQLAlchemy knows of an Enum keeps its table."""

    def known() -> bool:
        return Order.status.type in db.engine.dialect._type_memos  # pyright: ignore[reportPrivateUsage]

    def meanwhile() -> tuple[bool, bool]:
        db.session.execute(select(Order.id).where(Order.status == OrderStatus.PENDING))
        before = known()
        with ThreadPoolExecutor(1) as threads:
            threads.submit(shown, runner, lambda: 1).result()
        return before, known()

    assert shown(runner, meanwhile) == "(True, True)"


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
