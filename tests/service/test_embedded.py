"""`make run` and its kin: the stack on a machine with only Python."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from retort.schema import HEAD

from .gunicorn import ROOT


@pytest.fixture(autouse=True)
def ctrl_c() -> Generator[None]:
    """Ctrl-C ends what is started here, even where the tests run in a script's background,
    whose processes inherit that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def checkout(tmp_path: Path, port: int) -> Path:
    """A folder that is to the commands what a fresh checkout is."""
    (tmp_path / "web").symlink_to(ROOT / "web")
    (tmp_path / ".env").write_text(f"PORT={port}\nWORKERS=1\nLOG_FORMAT=text\n")
    return tmp_path


def environ() -> dict[str, str]:
    ours = ("DATABASE_", "SECRET_KEY", "PORT", "BIND")
    given = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return given | {"PYTHONPATH": f"{ROOT}/web{os.pathsep}{ROOT}/db-init"}


def command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "embedded", name, *arguments]


def ask(checkout: Path, name: str, lines: str) -> str:
    """What the command answers to `lines` on its standard input."""
    done = subprocess.run(
        command(name),
        cwd=checkout,
        env=environ(),
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


class Run:
    """`make run` or `make dev`, until Ctrl-C."""

    def __init__(self, checkout: Path, name: str) -> None:
        self.log = checkout / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command(name), cwd=checkout, env=environ(), stdout=log, stderr=log
            )
        self.wait("s  web ")

    def wait(self, text: str) -> None:
        for _ in range(600):
            if text in self.log.read_text():
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def processor(pid: int) -> float:
    """How many seconds of a processor a process and those that it started have taken."""
    process = psutil.Process(pid)
    every = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system + one.children_user + one.children_system for one in every)


def greeting(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}") as response:
        return response.read().decode()


def test_run_and_run_again(checkout: Path, port: int) -> None:
    with Run(checkout, "run") as first:
        assert greeting(port) == "Hello, Amy!\n"
        # Beside the running stack, psql and the shell reach the same database.
        assert "UPDATE 1" in ask(checkout, "psql", "UPDATE persons SET name = 'Zoe' WHERE id = 1;")
        assert greeting(port) == "Hello, Zoe!\n"
        assert "<Person 1 'Zoe'>" in ask(checkout, "shell", "db.session.get(Person, 1)\n")
        assert greeting(port) == "Hello, Zoe!\n"
        assert first.stop() == 0

    steps = re.findall(r"^ +\d+\.\d s  (\w[\w-]*) +(.*)$", first.log.read_text(), re.MULTILINE)
    assert steps[0] == ("postgres", "embedded, data in .local/postgres")
    assert ("db-init", f"schema: none to {HEAD}") in steps
    assert ("web", f"http://127.0.0.1:{port}  (Ctrl-C stops everything)") in steps
    assert steps[-1] == ("stopped", "the data is kept")
    assert is_stopped(checkout)
    with pytest.raises(OSError, match="refused"):
        greeting(port)

    with Run(checkout, "run") as second:
        assert processor(second.process.pid) < 10
        assert greeting(port) == "Hello, Zoe!\n"
    assert f"schema: at {HEAD} already" in second.log.read_text()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_stopped(checkout: Path) -> bool:
    return not (checkout / ".local/postgres/postmaster.pid").exists()


@pytest.mark.parametrize("name", ["run", "dev"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_stops_everything_too(
    checkout: Path, port: int, name: str, number: signal.Signals
) -> None:
    with Run(checkout, name) as run:
        run.process.send_signal(number)
        assert run.process.wait(40) == 0
    assert is_stopped(checkout)
    with pytest.raises(OSError, match="refused"):
        greeting(port)


def test_a_run_after_one_that_was_killed_stops_everything(checkout: Path, port: int) -> None:
    with Run(checkout, "run") as killed:
        killed.process.kill()
        killed.process.wait()
        pid = re.search(r"Listening at: \S+ \((\d+)\)", killed.log.read_text())
        assert pid is not None
        os.killpg(int(pid[1]), signal.SIGTERM)
        while answers(port):
            time.sleep(0.1)
    with Run(checkout, "run"):
        assert greeting(port) == "Hello, Amy!\n"
    assert is_stopped(checkout)


def test_run_says_why_web_is_not_ready(checkout: Path) -> None:
    (checkout / "web").unlink()
    shutil.copytree(ROOT / "web", checkout / "web")
    (checkout / "web/retort/revisions/9999.txt").write_text(HEAD)
    with Run(checkout, "run") as run:
        said = f"at {HEAD}, but this code expects 9999: run db-init"
        run.wait(said)


def test_ctrl_c_in_psql_is_psqls(checkout: Path) -> None:
    with subprocess.Popen(
        command("psql"),
        cwd=checkout,
        env=environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as psql:
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write("SELECT 'before';\n")
        psql.stdin.flush()
        while "before" not in psql.stdout.readline():
            pass
        psql.send_signal(signal.SIGINT)
        out, _ = psql.communicate("SELECT 'after';\n")
    assert "after" in out
    assert psql.returncode == 0


def test_it_listens_by_ipv6_too(checkout: Path, port: int) -> None:
    (checkout / ".env").write_text(f"PORT={port}\nBIND=::1\nWORKERS=1\nLOG_FORMAT=text\n")
    with Run(checkout, "run") as run:
        run.wait(f"http://[::1]:{port}  (Ctrl-C stops everything)")


def test_dev_has_reload_and_debugger(checkout: Path, port: int) -> None:
    with Run(checkout, "dev") as dev:
        assert greeting(port) == "Hello, Amy!\n"
        assert "Debugger is active" in dev.log.read_text()
        assert dev.stop() == 0
    with pytest.raises(OSError, match="refused"):
        greeting(port)


def test_psql_and_shell_need_no_running_stack(checkout: Path) -> None:
    assert "Person 1 'Amy'" in ask(checkout, "shell", "print(db.session.get(Person, 1))\n")
    assert "Freya" in ask(checkout, "psql", "SELECT name FROM persons ORDER BY id DESC LIMIT 1;")
    assert is_stopped(checkout)


@pytest.mark.parametrize("name", ["sp ace", "quo'te", 'dou"ble'])
def test_a_path_that_postgres_cannot_take_is_said_so(tmp_path: Path, name: str) -> None:
    (folder := tmp_path / name).mkdir()
    done = subprocess.run(
        command("psql"), cwd=folder, env=environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"psql: the embedded Postgres cannot work in {folder}/.local/postgres: "
        "it takes no space or quote\n"
    )


def test_a_server_that_does_not_start_is_one_line(checkout: Path) -> None:
    ask(checkout, "psql", "SELECT 1;")
    with (checkout / ".local/postgres/postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = nonsense\n")
    done = subprocess.run(
        command("psql"), cwd=checkout, env=environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("psql: Postgres does not start; see ")
    assert "Traceback" not in done.stderr


@pytest.fixture
def taken(port: int) -> Generator[int]:
    with socket.create_server(("127.0.0.1", port)):
        yield port


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_used_port_is_said_so_before_anything_starts(
    checkout: Path, taken: int, name: str
) -> None:
    done = subprocess.run(
        command(name), cwd=checkout, env=environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"{name}: cannot listen on 127.0.0.1:{taken} (Address already in use); "
        f"stop what does, or take another port: PORT={taken + 1} make {name}\n"
    )
    assert not (checkout / ".local").exists()


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["run"], {"PORT": "http"}, "PORT: must be a port from 1 to 65535\n"),
        (
            ["run"],
            {"BIND": "192.0.2.1"},
            "run: cannot listen on 192.0.2.1:{port} (Cannot assign "
            "requested address); BIND has to be an address of this machine\n",
        ),
        (["migration"], {}, 'migration: say what it does: make migration m="add a column"\n'),
        (["migration", ""], {}, 'migration: say what it does: make migration m="add a column"\n'),
    ],
)
def test_a_wrong_call_is_one_line(
    checkout: Path, port: int, arguments: list[str], variables: dict[str, str], said: str
) -> None:
    done = subprocess.run(
        command(*arguments),
        cwd=checkout,
        env=environ() | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, said.format(port=port))


def test_only_the_user_reaches_the_data(checkout: Path) -> None:
    ask(checkout, "psql", "SELECT 1;")
    assert (checkout / ".local/postgres").stat().st_mode & 0o077 == 0
    hba = (checkout / ".local/postgres/pg_hba.conf").read_text()
    assert hba == "local all postgres trust\nlocal all all scram-sha-256\n"
