"""db-init: run it once, twice, ten at once, or kill it half-way: the result is the same."""

import re
import signal
import time

import pytest
from psycopg2.sql import SQL, Identifier
from sqlalchemy import URL, NullPool, Table, create_engine, text

from db_init.prepare import Failure, prepare
from retort.schema import HEAD

from ..postgres import Server, execute
from ..snapshot import snapshot
from .run import start

TIMES = re.compile(r'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\+\d\d"?')


NAMES = re.compile(r"_[0-9a-f]{16}(_[0-9a-f]{8})?")  # as `Server.name` gives them


SHEET = "cheat sheet: rows to copy, in a schema of their own"


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
            said: list[str] = []
            for _ in range(2):
                prepare(as_owner, role, "hunter2", said.append, owns_server=True)
            as_web = url.set(username=role, password="hunter2")
            assert execute(as_web, "SELECT count(*) FROM persons")[0][0] == 6
            left = "large objects, which only a superuser takes away"
            assert said[-1] == f"rights of {role}: rows, and {left}"
            with pytest.raises(Failure, match=r"nothing was changed: BACKUP_PASSWORD: only a sup"):
                prepare(as_owner, role, "hunter2", said.append, backup_password="hunter3")
        finally:
            execute(url, f"DROP OWNED BY {owner} CASCADE", f"DROP OWNED BY {role}")
            execute(url, f"ALTER DATABASE {url.database} OWNER TO CURRENT_USER")
            execute(url, f"DROP ROLE {role}", f"DROP ROLE {owner}")


def test_a_server_of_others_keeps_its_other_databases_as_they_are(
    server: Server, url: URL, role: str
) -> None:
    with server.empty() as theirs:
        prepare(url, role, "hunter2", report=lambda line: None)
        assert execute(theirs.set(username=role, password="hunter2"), "SELECT 1")


def test_a_schema_that_was_there_is_one_of_the_models_too(
    url: URL, role: str, invoices: Table
) -> None:
    execute(url, "CREATE SCHEMA sales", "CREATE TABLE sales.shops (id int)")
    prepare(url, role, "hunter2", report=lambda line: None)
    assert execute(url.set(username=role, password="hunter2"), "SELECT * FROM sales.shops") == []
