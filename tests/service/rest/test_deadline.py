"""However long its statements take, a request of the API comes to its end, and so do they."""

import time
from pathlib import Path

import pytest

from ..postgres import Database
from ..proxy import SECONDS, ask, served


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
            "AND query LIKE '%slow%' AND pid <> pg_backend_pid()"
        )
        assert running == 0


def test_a_batch_ends_as_one_request(database: Database, tmp_path: Path, slow: str) -> None:
    item = f'{{"path": "{slow.removeprefix("/api")}?limit=1"}}'
    with served(database, tmp_path, API_SCHEMAS="public") as (web, _):
        status, _, seconds = ask(web, "POST", "/api/", f"[{', '.join([item] * 50)}]")
    assert (status, seconds < SECONDS + 0.5) == (503, True)
