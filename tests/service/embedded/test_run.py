"""`make run` and `make dev`: how the stack starts and ends on a machine with only Python."""

import json
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from embedded import stack
from embedded.server import start
from retort.schema import HEAD

from ..gunicorn import ROOT
from .checkout import Run, answers, ask, call, command, environ, greeting, is_stopped, no_cover


def processor(pid: int) -> float:
    """How many seconds of a processor a process and those that it started have taken."""
    process = psutil.Process(pid)
    every = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system + one.children_user + one.children_system for one in every)


def test_run_and_run_again(fresh: Path, port: int) -> None:
    with Run(fresh, "run") as first:
        assert greeting(port) == "Hello, Amy!\n"
        # Beside the running stack, psql and the shell reach the same database.
        assert "UPDATE 1" in ask(fresh, "psql", "UPDATE persons SET name = 'Zoe' WHERE id = 1;")
        assert greeting(port) == "Hello, Zoe!\n"
        assert "<Person 1 'Zoe'>" in ask(fresh, "shell", "db.session.get(Person, 1)\n")
        assert greeting(port) == "Hello, Zoe!\n"
        assert first.stop() == 0

    steps = re.findall(r"^ +\d+\.\d s  (\w[\w-]*) +(.*)$", first.log.read_text(), re.MULTILINE)
    assert steps[0] == ("postgres", "embedded, data in .local/postgres")
    assert ("db-init", f"schema: none to {HEAD}") in steps
    assert ("web", f"http://127.0.0.1:{port}  (Ctrl-C stops everything)") in steps
    assert steps[-1] == ("stopped", "the data is kept")
    assert is_stopped(fresh)
    with pytest.raises(OSError, match="refused"):
        greeting(port)

    with Run(fresh, "run") as second:
        assert processor(second.process.pid) < 10
        assert greeting(port) == "Hello, Zoe!\n"
    assert f"schema: at {HEAD} already" in second.log.read_text()


def test_web_connects_to_no_other_database_of_the_server(checkout: Path) -> None:
    """Not even to those that Postgres itself makes."""
    allowed = (
        "SELECT datname FROM pg_database WHERE datallowconn AND has_database_privilege('web', "
    )
    said = ask(checkout, "psql", f"\\pset format unaligned\n{allowed}oid, 'CONNECT');")
    assert "\nretort\n(1 row)" in said


@no_cover
@pytest.mark.parametrize(
    ("name", "number"), [("run", signal.SIGHUP), ("dev", signal.SIGTERM), ("dev", signal.SIGHUP)]
)
def test_a_closed_terminal_stops_everything_too(
    checkout: Path, port: int, name: str, number: signal.Signals
) -> None:
    with Run(checkout, name) as run:
        run.process.send_signal(number)
        assert run.process.wait(40) == 0
    assert is_stopped(checkout)
    with pytest.raises(OSError, match="refused"):
        greeting(port)


@no_cover
def test_a_signal_that_comes_many_times_stops_everything_once(checkout: Path, port: int) -> None:
    with Run(checkout, "run") as run:
        for _ in range(1000):  # as `make` passes on what its whole group has had
            run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(40) == 0
    assert "stopped   the data is kept" in run.log.read_text()
    assert is_stopped(checkout)
    assert not answers(port)


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended. The next process may have its number, and nobody may reap it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_a_killed_run_left_is_ended_by_the_next(checkout: Path, port: int) -> None:
    with Run(checkout, "run") as killed:
        killed.process.kill()
        killed.process.wait()
        assert greeting(port) == "Hello, Amy!\n"
    pids = [int((checkout / ".local/postgres/postmaster.pid").read_text().split()[0])]
    pids += [json.loads((checkout / ".local/stack.json").read_text())["pid"]]
    left = [psutil.Process(pid) for pid in pids]
    with Run(checkout, "run") as run:
        assert "web       ended: it was left by a start that was killed" in run.log.read_text()
        assert not any(map(runs, left))
        assert greeting(port) == "Hello, Amy!\n"
    assert is_stopped(checkout)
    assert not answers(port)


def test_what_nobody_reaps_has_ended_all_the_same() -> None:
    script = "setsid sleep 60 & echo $!; exec sleep 60"  # which is no shell that would reap
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        left = psutil.Process(int(parent.stdout.readline()))
        while left.name() != "sleep":
            time.sleep(0.01)
        stack.end(left)
        assert left.status() == psutil.STATUS_ZOMBIE
        parent.kill()


@no_cover
def test_what_was_left_long_ago_is_nobody_elses(checkout: Path) -> None:
    """The numbers of processes come again, after a reboot at the latest."""
    ask(checkout, "psql", "SELECT 1;")
    with subprocess.Popen(["sleep", "60"]) as other:
        data = checkout / ".local/postgres"
        (data / "postmaster.pid").write_text(f"{other.pid}\n{data}\n0\n5432\n/tmp/x\n\n0\nready\n")
        said = {"address": "http://127.0.0.1:1", "pid": other.pid, "created": 1.0}
        (checkout / ".local/stack.json").write_text(json.dumps(said))
        with Run(checkout, "run"):
            assert other.poll() is None
        other.kill()
    assert is_stopped(checkout)


def test_a_run_whose_make_was_killed_ends(checkout: Path, port: int) -> None:
    script = f"{shlex.join(command('run'))} & wait"
    with (checkout / "log").open("w") as log:
        make = subprocess.Popen(["sh", "-c", script], cwd=checkout, env=environ(), stdout=log)
    while not answers(port):
        time.sleep(0.1)
    make.kill()
    make.wait()
    for _ in range(600):
        if is_stopped(checkout) and not answers(port):
            return
        time.sleep(0.05)
    raise AssertionError((checkout / "log").read_text())


def test_a_checkout_has_one_stack(checkout: Path, port: int) -> None:
    with Run(checkout, "run") as first:
        second = call(checkout, "run", PORT=str(port + 1))
        assert (second.returncode, second.stdout, second.stderr) == (
            1,
            "",
            f"run: the stack of this checkout runs already, at http://127.0.0.1:{port}; stop that "
            "with Ctrl-C where it was started, or clone the repository once more\n",
        )
        assert greeting(port) == "Hello, Amy!\n"
        assert first.stop() == 0
    assert is_stopped(checkout)


def test_run_says_why_web_is_not_ready_and_when_it_is(checkout: Path) -> None:
    (checkout / "web").unlink()
    shutil.copytree(ROOT / "web", checkout / "web")
    (checkout / "web/retort/revisions/9999.txt").write_text(HEAD)
    with Run(checkout, "run") as run:
        run.wait("is not ready: ")
        run.wait(f"at {HEAD}, but this code expects 9999: run db-init")
        ask(checkout, "psql", "UPDATE alembic_version SET version_num = '9999';")
        run.wait("  (Ctrl-C stops everything)")


def test_root_in_a_container_knows_the_server_that_runs(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: psutil.Process) -> str:
        """As the kernel answers root there, who asks for the folder of another user's process."""
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "cwd", denied)
    data = checkout / ".local/postgres"
    with start(data) as server, start(data) as beside:
        assert beside == server
    assert is_stopped(checkout)


def test_dev_has_reload_and_debugger(checkout: Path, port: int) -> None:
    with Run(checkout, "dev") as dev:
        assert greeting(port) == "Hello, Amy!\n"
        assert "Debugger is active" in dev.log.read_text()
        assert dev.stop() == 0
    with pytest.raises(OSError, match="refused"):
        greeting(port)
