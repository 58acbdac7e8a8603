"""`DATABASE_URL` names several hosts: whichever has the primary is found, and found again."""

import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from .gunicorn import environ, running
from .postgres import Database
from .proxy import Proxy, ask

pytestmark = pytest.mark.timed


@pytest.fixture
def ways(database: Database) -> Generator[tuple[Proxy, Proxy]]:
    """To a primary, and to the one that takes its place."""
    with closing(Proxy(database.web)) as one, closing(Proxy(database.web)) as other:
        yield one, other


def url(*ways: Proxy) -> str:
    """The URL that names them all."""
    places = ",".join(f"{way.url.host}:{way.url.port}" for way in ways)
    one = ways[0].url
    return f"postgresql://{one.username}:{one.password}@{places}/{one.database}"


def test_it_is_ready_again_by_itself_after_the_first_host_is_frozen(
    database: Database, tmp_path: Path, ways: tuple[Proxy, Proxy]
) -> None:
    """Although a health check takes less time than to find out that the first does not answer."""
    with running(environ(database, DATABASE_URL=url(*ways)), tmp_path) as web:
        assert ask(web, "GET", "/readyz")[0] == 200
        ways[0].fall_silent()
        for _ in range(2):
            assert ask(web, "GET", "/readyz")[0] == 503
            time.sleep(2.5)
        assert ask(web, "GET", "/readyz")[0] == 200


def test_only_the_first_connection_waits_for_a_host_that_is_frozen(
    database: Database, tmp_path: Path, ways: tuple[Proxy, Proxy]
) -> None:
    ways[0].fall_silent()
    with running(environ(database, DATABASE_URL=url(*ways)), tmp_path) as web:
        assert ask(web, "GET", "/")[0] == 200
        ((ended,),) = database.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert ended == 1
        status, _, seconds = ask(web, "GET", "/")
        assert (status, seconds < 1) == (200, True)


def test_a_server_that_takes_no_writes_is_not_taken_for_the_primary(
    database: Database, tmp_path: Path, ways: tuple[Proxy, Proxy]
) -> None:
    name = database.web.database
    database.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with running(environ(database, DATABASE_URL=url(*ways)), tmp_path) as web:
        assert ask(web, "GET", "/")[0] == 503
        database.execute(
            "SET default_transaction_read_only = off",
            f'ALTER DATABASE "{name}" RESET default_transaction_read_only',
        )
        assert ask(web, "GET", "/")[0] == 200
