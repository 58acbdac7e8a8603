"""However long its statements take, a request of the API comes to its end, and so do they."""

import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from ..postgres import Database
from ..proxy import SECONDS, ask, served

pytestmark = pytest.mark.timed


@pytest.fixture
def slow(database: Database) -> str:
    """The path of a view whose row takes a third of a second."""
    database.execute(
        "CREATE VIEW public.slow AS SELECT n AS id, pg_sleep(0.3)::text AS slept "
        "FROM generate_series(1, 30) AS n",
        f"GRANT SELECT ON slow TO {database.web.username}",
    )
    return "/api/slow"


def test_a_silent_server_is_told_in_the_own_form(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as (web, way):
        ask(web, "GET", "/api/persons")
        way.fall_silent()
        status, body, seconds = ask(web, "GET", "/api/persons")
    assert status == 503
    assert b'"PGRST001"' in body
    assert seconds < SECONDS + 0.5


def test_a_statement_ends_with_its_request(database: Database, tmp_path: Path, slow: str) -> None:
    """Its connection is shut, and Postgres looks every second whether its client is still there."""
    with served(database, tmp_path, API_SCHEMAS="public") as (web, way):
        status, _, seconds = ask(web, "GET", slow)
        assert (status, seconds < SECONDS + 0.5) == (503, True)
        way.close()
        time.sleep(1.5)
        ((running,),) = database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
            "AND datname = current_database() AND query LIKE '%slow%' "
            "AND pid <> pg_backend_pid()"
        )
        assert running == 0


def test_a_batch_ends_as_one_request(database: Database, tmp_path: Path, slow: str) -> None:
    item = f'{{"path": "{slow.removeprefix("/api")}?limit=1"}}'
    with served(database, tmp_path, API_SCHEMAS="public") as (web, _):
        status, _, seconds = ask(web, "POST", "/api/", f"[{', '.join([item] * 50)}]")
    assert (status, seconds < SECONDS + 0.5) == (503, True)


def test_a_pattern_that_takes_for_ever_ends(database: Database, tmp_path: Path) -> None:
    database.execute("UPDATE persons SET name = repeat('x', 100000)")
    with served(database, tmp_path) as (web, _):
        status, _, seconds = ask(web, "GET", f"/api/persons?name=match.{'.*' * 1900}y")
    assert status == 503
    assert seconds < SECONDS + 0.5


def test_a_body_in_chunks_is_taken_whole_or_not_at_all(
    database: Database, tmp_path: Path, member: dict[str, str]
) -> None:
    rows = "".join(f"the project with number {n}\n" for n in range(60_000))
    with served(database, tmp_path) as (web, _):
        connection = HTTPConnection(web.url.removeprefix("http://"), timeout=30)
        headers = member | {"Content-Type": "text/csv"}
        body = (part.encode() for part in ("name\n", rows[:1_000_000], rows[1_000_000:]))
        connection.request("POST", "/api/projects", body, headers, encode_chunked=True)
        assert connection.getresponse().status == 413
        connection.close()
    assert database.execute("SELECT count(*) FROM projects WHERE name LIKE 'the project %'") == [
        (0,)
    ]
