"""`make backup`, `make restore` and the backups by schedule, with Docker."""

import os
import subprocess
import time
from collections.abc import Generator

import pytest

from ..ports import free_port
from ..service.embedded.test_keep import DATABASE, OWN, POLICIES, ROLES
from ..service.snapshot import (
    COLUMNS,
    COMMENTS,
    CONSTRAINTS,
    INDEXES,
    RIGHTS,
    SCHEMAS,
    SEQUENCES,
    TABLES,
    TYPES,
)
from .conftest import Stack
from .test_account import post

CONTENT = [SCHEMAS, COLUMNS, COMMENTS, CONSTRAINTS, INDEXES, TYPES, RIGHTS, SEQUENCES]
PROFILE = ("--profile", "backup")


def make(stack: Stack, *arguments: str, **variables: str) -> tuple[int, str]:
    """The exit code of `make`, and what it printed."""
    done = subprocess.run(
        ["make", "--silent", *arguments],
        cwd=stack.folder,
        env=os.environ | {"COMPOSE_PROJECT_NAME": stack.project} | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def content(stack: Stack) -> list[str]:
    tables = stack.psql(TABLES).splitlines()
    rows = [f"SELECT t::text FROM {table} t ORDER BY 1" for table in tables]
    return stack.psql(*CONTENT, ROLES, DATABASE, POLICIES, *rows).splitlines()


@pytest.fixture
def filled(stack: Stack) -> Generator[Stack]:
    script = "echo correct horse battery | flask account zoe@example.com"
    stack.compose("exec", "-T", "web", "sh", "-c", script)
    stack.psql(*OWN)
    yield stack
    stack.psql("DROP OWNED BY reporting CASCADE", "DROP ROLE reporting")
    for name in ("notes", "accounts", "login_attempts"):
        stack.psql(f"DELETE FROM {name}")


@pytest.fixture
def other(stack: Stack) -> Generator[Stack]:
    """A stack whose database is empty yet."""
    other = Stack(stack.folder, f"{stack.project}-other", free_port())
    try:
        other.compose("up", "--wait", "db")
        yield other
    finally:
        other.compose("down", "--volumes", "--rmi", "local", "--timeout", "5")


def test_a_stack_comes_back_on_another_machine_with_passwords_of_its_own(
    filled: Stack, other: Stack
) -> None:
    code, said = make(filled, "backup")
    assert code == 0, said
    file = said.split()[1].rstrip(",")
    assert (filled.folder / file).stat().st_mode & 0o077 == 0
    code, said = make(other, "restore", f"f={file}")
    assert code == 0, said
    assert "no password yet: reporting, web, web_backup" in said
    assert content(other) == content(filled)
    other.compose("up", "--wait")
    assert other.curl() == "Hello, Amy!\n"
    login = {"email": "zoe@example.com", "password": "correct horse battery"}
    assert post(other, "/api/login", login)["token"]
    code, said = make(other, "restore", f"f={file}", REPLACE="1")
    assert code == 2
    assert "the database is in use, by web: stop what uses it" in said
    (filled.folder / file).unlink()


def backups(stack: Stack) -> list[str]:
    return stack.compose("exec", "-T", "backup", "ls", "-l", "/backups").splitlines()[1:]


def health(stack: Stack, wanted: str) -> None:
    """Wait until the engine says this of the service `backup`."""
    found = ""
    for _ in range(120):
        if (found := stack.inspect("backup")["State"]["Health"]["Status"]) == wanted:
            return
        time.sleep(0.5)
    raise AssertionError((found, stack.compose("logs", "backup")))


def test_backups_are_made_by_schedule_and_the_oldest_go_and_a_failure_is_seen(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_KEEP", "2")
    stack.psql("INSERT INTO notes (owner, text) VALUES ('account:1', 'mine')")
    try:
        stack.compose(*PROFILE, "up", "--wait", "backup")
        (first,) = backups(stack)
        assert first.startswith("-rw------- 1 postgres")
        container = stack.inspect("backup")
        assert container["Config"]["User"] == "postgres"
        assert container["HostConfig"]["ReadonlyRootfs"] is True
        assert container["HostConfig"]["CapDrop"] == ["ALL"]
        stack.compose("exec", "-T", "backup", "sh", "-c", "! cat /secrets/owner_password")
        old = "for n in 1 2 3; do touch -d '2 days ago' /backups/retort-2026-01-0$n.tar; done"
        aged = f"{old}; touch -d '2 days ago' /backups/*"
        stack.compose("exec", "-T", "backup", "sh", "-c", aged)
        stack.psql("ALTER ROLE web_backup NOLOGIN")
        health(stack, "unhealthy")
        stack.compose("restart", "backup")
        stack.compose(
            "exec", "-T", "backup", "sh", "-c", "until [ -e /tmp/failed ]; do sleep 1; done"
        )
        said = stack.compose("logs", "backup")
        assert 'role "web_backup" is not permitted to log in' in said
        assert "backup: failed, and nothing is kept of it" in said
        assert len(backups(stack)) == 4
        stack.psql("ALTER ROLE web_backup LOGIN")
        stack.compose("restart", "backup")
        health(stack, "healthy")
        pruned = "until [ $(ls /backups | wc -l) = 2 ]; do sleep 1; done"
        stack.compose("exec", "-T", "backup", "timeout", "10", "sh", "-c", pruned)
        assert first.split()[-1] in backups(stack)[0]
        # It has what policies hide from everybody else.
        name = backups(stack)[-1].split()[-1]
        read = f"tar -xOf /backups/{name} database.dump | pg_restore --table=notes --file=-"
        assert "account:1\tmine" in stack.compose("exec", "-T", "backup", "sh", "-c", read)
    finally:
        stack.psql("DELETE FROM notes")
        stack.compose(*PROFILE, "rm", "--stop", "--force", "--volumes", "backup")


def test_the_role_for_backups_reads_everything_and_changes_nothing(stack: Stack) -> None:
    who = "SET ROLE web_backup; "
    stack.psql(f"{who}SELECT count(*) FROM accounts")
    for statement in ("DELETE FROM persons", "CREATE TABLE x ()", "CREATE ROLE x"):
        with pytest.raises(AssertionError, match="permission denied"):
            stack.psql(f"{who}{statement}")
