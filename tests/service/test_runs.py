"""A run of the tests leaves nothing behind, however it ends, and says in one line what it
lacks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import URL, make_url
from sqlalchemy.exc import OperationalError

from . import sources
from .gunicorn import UNMEASURED
from .keeper import prepared
from .postgres import ROOT, Server, execute

TESTS = """
import os, pathlib, time, pytest

@pytest.mark.parametrize("turn", range(2))
def test_it(server, database, turn):
    with server.empty():
        database.execute("SELECT 1")
        place = pathlib.Path(__file__).parent
        (place / f"part{turn}").write_text(server.admin)
        (place / f"part{turn}").rename(place / f"turn{turn}")
        while (place / "stay").exists():
            time.sleep(0.05)
"""
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
PATIENCE = 60  # seconds

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


@pytest.fixture
def given(server: Server) -> Generator[URL]:
    """The server as somebody else's: a superuser's URL, who owns nothing in the end."""
    role = server.name("tester")
    execute(server.url("postgres"), f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'tiger'")
    try:
        yield server.url("postgres").set(username=role, password="tiger")
    finally:
        execute(server.url("postgres"), f"DROP ROLE {role}")


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    """Where tests are that tell how far they are, and stay as long as they may."""
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "stay").touch()
    return tmp_path


def start(url: URL | str, *command: str, **environ: str) -> subprocess.Popen[str]:
    """Start a module of Python on a server that is given, in a process group of its own."""
    given = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    ours = {
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("web", "db-init")),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TEST_DATABASE_URL": given,
        **UNMEASURED,
    }
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | ours | environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def pytest_(
    url: URL | str, tests: Path, *options: str, which: str = "url", **environ: str
) -> subprocess.Popen[str]:
    """Start a run of these tests."""
    command = ["pytest", "-p", "xdist", "-p", "pytest_cov", "-p", "tests.service.server"]
    command += [f"--postgres={which}", *options, "-c", str(ROOT / "pyproject.toml")]
    command += ["-p", "no:cacheprovider"]
    # Where pytest keeps files is a matter of the user, and each start makes it private.
    command += ["--basetemp", str(tests / "tmp"), str(tests / "test_it.py")]
    return start(url, *command, **environ)


def eventually(what: Callable[[], Any]) -> Any:
    """What is true at last."""
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


class Traces(NamedTuple):
    """Of runs on the server that is given."""

    server: Server
    role: str

    def databases(self) -> list[str]:
        owned = "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = :role ORDER BY 1"
        rows = execute(self.server.url("postgres"), owned, role=self.role)
        return [name for (name,) in rows]

    def run(self, process: subprocess.Popen[str]) -> str:
        """The one that has begun, which it waits for."""
        ended = eventually(lambda: self.databases() or process.poll() is not None) is True
        assert not ended, process.communicate()[0]
        return self.databases()[0].split("_")[1]

    def roles(self, run: str) -> list[Any]:
        with_it = "SELECT rolname FROM pg_roles WHERE strpos(rolname, :run) > 0"
        return execute(self.server.url("postgres"), with_it, run=run)


@pytest.fixture
def traces(server: Server, given: URL) -> Traces:
    return Traces(server, str(given.username))


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


@pytest.fixture
def folder() -> Generator[Path]:
    """A folder that other users may enter, as whom Postgres runs where the tests are root's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def is_away(url: URL) -> bool:
    try:
        execute(url, "SELECT 1")
    except OperationalError:
        return True
    return False


@contextmanager
def kept(url: URL | str, which: str, **environ: str) -> Generator[tuple[Server, Callable[[], Any]]]:
    """Give what a keeper brings, and what kills it."""
    process = start(url, "tests.service.keeper", which, **environ)
    assert process.stdout
    _, line = next(process.stdout), next(process.stdout)
    yield Server(**json.loads(line)["server"]), process.kill
    process.communicate(timeout=PATIENCE)


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


# -- what is missing

ELSE = "or take another Postgres: make test POSTGRES=embedded"
NO_URL = "TEST_DATABASE_URL is no URL like postgresql://user:password@localhost:5432/postgres"


def test_without_a_server_a_run_ends_with_a_line(server: Server, tests: Path) -> None:
    url = server.url("postgres").set(username=server.web_user, password="wrong")
    # With files of its own: at the start it removes all that it takes for an earlier run's.
    process = pytest_(url, tests, "-n2", "--cov", COVERAGE_FILE=str(tests / "coverage"))
    out, _ = process.communicate(timeout=PATIENCE)
    # Not in the order of a terminal: a pipe gets one of them at the end.
    first, second, *rest = sorted(out.splitlines(), key=lambda line: line[:10] != "Postgres: ")
    assert first == "Postgres: url"
    assert second.startswith("ERROR: TEST_DATABASE_URL: ")
    assert "password authentication failed" in second
    assert second.endswith(f"; mend the URL, {ELSE}")
    assert (rest, process.returncode) == ([""], 4)


def problem(which: str) -> str:
    """What a run says that cannot have the Postgres it wants."""
    with pytest.raises(sources.NotThere) as error, sources.running(sources.choose(which)):
        pass
    return str(error.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "--postgres=url: set TEST_DATABASE_URL"),
        ("localhost:5432", NO_URL),
        ("mysql://localhost/test", NO_URL),
        ("postgresql://localhost:port/test", NO_URL),
        ("postgresql://localhost/?nothing=1", 'invalid connection option "nothing"; mend the URL'),
        ("postgresql://u:secret@127.0.0.1:1/d", "port 1 failed: Connection refused; mend the URL"),
    ],
)
def test_a_server_that_is_none(monkeypatch: pytest.MonkeyPatch, url: str, said: str) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    assert said in problem("url")
    assert "secret" not in problem("url")


@pytest.mark.parametrize("rights", ["", "CREATEDB", "CREATEDB CREATEROLE"])
def test_a_role_that_may_too_little(
    server: Server, given: URL, monkeypatch: pytest.MonkeyPatch, rights: str
) -> None:
    execute(server.url("postgres"), f"ALTER ROLE {given.username} NOSUPERUSER {rights}")
    monkeypatch.setenv("TEST_DATABASE_URL", given.render_as_string(hide_password=False))
    assert problem("url") == (
        "TEST_DATABASE_URL: the tests create databases and roles and look into the server's log, "
        f"which {given.username!r} may not; name a superuser, {ELSE}"
    )


def test_a_server_that_cannot_be_prepared_is_left_as_it_was(given: URL, traces: Traces) -> None:
    url = given.update_query_dict({"options": "-c default_transaction_read_only=on"})
    with pytest.raises(sources.NotThere) as error, prepared("url", url):
        pass
    assert str(error.value) == "url: cannot execute CREATE ROLE in a read-only transaction"
    assert traces.databases() == []


def test_no_engine_and_no_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert problem("docker") == f"--postgres=docker: no Docker engine answers; start it, {ELSE}"
    folder.joinpath("bin").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "bin"))
    assert "bin" in problem("embedded")
