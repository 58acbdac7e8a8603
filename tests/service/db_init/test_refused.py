"""What db-init cannot do it says in one line, with the remedy, and changes nothing."""

import re
import socket
import time
from collections.abc import Generator
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import URL, Table

from db_init.existing import REMEDY
from db_init.prepare import Failure, prepare

from ..postgres import execute
from ..snapshot import snapshot
from .run import refusal, start


def test_an_option_that_libpq_does_not_know_is_refused_at_once(environ: dict[str, str]) -> None:
    process = start(environ | {"DATABASE_URL": "postgresql://u:hunter3@127.0.0.1:1/d?x=1"})
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err.startswith("DATABASE_URL: must be a URL like")


@pytest.fixture
def without_tls() -> Generator[URL]:
    """A server that speaks TCP as Postgres does and has no TLS: it answers each request for it
    with N."""

    def answer(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                if connection.recv(8):
                    connection.sendall(b"N")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=answer, args=[listener], daemon=True).start()
        host, port = listener.getsockname()
        yield URL.create("postgresql+psycopg2", "u", "p", host, port, "d")
        listener.shutdown(socket.SHUT_RDWR)


def test_a_wrong_password_says_what_to_do(url: URL, role: str) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    line = refusal(url.set(username=role, password="wrong"), "web2", "hunter2")
    assert f"the database refuses the password of '{role}'" in line
    assert "put that back, or set it as the README says" in line


def test_a_database_that_is_not_there_says_where_it_was_sought() -> None:
    line = refusal("postgresql+psycopg2://u:p@127.0.0.1:1/d", "web", "hunter2")
    assert line.startswith("no database at 127.0.0.1:1 within 0 s")
    assert "Connection refused" in line


def test_of_several_hosts_each_one_says_why() -> None:
    url = "postgresql+psycopg2://u:p@/d?host=127.0.0.1,127.0.0.2&port=1,2"
    line = refusal(url, "web", "hunter2")
    assert line.startswith("no database at 127.0.0.1,127.0.0.2 within 0 s")
    assert line.count("Connection refused") == 2


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"host": "nowhere.invalid"}, 'could not translate host name "nowhere.invalid"'),
        ({"port": 65536}, 'invalid port number: "65536"'),
        ({"query": {"sslmode": "require"}}, "SSL"),
        ({"query": {"sslmode": "verify-full", "sslrootcert": "/nowhere"}}, "SSL"),
        ({"query": {"sslmode": "perhaps"}}, 'invalid sslmode value: "perhaps"'),
        ({"query": {"target_session_attrs": "none"}}, 'invalid target_session_attrs value: "none"'),
    ],
)
def test_where_waiting_cannot_help_it_says_at_once_what_libpq_says(
    without_tls: URL, changed: dict[str, Any], why: str
) -> None:
    started = time.monotonic()
    with pytest.raises(Failure, match=re.escape(why)) as failure:
        prepare(without_tls.set(**changed), "web", "hunter2", lambda line: None, patience=60)
    assert time.monotonic() - started < 10
    assert str(failure.value).endswith("; check the settings of the database")
    assert "\n" not in str(failure.value)


def test_a_database_by_another_name_says_so(url: URL) -> None:
    line = refusal(url.set(database="nothing_like_it"), "web", "hunter2")
    assert 'database "nothing_like_it" does not exist' in line


def test_the_owner_cannot_be_the_role_that_web_connects_as(url: URL) -> None:
    line = refusal(url, execute(url, "SELECT current_user")[0][0], "hunter2")
    assert line.startswith("nothing was changed: WEB_USER: ")
    assert "name a role of its own" in line


def test_a_database_ahead_of_the_code_is_left_alone(url: URL, role: str) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    before = snapshot(url)
    line = refusal(url, role, "hunter2")
    assert "of another version of the code: it is at 9999, which is no migration here" in line
    assert snapshot(url) == before


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        (["TABLE persons (theirs int)"], "persons"),
        (
            ["TABLE orders (order_id int)", "VIEW accounts AS SELECT 1", "TABLE shops (id int)"],
            "accounts, orders",
        ),
        (["TYPE order_status AS ENUM ('new')"], "order_status"),
    ],
)
def test_what_is_in_the_way_is_left_alone_and_all_of_it_named(
    url: URL, role: str, theirs: list[str], named: str
) -> None:
    execute(url, *(f"CREATE {each}" for each in theirs))
    before = snapshot(url)
    assert refusal(url, role, "hunter2") == (
        f"nothing was changed: this database has {named} of somebody else's already; {REMEDY}"
    )
    assert snapshot(url) == before


def test_a_database_that_another_project_migrates_is_left_alone(url: URL, role: str) -> None:
    execute(
        url,
        "CREATE TABLE alembic_version (version_num text)",
        "INSERT INTO alembic_version VALUES ('3fa2b1c4d5e6')",
    )
    before = snapshot(url)
    assert refusal(url, role, "hunter2") == (
        "nothing was changed: alembic_version is another project's, at 3fa2b1c4d5e6; " + REMEDY
    )
    assert snapshot(url) == before


def test_tables_of_somebody_else_may_be_beside(url: URL, role: str) -> None:
    execute(url, "CREATE TABLE shops (id int)", "INSERT INTO shops VALUES (1)")
    prepare(url, role, "hunter2", report=lambda line: None)
    as_web = url.set(username=role, password="hunter2")
    assert execute(as_web, "SELECT id FROM shops") == [(1,)]
    assert execute(as_web, "SELECT count(*) FROM persons") == [(6,)]


def test_a_failure_is_one_line_and_exit_code_1(environ: dict[str, str]) -> None:
    wrong = start(environ | {"DATABASE_URL": "mysql://u:hunter3@h/d", "WEB_PASSWORD": ""})
    out, err = wrong.communicate()
    assert (wrong.returncode, out) == (1, "")
    assert err.splitlines() == [
        "DATABASE_URL: must be a URL like postgresql://scott:tiger@localhost:5432/test (it has to "
        "begin with postgresql://)",
        "WEB_PASSWORD: must be that role's password",
    ]


def test_a_table_in_the_way_in_another_schema_is_named(
    url: URL, role: str, invoices: Table
) -> None:
    execute(url, "CREATE SCHEMA sales", "CREATE TABLE sales.invoices (theirs int)")
    assert "has sales.invoices of somebody else's already" in refusal(url, role, "hunter2")
