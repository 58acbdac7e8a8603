"""A run of the tests leaves nothing behind, however it ends."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url

from .. import sources
from ..keeper import prepared
from ..postgres import Server, execute
from .run import PATIENCE, Traces, eventually, is_away, pytest_, start

TIMED = """
import pathlib, time, pytest

def others(turn, wait):
    mine = pathlib.Path(__file__).with_name(turn)
    mine.touch()
    time.sleep(wait)
    found = {path.name for path in mine.parent.iterdir() if path.suffix == ".now"}
    mine.unlink()
    return found - {turn}

@pytest.mark.timed
@pytest.mark.parametrize("turn", range(3))
def test_timed(turn):
    assert not others(f"timed{turn}.now", 0.3)

@pytest.mark.parametrize("turn", range(12))
def test_other(turn):
    assert not any("timed" in name for name in others(f"other{turn}.now", 0.1))
"""


# Each of them turns a connection of libpq into another one, or into none.
FOR_LIBPQ = {
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGUSER": "nobody",
    "PGPASSWORD": "wrong",
    "PGDATABASE": "none",
    "PGSERVICE": "none",
    "PGSSLMODE": "verify-full",
    "PGOPTIONS": "-c nothing=1",
    "PGTZ": "Mars",
    "PGDATESTYLE": "German",
    "PGCLIENTENCODING": "LATIN1",
    "PGAPPNAME": "mine",
    "PGTARGETSESSIONATTRS": "standby",
}


def prepares(_: Path) -> None:
    """The moment in which the template is there, but empty."""


def works(tests: Path) -> None:
    """The moment in which tests have databases of their own."""
    eventually((tests / "turn0").exists)


def works_in_two(tests: Path) -> None:
    works(tests)
    eventually((tests / "turn1").exists)


def ends(tests: Path) -> None:
    """The moment in which the last test is done."""
    (tests / "stay").unlink()
    eventually((tests / "turn1").exists)


INT, TERM, HUP, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL


@pytest.mark.parametrize(
    ("options", "moment", "kill", "numbers"),
    [
        ([], prepares, os.killpg, [INT]),
        ([], works, os.killpg, [HUP, INT]),
        ([], works, os.kill, [TERM]),
        ([], ends, os.killpg, [INT]),
        (["-n2"], works_in_two, os.killpg, [INT]),
        (["-n2"], works_in_two, os.killpg, [INT, INT, INT]),
        (["-n2"], works_in_two, os.kill, [KILL]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_nothing_stays_of_a_run_that_is_interrupted(
    given: URL,
    tests: Path,
    traces: Traces,
    options: list[str],
    moment: Callable[[Path], None],
    kill: Callable[[int, int], None],
    numbers: list[signal.Signals],
) -> None:
    process = pytest_(given, tests, *options)
    run = traces.run(process)
    moment(tests)
    for number in numbers:
        kill(process.pid, number)
        time.sleep(0.1)
    out, _ = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in out
    if numbers != [KILL] and moment is not ends:
        assert "KeyboardInterrupt" in out
        assert process.returncode == 2
        assert traces.databases() == []  # no need to wait
    eventually(lambda: not traces.databases() and not traces.roles(run))


def test_a_run_that_is_not_interrupted_leaves_nothing_either(
    given: URL, tests: Path, traces: Traces
) -> None:
    """Whatever is set for libpq, and though a worker died of it."""
    process = pytest_(given, tests, "-n2", **FOR_LIBPQ)
    run = traces.run(process)
    works_in_two(tests)
    assert len(traces.databases()) == 5
    (tests / "stay").unlink()
    out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "2 passed" in out) == (0, True), out
    assert (traces.databases(), traces.roles(run)) == ([], [])


def test_nothing_runs_beside_what_measures_time(given: URL, tests: Path) -> None:
    (tests / "test_it.py").write_text(TIMED)
    out, _ = pytest_(given, tests, "-n2").communicate(timeout=PATIENCE)
    assert "15 passed" in out


@pytest.mark.parametrize("number", [INT, KILL])
def test_a_postgres_of_our_own_goes_with_its_run(
    server: Server, tests: Path, folder: Path, number: signal.Signals
) -> None:
    which = "embedded" if server.which == "url" else server.which
    process = pytest_("", tests, which=which, TMPDIR=str(folder))
    works(tests)
    admin = make_url((tests / "turn0").read_text())
    assert execute(admin, "SELECT 1")
    os.killpg(process.pid, number)
    process.communicate(timeout=PATIENCE)
    eventually(lambda: is_away(admin) and not list(folder.glob("retort*")))


@contextmanager
def kept(url: URL | str, which: str, **environ: str) -> Generator[tuple[Server, Callable[[], Any]]]:
    """Give what a keeper brings, and what kills it."""
    process = start(url, "tests.service.keeper", which, **environ)
    assert process.stdout
    _, line = next(process.stdout), next(process.stdout)
    yield Server(**json.loads(line)["server"]), process.kill
    process.communicate(timeout=PATIENCE)


@pytest.mark.timed  # since any other run would remove it
def test_what_was_killed_with_its_keeper_is_removed_by_the_next_run(
    server: Server, given: URL, traces: Traces
) -> None:
    """And nothing else: not what a living run has, nor what only looks like a run's."""
    ours = f"retort_{'f' * 16}"
    with kept(given, "url") as (dead, kill):
        kill()
    eventually(lambda: not connections(server, dead))
    assert traces.databases() == [dead.template]
    assert (dead.web_user,) in traces.roles(dead.run)
    execute(given, f"CREATE DATABASE {ours}", f"CREATE ROLE {ours}")
    try:
        with kept(given, "url") as (living, _), prepared("url", given) as third:
            expected = sorted([living.template, third.template, ours])
            assert (traces.databases(), traces.roles(dead.run)) == (expected, [])
        assert (traces.databases(), traces.roles(living.run)) == ([ours], [])
    finally:
        execute(given, f"DROP DATABASE {ours}", f"DROP ROLE {ours}")


def connections(server: Server, run: Server) -> int:
    named = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name"
    return execute(server.url("postgres"), named, name=run.template)[0][0]


def test_an_embedded_one_that_was_killed_with_its_keeper_is_removed_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept("", "embedded", TMPDIR=str(folder)) as (dead, kill):
        kill()
    assert execute(make_url(dead.admin), "SELECT 1")
    with kept("", "embedded", TMPDIR=str(folder)) as (living, _):
        assert is_away(make_url(dead.admin))
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        sources.remove_orphans()
        assert execute(make_url(living.admin), "SELECT 1")
    assert list(folder.glob("retort*")) == []
