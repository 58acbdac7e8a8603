"""db-init: run it once, twice, ten at once, or kill it half-way: the result is the same."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from psycopg2.sql import SQL, Identifier
from sqlalchemy import URL, NullPool, Table, create_engine, make_url, text

from db_init import migrate
from db_init.existing import REMEDY
from db_init.prepare import Failure, prepare
from retort.schema import HEAD

from .postgres import Server, execute
from .snapshot import snapshot

TIMES = re.compile(r'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\+\d\d"?')
NAMES = re.compile(r"_[0-9a-f]{16}(_[0-9a-f]{8})?")  # as `Server.name` gives them
SHEET = "cheat sheet: rows to copy, in a schema of their own"


@pytest.fixture
def environ(url: URL, role: str) -> dict[str, str]:
    return {
        **{key: os.environ[key] for key in os.environ if not key.startswith("DATABASE_")},
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "PYTHONPATH": os.pathsep.join(("web", "db-init")),
        "WEB_USER": role,
        "WEB_PASSWORD": "hunter2",
    }


def start(environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "db_init"],
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def content(url: URL) -> str:
    """What is in the database, whenever it was made and whatever the role is called."""
    return NAMES.sub("", TIMES.sub("TIME", snapshot(url)))


@pytest.fixture
def expected(server: Server) -> str:
    return content(server.url(server.template))


def test_it_says_what_it_does(environ: dict[str, str], role: str) -> None:
    process = start(environ)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert re.sub("(?<=6 persons).*", "", out).splitlines() == [
        f"db-init: role {role}: created",
        f"db-init: schema: none to {HEAD}",
        "db-init: seed: 6 persons",
        f"db-init: {SHEET}",
        f"db-init: rights of {role}: rows, and nothing else",
    ]


def test_a_second_run_changes_nothing(url: URL, role: str, expected: str) -> None:
    first: list[str] = []
    prepare(url, role, "hunter2", first.append)
    before = snapshot(url)
    second: list[str] = []
    prepare(url, role, "hunter2", second.append)
    assert snapshot(url) == before
    assert content(url) == expected
    assert second == [
        f"role {role}: updated",
        f"schema: at {HEAD} already",
        "seed: only for a new database, left alone",
        SHEET,
        f"rights of {role}: rows, and nothing else",
    ]


@pytest.mark.no_cover  # the same code ten times over
def test_ten_at_once_make_one_schema_and_one_seed(
    url: URL, environ: dict[str, str], expected: str
) -> None:
    processes = [start(environ) for _ in range(10)]
    outs = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 10, outs
    assert sum(f"schema: none to {HEAD}" in out for out, _ in outs) == 1
    assert sum("seed: 6 persons" in out for out, _ in outs) == 1
    assert content(url) == expected


@pytest.mark.no_cover  # what is killed tells nothing of its coverage
@pytest.mark.parametrize(
    "command", ["CREATE INDEX", "GRANT"], ids=["among the migrations", "after the seed"]
)
def test_killed_half_way_and_run_again(
    url: URL, environ: dict[str, str], expected: str, command: str
) -> None:
    execute(
        url,
        "CREATE FUNCTION wait() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_advisory_xact_lock(42); END $$",
        f"CREATE EVENT TRIGGER wait ON ddl_command_start WHEN TAG IN ('{command}') "
        "EXECUTE FUNCTION wait()",
    )
    waiting = "SELECT 1 FROM pg_locks WHERE objid = 42 AND NOT granted"
    with create_engine(url, poolclass=NullPool).begin() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(42)"))
        process = start(environ)
        while not execute(url, waiting):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    execute(url, "DROP EVENT TRIGGER wait", "DROP FUNCTION wait")

    again = start(environ)
    out, err = again.communicate()
    assert (again.returncode, err) == (0, "")
    assert f"schema: none to {HEAD}" in out
    assert "seed: 6 persons" in out
    assert content(url) == expected


def test_a_seeded_row_that_a_user_changed_or_deleted_stays_so(url: URL, role: str) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    execute(
        url, "UPDATE persons SET name = 'Amélie' WHERE id = 1", "DELETE FROM persons WHERE id > 1"
    )
    prepare(url, role, "hunter2", report=lambda line: None)
    assert execute(url, "SELECT name FROM persons") == [("Amélie",)]


def test_a_new_password_of_the_role_is_taken(url: URL, role: str) -> None:
    for password in ("old", "new"):
        prepare(url, role, password, report=lambda line: None)
    assert execute(url.set(username=role, password="new"), "SELECT 1")
    with pytest.raises(Exception, match="password authentication failed"):
        execute(url.set(username=role, password="old"), "SELECT 1")


@pytest.mark.parametrize("role", ['we"b', "we'b:x", "50%s (x)s", "Wéb two"], indirect=True)
def test_a_role_its_password_and_the_database_may_have_any_name(server: Server, role: str) -> None:
    password, odd = f"p:{role}\\", f'odd "{role}" %s :x'
    admin = server.url("postgres")
    database = Identifier(odd)
    engine = create_engine(admin, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as one, one.connection.driver_connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute(SQL("CREATE DATABASE {}").format(database))
        try:
            url = admin.set(database=odd)
            for _ in range(2):
                prepare(url, role, password, report=lambda line: None)
            as_web = url.set(username=role, password=password)
            assert execute(as_web, "SELECT count(*) FROM persons")[0][0] == 6
        finally:
            cursor.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def test_a_role_that_became_too_mighty_is_put_right(url: URL, role: str) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    execute(url, f"ALTER ROLE {role} SUPERUSER CREATEDB CREATEROLE BYPASSRLS")
    prepare(url, role, "hunter2", report=lambda line: None)
    (row,) = execute(
        url,
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls FROM pg_roles "
        "WHERE rolname = :role",
        role=role,
    )
    assert row[0] is False


def test_an_owner_who_is_no_superuser_will_do(server: Server, role: str) -> None:
    owner = server.name("owner")
    with server.empty() as url:
        execute(
            url,
            f"CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'tiger'",
            f"ALTER DATABASE {url.database} OWNER TO {owner}",
        )
        try:
            as_owner = url.set(username=owner, password="tiger")
            for _ in range(2):
                prepare(as_owner, role, "hunter2", report=lambda line: None)
            as_web = url.set(username=role, password="hunter2")
            assert execute(as_web, "SELECT count(*) FROM persons")[0][0] == 6
        finally:
            execute(url, f"DROP OWNED BY {owner} CASCADE", f"DROP OWNED BY {role}")
            execute(url, f"ALTER DATABASE {url.database} OWNER TO CURRENT_USER")
            execute(url, f"DROP ROLE {role}", f"DROP ROLE {owner}")


def test_an_option_that_libpq_does_not_know_is_refused_at_once(environ: dict[str, str]) -> None:
    process = start(environ | {"DATABASE_URL": "postgresql://u:hunter3@127.0.0.1:1/d?x=1"})
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err.startswith("DATABASE_URL: must be a URL like")


def refusal(*arguments: str | URL) -> str:
    url, role, password = arguments
    with pytest.raises(Failure) as failure:
        prepare(make_url(url), str(role), str(password), lambda line: None, patience=0)
    assert "\n" not in str(failure.value)
    return str(failure.value)


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


Migration = Callable[[str], None]


@pytest.fixture
def migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Migration:
    """Gives a way to add a migration 9998 whose upgrade does what it is told."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "FOLDER", folder)

    def add(upgrade: str) -> None:
        (folder / "versions/9998_more.py").write_text(
            "from alembic import op\n\n"
            f'revision = "9998"\ndown_revision = "{HEAD}"\n\n\n'
            f"def upgrade() -> None:\n    op.execute('CREATE TABLE more ()')\n    {upgrade}\n"
        )

    return add


@pytest.mark.parametrize(
    ("upgrade", "said"),
    [
        ("op.execute('CREATE TABEL x ()')", 'line 9: syntax error at or near "TABEL"'),
        ("raise RuntimeError('not today')", "line 9: not today"),
        ("op.execute(", "line 9: '(' was never closed"),
        ("op.execute('DROP TABLE nothing')", 'line 9: table "nothing" does not exist'),
    ],
)
def test_a_broken_migration_says_where_and_changes_nothing(
    url: URL, role: str, migration: Migration, upgrade: str, said: str
) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    before = snapshot(url)
    migration(upgrade)
    line = refusal(url, role, "hunter2")
    assert line == (
        f"nothing was changed: 9998_more.py, {said}; mend that migration and start again"
    )
    assert snapshot(url) == before


def test_a_broken_migration_leaves_an_empty_database_empty(
    url: URL, role: str, migration: Migration
) -> None:
    migration("raise RuntimeError('not today')")
    before = snapshot(url)
    refusal(url, role, "hunter2")
    assert snapshot(url) == before
    assert execute(url, "SELECT 1 FROM pg_roles WHERE rolname = :role", role=role) == []


def test_a_migration_that_works_runs_on_what_is_there(
    url: URL, role: str, migration: Migration
) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    migration("pass")
    lines: list[str] = []
    prepare(url, role, "hunter2", lines.append)
    assert f"schema: {HEAD} to 9998" in lines
    as_web = url.set(username=role, password="hunter2")
    assert execute(as_web, "SELECT count(*) FROM more")[0][0] == 0


def test_two_heads_say_how_to_join_them(url: URL, role: str, migration: Migration) -> None:
    migration("pass")
    one = migrate.FOLDER / "versions/9998_more.py"
    one.with_name("9999_other.py").write_text(one.read_text().replace("9998", "9999"))
    before = snapshot(url)
    assert refusal(url, role, "hunter2") == (
        "nothing was changed: 2 heads: 9998 (9998_more.py), 9999 (9999_other.py); "
        "make migration joins them"
    )
    assert snapshot(url) == before


def test_a_failure_is_one_line_and_exit_code_1(environ: dict[str, str]) -> None:
    wrong = start(environ | {"DATABASE_URL": "mysql://u:hunter3@h/d", "WEB_PASSWORD": ""})
    out, err = wrong.communicate()
    assert (wrong.returncode, out) == (1, "")
    assert err.splitlines() == [
        "DATABASE_URL: must be a URL like postgresql://scott:tiger@localhost:5432/test (it has to "
        "begin with postgresql://)",
        "WEB_PASSWORD: must be that role's password",
    ]


def test_waiting_for_a_lock_ends(url: URL, role: str, migration: Migration) -> None:
    """A migration gives way to a long transaction instead of making everyone queue."""
    prepare(url, role, "hunter2", report=lambda line: None)
    migration("op.execute(\"SET LOCAL lock_timeout = '50ms'; ALTER TABLE persons ADD x int\")")
    with create_engine(url, poolclass=NullPool).begin() as other:
        other.execute(text("LOCK persons"))
        assert "lock timeout" in refusal(url, role, "hunter2")


def test_the_rows_of_another_schema_are_for_web(
    url: URL, role: str, migration: Migration, invoices: Table
) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)  # the migration may be later
    make = "CREATE SCHEMA sales; CREATE TABLE sales.invoices (id bigserial PRIMARY KEY)"
    migration(f"op.execute('{make}')")
    for _ in range(2):
        prepare(url, role, "hunter2", report=lambda line: None)
    as_web = url.set(username=role, password="hunter2")
    write = "INSERT INTO sales.invoices DEFAULT VALUES"
    assert execute(as_web, write, "SELECT id FROM sales.invoices") == [(1,)]
    with pytest.raises(Exception, match="permission denied"):
        execute(as_web, "CREATE TABLE sales.mine (id int)")


def test_a_schema_that_was_there_is_one_of_the_models_too(
    url: URL, role: str, invoices: Table
) -> None:
    execute(url, "CREATE SCHEMA sales", "CREATE TABLE sales.shops (id int)")
    prepare(url, role, "hunter2", report=lambda line: None)
    assert execute(url.set(username=role, password="hunter2"), "SELECT * FROM sales.shops") == []


def test_a_table_in_the_way_in_another_schema_is_named(
    url: URL, role: str, invoices: Table
) -> None:
    execute(url, "CREATE SCHEMA sales", "CREATE TABLE sales.invoices (theirs int)")
    assert "has sales.invoices of somebody else's already" in refusal(url, role, "hunter2")
