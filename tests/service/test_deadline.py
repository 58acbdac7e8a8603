"""However long Postgres takes, a request comes to its end, and so does what it began."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine

from . import gunicorn
from .postgres import Database
from .proxy import Proxy, proxy

SECONDS = 2  # that a request may take here


@pytest.fixture
def way(database: Database) -> Generator[Proxy]:
    with proxy(database.web) as way:
        yield way


@contextmanager
def serving(
    database: Database, way: Proxy, folder: Path, **settings: str
) -> Generator[gunicorn.Web]:
    url = way.url.render_as_string(hide_password=False)
    given = gunicorn.environ(
        database, DATABASE_URL=url, REQUEST_SECONDS=str(SECONDS), **gunicorn.MEASURED, **settings
    )
    with gunicorn.running(given, folder) as web:
        yield web


def ask(web: gunicorn.Web, method: str, path: str, body: str | None = None) -> tuple[int, float]:
    """The status of the answer, and after how many seconds it was there."""
    connection = HTTPConnection(web.url.removeprefix("http://"), timeout=30)
    began = time.monotonic()
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return response.status, time.monotonic() - began
    finally:
        connection.close()


PATHS = ["/", "/api/persons", "/tables/persons", "/readyz"]


@pytest.fixture
def web(database: Database, way: Proxy, tmp_path: Path) -> Generator[gunicorn.Web]:
    with serving(database, way, tmp_path, THREADS="8", LOG_FORMAT="json") as web:
        yield web


def test_a_silent_server_holds_up_no_request_for_longer(web: gunicorn.Web, way: Proxy) -> None:
    def ask_everything() -> list[tuple[int, float]]:
        return list(pool.map(partial(ask, web, "GET"), PATHS * 5))

    with ThreadPoolExecutor(20) as pool:
        assert {status for status, _ in ask_everything()} == {200}
        way.fall_silent()
        found = ask_everything()
        assert {status for status, _ in found} == {503}
        assert max(seconds for _, seconds in found) < SECONDS + 0.5
        way.speak()
        time.sleep(0.5)
        assert {status for status, _ in ask_everything()} == {200}
    assert "Traceback" not in web.log.read_text()


def test_a_read_says_why_in_its_own_form(web: gunicorn.Web, way: Proxy) -> None:
    ask(web, "GET", "/api/persons")
    way.fall_silent()
    connection = HTTPConnection(web.url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/api/persons")
    response = connection.getresponse()
    assert b'"PGRST001"' in response.read()
    assert response.headers["Retry-After"] == "5"
    connection.close()


def test_a_statement_ends_with_its_request(database: Database, way: Proxy, tmp_path: Path) -> None:
    """Its connection is shut, and Postgres looks every second whether its client is still there."""
    database.execute(
        "CREATE VIEW public.slow AS SELECT 1 AS id, pg_sleep(4)::text AS slept",
        f"GRANT SELECT ON slow TO {database.web.username}",
    )
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%slow%' AND state = 'active'"
    with serving(database, way, tmp_path, API_SCHEMAS="public") as web:
        status, seconds = ask(web, "GET", "/api/slow")
        assert (status, seconds < SECONDS + 0.5) == (503, True)
        way.close()
        time.sleep(1.2)
        ((found,),) = database.execute(f"{running} AND pid <> pg_backend_pid()")
        assert found == 0


def test_a_batch_ends_as_one_request(database: Database, way: Proxy, tmp_path: Path) -> None:
    database.execute(
        "CREATE VIEW public.slow AS SELECT 1 AS id, pg_sleep(0.3)::text AS slept",
        f"GRANT SELECT ON slow TO {database.web.username}",
    )
    batch = "[" + ", ".join(['{"path": "/slow"}'] * 50) + "]"
    with serving(database, way, tmp_path, API_SCHEMAS="public") as web:
        assert ask(web, "POST", "/api/", batch)[0] == 503
        status, seconds = ask(web, "POST", "/api/", batch)
    assert (status, seconds < SECONDS + 0.5) == (503, True)


def test_writes_that_wait_for_a_lock_leave_threads_to_reads(
    database: Database, way: Proxy, tmp_path: Path
) -> None:
    owner = create_engine(database.owner, poolclass=NullPool)
    with serving(database, way, tmp_path, THREADS="8") as web, owner.begin() as holder:
        holder.exec_driver_sql("LOCK login_attempts")
        log_in = ("POST", "/api/login", '{"email": "a@b", "password": "wrong"}')
        with ThreadPoolExecutor(30) as pool:
            waiting = [pool.submit(ask, web, *log_in) for _ in range(30)]
            time.sleep(0.3)
            waits = [ask(web, "GET", "/") for _ in range(10)]
            assert {one.result()[0] for one in waiting} == {503}
    assert [status for status, _ in waits] == [200] * 10
    assert max(seconds for _, seconds in waits) < 0.3
