"""`make run` and its kin: the stack on a machine with only Python."""

import json
import os
import re
import shlex
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

from embedded import stack
from embedded.server import start
from retort.schema import HEAD

from .gunicorn import ROOT

# Where all that is started has run in another test: to measure it takes half as long again.
no_cover = pytest.mark.no_cover


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


def folder(path: Path, port: int) -> Path:
    """A folder that is to the commands what a fresh checkout is."""
    (path / "web").symlink_to(ROOT / "web")
    (path / ".env").write_text(f"PORT={port}\nWORKERS=1\nLOG_FORMAT=text\n")
    return path


@pytest.fixture
def fresh(tmp_path: Path, port: int) -> Path:
    return folder(tmp_path, port)


@pytest.fixture(scope="session")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = folder(tmp_path_factory.mktemp("used"), 8000)
    assert "Amy" in ask(path, "shell", "db.session.get(Person, 1)\n")
    return path


@pytest.fixture
def checkout(used: Path, tmp_path: Path, port: int) -> Path:
    """A checkout whose database is made already."""
    subprocess.run(["cp", "-a", used / ".local", tmp_path], check=True)
    return folder(tmp_path, port)


def environ() -> dict[str, str]:
    ours = ("DATABASE_", "SECRET_KEY", "PORT", "BIND", "PG")
    given = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return given | {"PYTHONPATH": f"{ROOT}/web{os.pathsep}{ROOT}/db-init"}


def command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "embedded", name, *arguments]


def call(
    checkout: Path, name: str, *arguments: str, lines: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """A command that has come to its end, after `lines` on its standard input."""
    return subprocess.run(
        command(name, *arguments),
        cwd=checkout,
        env=environ() | variables,
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )


def ask(checkout: Path, name: str, lines: str) -> str:
    """What the command answers to `lines` on its standard input."""
    done = call(checkout, name, lines=lines)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


class Run:
    """`make run` or `make dev`, until Ctrl-C."""

    def __init__(self, checkout: Path, name: str, **variables: str) -> None:
        self.log = checkout / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command(name), cwd=checkout, env=environ() | variables, stdout=log, stderr=log
            )
        self.wait("s  web       http")

    def wait(self, text: str) -> None:
        for _ in range(1200):
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


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_stopped(checkout: Path) -> bool:
    return not (checkout / ".local/postgres/postmaster.pid").exists()


@no_cover
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


@no_cover
def test_a_signal_that_comes_many_times_stops_everything_once(checkout: Path, port: int) -> None:
    with Run(checkout, "run") as run:
        for _ in range(1000):  # as `make` passes on what its whole group has had
            run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(40) == 0
    assert "stopped   the data is kept" in run.log.read_text()
    assert is_stopped(checkout)
    assert not answers(port)


def test_what_a_killed_run_left_is_ended_by_the_next(checkout: Path, port: int) -> None:
    with Run(checkout, "run") as killed:
        killed.process.kill()
        killed.process.wait()
        assert greeting(port) == "Hello, Amy!\n"
    left = [int((checkout / ".local/postgres/postmaster.pid").read_text().split()[0])]
    left += [json.loads((checkout / ".local/stack.json").read_text())["pid"]]
    with Run(checkout, "run") as run:
        assert "web       ended: it was left by a start that was killed" in run.log.read_text()
        assert not any(psutil.pid_exists(pid) for pid in left)
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


@no_cover
def test_psql_keeps_the_database_that_a_run_leaves(checkout: Path) -> None:
    with (
        Run(checkout, "run") as run,
        subprocess.Popen(
            command("psql"),
            cwd=checkout,
            env=environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as psql,
    ):
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write("SELECT 'before';\n")
        psql.stdin.flush()
        assert any("before" in line for line in psql.stdout)
        assert run.stop() == 0
        out, _ = psql.communicate("SELECT name FROM persons WHERE id = 1;\n")
        assert "Amy" in out
    assert is_stopped(checkout)


@no_cover
def test_variables_of_libpq_change_nothing(checkout: Path, port: int) -> None:
    elsewhere = {
        "PGHOST": "nowhere.invalid",
        "PGHOSTADDR": "127.0.0.2",
        "PGPORT": "5433",
        "PGUSER": "nobody",
        "PGDATABASE": "nothing",
        "PGSERVICE": "none",
        "PGSSLMODE": "require",
        "PGOPTIONS": "-c search_path=nothing",
        "PGCLIENTENCODING": "LATIN1",
        "PGTZ": "Asia/Tokyo",
        "PGDATA": "/nowhere",
    }
    (checkout / ".env").write_text((checkout / ".env").read_text() + "PGPORT=5434\n")
    with Run(checkout, "run", **elsewhere):
        assert greeting(port) == "Hello, Amy!\n"
        psql = call(checkout, "psql", lines="SHOW timezone; SELECT * FROM persons;", **elsewhere)
        assert "Chloé" in psql.stdout
        assert "Tokyo" not in psql.stdout
        shell = call(checkout, "shell", lines="db.session.get(Person, 3)\n", **elsewhere)
        assert "<Person 3 'Chloé'>" in shell.stdout
    with Run(checkout, "dev", **elsewhere):
        assert greeting(port) == "Hello, Amy!\n"


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


@no_cover
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


@no_cover
def test_psql_and_shell_need_no_running_stack(fresh: Path) -> None:
    assert "Person 1 'Amy'" in ask(fresh, "shell", "print(db.session.get(Person, 1))\n")
    assert "Freya" in ask(fresh, "psql", "SELECT name FROM persons ORDER BY id DESC LIMIT 1;")
    assert is_stopped(fresh)


def test_no_db_init_runs_beside_a_running_stack(checkout: Path, port: int) -> None:
    limit = "SELECT setconfig[1] FROM pg_db_role_setting WHERE setrole = 'web'::regrole;"
    with Run(checkout, "run"):
        # db-init would put this right.
        ask(checkout, "psql", "ALTER ROLE web RESET ALL; ALTER ROLE web SET lock_timeout = '7s';")
        assert "Amy" in ask(checkout, "shell", "db.session.get(Person, 1)\n")
        assert "lock_timeout=7s" in ask(checkout, "psql", limit)


def test_nor_where_a_token_or_an_account_is_made(checkout: Path, port: int) -> None:
    limit = "SELECT setconfig[1] FROM pg_db_role_setting WHERE setrole = 'web'::regrole;"
    with Run(checkout, "run"):
        ask(checkout, "psql", "ALTER ROLE web RESET ALL; ALTER ROLE web SET lock_timeout = '7s';")
        assert call(checkout, "token").returncode == 0
        assert "created" in call(checkout, "account", "a@b.de", lines="correct horse\n").stdout
        assert "lock_timeout=7s" in ask(checkout, "psql", limit)


@no_cover
def test_a_look_inside_needs_no_migration(checkout: Path) -> None:
    ask(checkout, "shell", "")
    ask(checkout, "psql", "UPDATE alembic_version SET version_num = '9999';")
    assert "9999" in ask(checkout, "psql", "SELECT * FROM alembic_version;")
    assert "<Person 1 'Amy'>" in ask(checkout, "shell", "db.session.get(Person, 1)\n")
    run = call(checkout, "run")
    assert run.returncode == 1
    assert "this database is of another version of the code" in run.stderr
    assert is_stopped(checkout)


@no_cover
@pytest.mark.parametrize("name", ["sp ace", "quo'te", "a(b)&c", 'dou"ble', "$HOME", "back`tick`"])
def test_the_data_may_be_in_a_folder_of_any_name(tmp_path: Path, port: int, name: str) -> None:
    (path := tmp_path / name).mkdir()
    folder(path, port)
    assert "Amy" in ask(path, "shell", "db.session.get(Person, 1)\n")
    assert is_stopped(path)


@no_cover
def test_the_folder_may_be_deep(tmp_path: Path) -> None:
    """Deeper than a socket's path may be long."""
    (path := tmp_path / ("deep" * 30)).mkdir()
    (path / "web").symlink_to(ROOT / "web")
    assert "(1 row)" in ask(path, "psql", "SELECT 1;")
    assert is_stopped(path)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le"])
def test_an_env_file_in_another_encoding_is_one_line(fresh: Path, encoding: str) -> None:
    (fresh / ".env").write_text("PORT=8001\n# Größe\n", encoding=encoding)
    done = call(fresh, "psql")
    assert done.returncode == 1
    assert done.stderr.startswith(".env: must be a text file in UTF-8; save it as one (")
    assert done.stderr.count("\n") == 1


def test_an_env_file_may_begin_with_a_mark_of_its_encoding(fresh: Path) -> None:
    (fresh / ".env").write_text("PORT=none\n", encoding="utf-8-sig")
    assert call(fresh, "run").stderr == "PORT: must be a port from 1 to 65535\n"


def test_a_server_that_does_not_start_is_one_line(checkout: Path) -> None:
    ask(checkout, "psql", "SELECT 1;")
    with (checkout / ".local/postgres/postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = nonsense\n")
    done = subprocess.run(
        command("psql"), cwd=checkout, env=environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert re.fullmatch(
        r"psql: Postgres does not start: .*FATAL:  configuration file .* contains errors\n",
        done.stderr,
    )


@pytest.fixture
def taken(port: int) -> Generator[int]:
    with socket.create_server(("127.0.0.1", port)):
        yield port


@pytest.mark.parametrize("name", ["run", "dev"])
def test_a_used_port_is_said_so_before_anything_starts(fresh: Path, taken: int, name: str) -> None:
    done = subprocess.run(
        command(name), cwd=fresh, env=environ(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"{name}: cannot listen on 127.0.0.1:{taken} (Address already in use); "
        f"stop what does, or take another port: PORT={taken + 1} make {name}\n"
    )
    assert not (fresh / ".local").exists()


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["run"], {"PORT": "http"}, "PORT: must be a port from 1 to 65535\n"),
        *(
            (
                ["run"],
                {"BIND": bind},
                "BIND: must be an IP address of this machine, like 127.0.0.1 or ::1\n",
            )
            for bind in ("localhost", "[::1]", "127.1", "fe80::1%lo")
        ),
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
    fresh: Path, port: int, arguments: list[str], variables: dict[str, str], said: str
) -> None:
    done = subprocess.run(
        command(*arguments),
        cwd=fresh,
        env=environ() | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, said.format(port=port))


@no_cover
def test_only_the_user_reaches_the_data(fresh: Path) -> None:
    ask(fresh, "psql", "SELECT 1;")
    assert (fresh / ".local/postgres").stat().st_mode & 0o077 == 0
    hba = (fresh / ".local/postgres/pg_hba.conf").read_text()
    assert hba == "local all postgres trust\nlocal all all scram-sha-256\n"
