"""Folders, variables and files of any kind: what works, and what is refused in one line."""

import re
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from ..gunicorn import ROOT
from .checkout import Run, ask, call, command, environ, folder, greeting, is_stopped, no_cover


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


@no_cover
def test_it_listens_by_ipv6_too(checkout: Path, port: int) -> None:
    (checkout / ".env").write_text(f"PORT={port}\nBIND=::1\nWORKERS=1\nLOG_FORMAT=text\n")
    with Run(checkout, "run") as run:
        run.wait(f"http://[::1]:{port}  (Ctrl-C stops everything)")


@no_cover
def test_the_data_may_be_in_a_folder_of_any_name(tmp_path: Path, port: int) -> None:
    (path := tmp_path / """sp ace quo'te (b)&c dou"ble $HOME back`tick`""").mkdir()
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
