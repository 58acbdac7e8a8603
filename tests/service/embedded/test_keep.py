"""`make backup` and `make restore`: all that the database has, or nothing."""

import signal
import stat
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, NullPool, create_engine, text

from embedded import stack
from embedded.server import start

from ..postgres import execute
from ..snapshot import snapshot
from .checkout import call, command, environ, folder, no_cover

# The rights that pg_dump leaves out, and those that rows are for.
ROLES = """
SELECT rolname, rolsuper, rolcanlogin, rolbypassrls, rolconfig, (
    SELECT array_agg(
        (roleid::regrole, inherit_option, set_option)::text ORDER BY roleid::regrole::text
    )
    FROM pg_auth_members WHERE member = r.oid
) FROM pg_roles r WHERE rolname !~ '^pg_' ORDER BY 1
"""
DATABASE = "SELECT datacl::text, datcollate, datlocale FROM pg_database WHERE datname = 'retort'"
POLICIES = "SELECT * FROM pg_policies ORDER BY tablename, policyname"
OWN = (
    "CREATE ROLE reporting LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 3",
    "GRANT CONNECT ON DATABASE retort TO reporting",
    "GRANT SELECT (name) ON persons TO reporting",
    "CREATE SCHEMA sales AUTHORIZATION reporting",
    'CREATE TABLE sales.leads (id int GENERATED ALWAYS AS IDENTITY, "at night" text)',
    "INSERT INTO sales.leads (\"at night\") VALUES ('one'), (NULL), ('back\\slash\ttab')",
    "INSERT INTO accounts (email, password_hash) VALUES ('amy@example.com', 'scrypt')",
    "INSERT INTO notes (owner, text) VALUES ('account:1', 'mine')",
    "INSERT INTO login_attempts (who) VALUES ('somebody')",
)


@contextmanager
def database(checkout: Path) -> Generator[URL]:
    with start(stack.data(checkout)) as server:
        yield stack.owner(server)


@contextmanager
def connected(url: URL) -> Generator[Connection]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


def content(checkout: Path) -> list[str]:
    with database(checkout) as url:
        return [snapshot(url), *(str(execute(url, query)) for query in (ROLES, DATABASE, POLICIES))]


def backup(checkout: Path) -> Path:
    done = call(checkout, "backup")
    assert done.returncode == 0, done.stderr
    return checkout / done.stdout.split()[1].rstrip(",")


@pytest.fixture
def filled(checkout: Path) -> Generator[Path]:
    with database(checkout) as url:  # whose server the commands share
        execute(url, *OWN)
        yield checkout


@no_cover
def test_an_empty_database_becomes_what_another_was_and_serves(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = str(backup(filled))
    other = folder(tmp_path_factory.mktemp("other"), 8000)
    with database(other):
        done = call(other, "restore", file)
        assert done.returncode == 0, done.stderr
        # What db-init does afterwards makes its own rows anew, and no others.
        assert content(other) == content(filled)
        assert "no password yet: reporting, web" in done.stdout
        assert call(other, "token").returncode == 0


def test_a_backup_is_its_owners_alone_and_holds_no_password(filled: Path) -> None:
    file = backup(filled)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [*file.parent.iterdir()] == [file]
    assert b"SCRAM-SHA-256" not in file.read_bytes()


def test_a_database_that_has_something_is_left_alone_unless_told(filled: Path) -> None:
    file = str(backup(filled))
    before = content(filled)
    with database(filled) as url:
        execute(url, "CREATE TABLE later ()", "DELETE FROM notes")
    changed = content(filled)
    done = call(filled, "restore", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"has tables already: REPLACE=1 make restore f={file}" in done.stderr
    assert content(filled) == changed
    done = call(filled, "restore", file, REPLACE="1")
    assert done.returncode == 0, done.stderr
    assert content(filled) == before


def test_what_uses_the_database_is_named_and_not_stopped(filled: Path) -> None:
    file = str(backup(filled))
    with database(filled) as url, connected(url) as user:
        user.execute(text("SELECT 1"))
        done = call(filled, "restore", file, REPLACE="1")
        assert done.returncode == 1
        assert "the database is in use, by postgres: stop what uses it" in done.stderr
        user.execute(text("SELECT 1"))


def test_half_a_file_is_refused(filled: Path) -> None:
    file = backup(filled)
    before = content(filled)
    whole = file.read_bytes().rstrip(b"\0")
    for part in (0.01, 0.9):
        file.write_bytes(whole[: int(len(whole) * part)])
        done = call(filled, "restore", str(file), REPLACE="1")
        assert done.returncode == 1
        assert "not a whole one" in done.stderr
    assert content(filled) == before


def test_where_postgres_refuses_a_row_nothing_is_changed_not_even_roles(filled: Path) -> None:
    with database(filled) as url:
        execute(
            url,
            "CREATE TABLE only_here (a text CHECK (num_nulls(current_setting('my.a', true)) = 0))",
            "SET my.a = 'x'; INSERT INTO only_here VALUES ('x')",
        )
    file = str(backup(filled))
    with database(filled) as url:
        execute(
            url, "DROP TABLE only_here", "DROP OWNED BY reporting CASCADE", "DROP ROLE reporting"
        )
    before = content(filled)
    done = call(filled, "restore", file, REPLACE="1")
    assert done.returncode == 1
    assert "only_here_check" in done.stderr
    assert done.stderr.endswith("restore: failed; nothing was changed\n")
    assert content(filled) == before


@pytest.mark.parametrize("how", ["its process is told to end", "its connection is cut"])
def test_a_backup_that_is_cut_leaves_no_file(filled: Path, how: str) -> None:
    with database(filled) as url, connected(url) as user:
        user.execute(text("LOCK TABLE notes"))
        with subprocess.Popen(
            command("backup"), cwd=filled, env=environ(), stderr=subprocess.PIPE, text=True
        ) as process:
            waiting = "pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while not execute(url, f"SELECT {waiting}"):
                time.sleep(0.05)
            if how == "its connection is cut":
                execute(url, f"SELECT pg_terminate_backend({waiting.replace(' FROM', ') FROM', 1)}")
            else:
                process.send_signal(signal.SIGTERM)
            said = process.communicate()[1]
            assert process.returncode != 0
        assert ("nothing is kept of it" in said) == (how == "its connection is cut")
    assert [*(filled / "backups").iterdir()] == []
