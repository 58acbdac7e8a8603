"""`make status`: what the database does, and what needs attention."""

import re
import subprocess
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import IntegrityError

from embedded.server import BIN

from .compose import ROOT, services
from .postgres import Database

WAITS, RUNS = "Who waits for a lock", "What runs, the longest first"
WRONG = "What needs attention"
SCRIPT = ROOT / "db-init/status.sql"


def status(database: Database) -> dict[str, str]:
    """What is said: a text for each heading."""
    url = database.owner.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(
        [str(BIN / "psql"), "--no-psqlrc", "--file", str(SCRIPT), url],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 100
    parts = re.split(r"^([A-Z].*)\n", done.stdout, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


@pytest.fixture
def web(database: Database) -> Generator[Connection]:
    with create_engine(database.web, poolclass=NullPool).connect() as connection:
        yield connection


@pytest.fixture
def other(database: Database) -> Generator[Connection]:
    with create_engine(database.owner, poolclass=NullPool).connect() as connection:
        yield connection


def pid(connection: Connection) -> int:
    return connection.scalars(text("SELECT pg_backend_pid()")).one()


def test_it_tells_the_version_the_size_the_connections_and_the_tables(
    database: Database, web: Connection
) -> None:
    web.execute(text("SELECT 1"))
    said = status(database)
    assert re.match(r" Postgres 18\.\d+.*, up for .*\. Database retort_\w+: \d+ kB\.\n", said[""])
    assert str(database.web.username) in said["Connections"]
    assert "idle in transaction" in said["Connections"]
    assert re.search(r"(?m)^ persons ", said["The largest tables"])


def test_nothing_is_said_to_be_wrong_where_nothing_is(database: Database) -> None:
    assert status(database)[WRONG] == " Nothing.\n\n"


def test_it_tells_what_runs_but_no_value(database: Database, web: Connection) -> None:
    web.execute(text("SELECT :word"), {"word": "hunter2"})
    said = status(database)
    assert re.search(rf"(?m)^ +{pid(web)} .* \| SELECT \.\.\. *$", said[RUNS])
    assert "hunter2" not in "".join(said.values())


def test_a_locked_table_does_not_stop_it_and_it_tells_who_waits_for_whom(
    database: Database, other: Connection
) -> None:
    waiting = create_engine(database.owner, poolclass=NullPool)
    other.execute(text("LOCK TABLE persons"))
    with waiting.connect() as connection, ThreadPoolExecutor() as thread:
        waits, holds = pid(connection), pid(other)
        ended = thread.submit(connection.execute, text("DELETE FROM persons WHERE id = -1"))
        time.sleep(2.5)
        said = status(database)
        other.rollback()
        ended.result()
    assert re.search(rf"(?m)^ +{waits} .* relation: persons .* {holds} *$", said[WAITS])
    assert f"SELECT pg_terminate_backend({holds}); ends it." in said[WRONG]
    assert not re.search(r"(?m)^ persons ", said["The largest tables"])


def test_an_index_whose_making_failed_needs_attention(
    database: Database, other: Connection
) -> None:
    database.execute("UPDATE persons SET email = NULL", "INSERT INTO persons (name) VALUES ('Amy')")
    with pytest.raises(IntegrityError):
        database.execute("CREATE UNIQUE INDEX CONCURRENTLY once ON persons (name)")
    assert " Index once is not valid, and no query uses it" in status(database)[WRONG]


def test_a_sequence_that_nears_its_end_needs_attention(database: Database) -> None:
    database.execute("CREATE SEQUENCE few MAXVALUE 10", "SELECT setval('few', 9)")
    assert " Sequence public.few has given 90 % of its numbers" in status(database)[WRONG]


def test_a_table_of_many_dead_rows_needs_attention(database: Database) -> None:
    database.execute(
        "CREATE TABLE dead WITH (autovacuum_enabled = off) AS SELECT generate_series(1, 20000)",
        "DELETE FROM dead",
        "SELECT pg_stat_force_next_flush()",
        "ANALYZE dead",
    )
    assert " Table dead has 0 rows and 20000 dead ones" in status(database)[WRONG]


def test_it_says_where_the_server_does_not_count_statements(database: Database) -> None:
    (loaded,) = database.execute("SELECT current_setting('pg_stat_statements.max', true)")
    assert loaded[0] is None, "the tests' Postgres does not load it"
    assert "has not loaded pg_stat_statements" in status(database)["What took the most time"]


def test_behind_the_proxy_the_server_is_given_all_that_it_is_given_without() -> None:
    """One `command` takes the place of the other."""
    options, more = (
        services(path)["db"]["command"] for path in ("docker-compose.yml", "web/deploy/compose.yml")
    )
    assert "shared_preload_libraries=pg_stat_statements" in options
    assert more.startswith(f"{options} -c ")
