"""`make status` beside the stack, and whom pg_stat_statements tells what."""

import os
import subprocess
from collections.abc import Generator

import pytest

from .conftest import Stack

STATEMENTS = "extensions.pg_stat_statements"


def test_it_tells_what_is_slow_but_no_value(stack: Stack) -> None:
    stack.psql(f"SELECT {STATEMENTS}_reset()")
    for _ in range(5):  # then it is a prepared one
        stack.curl()
    stack.psql("SELECT name FROM persons WHERE email = 'hunter2'")
    said = subprocess.check_output(
        ["make", "--silent", "status"],
        cwd=stack.folder,
        env=os.environ | {"COMPOSE_PROJECT_NAME": stack.project},
        text=True,
    )
    slow = said.partition("What took the most time\n")[2]
    assert "SELECT ... FROM persons" in slow
    assert "pg_stat_activity" not in slow, "what it asks itself"
    assert "hunter2" not in said
    assert said.endswith("What needs attention\n Nothing.\n\n")


def test_what_is_counted_has_no_values_and_no_passwords(stack: Stack) -> None:
    stack.psql("SELECT name FROM persons WHERE email = 'hunter2'")
    stack.psql("CREATE ROLE other PASSWORD 'hunter2'", "DROP ROLE other")
    counted = stack.psql(f"SELECT query FROM {STATEMENTS}")
    assert "SELECT name FROM persons WHERE email = $1" in counted
    assert "hunter2" not in counted
    assert "PASSWORD" not in counted


def test_only_the_owner_reads_it(stack: Stack) -> None:
    roles = stack.psql("SELECT rolname FROM pg_roles WHERE rolname ~ '^web'").split()
    assert "web" in roles
    asked = [
        f"SET ROLE {role}; SELECT * FROM {what}"
        for role in roles
        for what in (STATEMENTS, f"{STATEMENTS}(true)", f"{STATEMENTS}_reset()")
    ]
    options = [option for statement in asked for option in ("-c", statement)]
    command = ("exec", "-T", "db", "psql", "-U", "owner", "-d", "retort", *options)
    assert stack.compose(*command, code=1).count("ERROR:  permission denied for") == len(asked)


@pytest.fixture
def rented(stack: Stack) -> Generator[str]:
    """A database whose owner may install no extension, as on a managed server."""
    password = stack.compose("exec", "-T", "web", "cat", "/secrets/web_password")
    stack.psql(
        f"CREATE ROLE renter LOGIN CREATEROLE PASSWORD '{password}'",
        "CREATE DATABASE rented OWNER renter",
    )
    yield "rented"
    stack.psql("DROP DATABASE rented")
    made = "SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles WHERE rolname ~ '^guest'"
    stack.psql(f"DROP ROLE {stack.psql(made)}, renter")


def test_an_owner_who_may_not_install_it_goes_without(stack: Stack, rented: str) -> None:
    given = {
        "DATABASE_NAME": rented,
        "DATABASE_USER": "renter",
        "DATABASE_PASSWORD_FILE": "/secrets/web_password",
        "WEB_USER": "guest",
        "BACKUP_PASSWORD_FILE": "",
    }
    variables = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
    out = stack.compose("run", "--rm", "-T", "--no-deps", *variables, "db-init")
    assert "rights of guest: rows, and large objects" in out
    command = ("exec", "-T", "db", "psql", "-U", "owner", "-d", rented, "-Atc")
    assert "pg_stat_statements" not in stack.compose(*command, "SELECT extname FROM pg_extension")
