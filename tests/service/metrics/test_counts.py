"""What the metrics say is what has happened, whichever worker it was."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from .. import gunicorn
from ..front.client import exchange, get, post
from ..postgres import Database
from .served import served

CLOSE = "Connection: close"
SLOW = "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(3)::text AS slept"


def ask(url: str, times: int = 1) -> None:
    for _ in range(times):
        with urlopen(url) as response:
            response.read()


def owners(folder: Path) -> set[str]:
    """Whose files the counts are in. A new worker goes on with those of the one it replaces."""
    return {path.stem.split("_")[-1] for path in folder.glob("retort-metrics-*/*")}


def test_requests_are_counted_by_route_method_and_status(
    database: Database, tmp_path: Path
) -> None:
    with served(database, tmp_path) as web:
        ask(web.url, 20)
        ask(f"{web.url}/api/persons/1")
        ask(f"{web.url}/api/persons/2")
        exchange(web.url, get("/no/such/path", CLOSE))
        exchange(web.url, get("/another", CLOSE))
        exchange(web.url, get("/", CLOSE, method="BREW"))
        exchange(web.url, b"what is no HTTP\r\n\r\n")
        exchange(web.url, post("/", b"x" * 1000, CLOSE))
        assert web.comes_to("requests_total", 27)
        found = web.numbers("requests_total")
        assert found == {
            ("GET", "/", "200"): 20,
            ("GET", "/api/<table>/<key:key>", "200"): 2,
            ("GET", "other", "404"): 2,
            ("other", "other", "405"): 1,
            ("other", "other", "400"): 1,
            ("POST", "other", "405"): 1,
        }
        assert web.numbers("request_duration_seconds_count")[("/",)] == 20
        assert 0 < web.numbers("request_duration_seconds_sum")[("/",)] < 20
        assert web.number("request_bytes_total") == 1000
        assert web.number("response_bytes_total") > 20 * len(b"Hello, Amy!\n")


def test_a_killed_worker_takes_none_of_its_counts_with_it(
    database: Database, tmp_path: Path
) -> None:
    with served(database, tmp_path) as web:
        ask(web.url, 20)
        assert web.comes_to("requests_total", 20)
        assert web.comes_to("pool_size", 16)
        assert owners(tmp_path) == {"1", "2", "arbiter"}
        for killed in map(int, re.findall(r"pid: (\d+)", web.web.log.read_text())):
            os.kill(killed, signal.SIGKILL)
        web.web.wait("(?s)(Booting worker.*){4}")
        assert web.number("requests_total") == 20
        ask(web.url, 20)
        assert web.comes_to("requests_total", 40)
        assert web.comes_to("pool_size", 16)
        assert owners(tmp_path) == {"1", "2", "arbiter"}
        web.web.process.send_signal(signal.SIGHUP)
        web.web.wait("(?s)(Booting worker.*){6}")
        ask(web.url, 20)
        assert web.comes_to("requests_total", 60)
        assert web.comes_to("pool_size", 16)
        # Four for a moment, since the new workers start before the old ones have ended.
        assert owners(tmp_path) <= {"1", "2", "3", "4", "arbiter"}
    assert list(tmp_path.glob("retort-metrics-*")) == []


def test_a_worker_that_only_begins_is_no_error(database: Database, tmp_path: Path) -> None:
    """It makes a file, and fills it a moment later."""
    with served(database, tmp_path) as web:
        ask(web.url)
        (folder,) = tmp_path.glob("retort-metrics-*")
        (folder / "counter_3.db").touch()
        assert web.comes_to("requests_total", 1)


def test_whoever_sees_a_request_sees_what_it_did() -> None:
    command = [sys.executable, "-m", "tests.service.metrics.between"]
    environ = gunicorn.environment()
    seen = json.loads(subprocess.check_output(command, env=environ, cwd=gunicorn.ROOT))
    for requests, *others in seen:
        assert requests <= min(others), seen
    assert seen[-1] == [30] * 4


def test_what_postgres_is_asked_is_counted(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path, WORKERS="1", API_SCHEMAS="public") as web:
        ask(web.url)
        assert web.comes_to("statements_total", 1)
        assert web.number("round_trips_total") == 1
        ask(web.url, 10)
        assert web.comes_to("statements_total", 11)
        assert web.number("round_trips_total") == 11
        assert web.numbers("database_errors_total") == {}

        exchange(web.url, get("/api/persons?id=eq.x", CLOSE))
        assert web.comes_to("database_errors_total", 1)
        assert web.numbers("database_errors_total") == {("22",): 1}


def test_a_transaction_takes_two_round_trips_more_than_its_statements(
    database: Database, tmp_path: Path
) -> None:
    with served(database, tmp_path, WORKERS="1") as web:
        command = [sys.executable, "-m", "flask", "--app", "retort", "token"]
        environ = gunicorn.environ(database)
        token = subprocess.check_output(command, env=environ, text=True).split()[-1]
        before = web.number("round_trips_total") - web.number("statements_total")
        headers = (
            "Content-Type: application/json",
            f"Authorization: Bearer {token}",
            "Prefer: tx=rollback",
            CLOSE,
        )
        body = b'{"name": "Zoe", "email": "zoe@example.com"}'
        assert b" 201 " in exchange(web.url, post("/api/persons", body, *headers))
        assert web.comes_to("requests_total", 1)
        after = web.number("round_trips_total") - web.number("statements_total")
        assert (before, after) == (0, 2)  # BEGIN and ROLLBACK


def test_a_database_that_is_away_is_counted(database: Database, tmp_path: Path) -> None:
    away = "postgresql://web:pw@127.0.0.1:1/retort"
    with served(database, tmp_path, DATABASE_URL=away) as web:
        exchange(web.url, get("/", CLOSE))
        assert web.comes_to("database_errors_total", 1)
        assert web.numbers("database_errors_total") == {("connection",): 1}
        assert web.comes_to("requests_total", 1)
        assert web.numbers("requests_total") == {("GET", "/", "503"): 1}
        assert web.number("requests_shed_total") == 0


@pytest.mark.timed
def test_what_is_under_way_is_told_and_what_is_shed(database: Database, tmp_path: Path) -> None:
    database.execute(SLOW, f"GRANT SELECT ON slow TO {database.web.username}")
    settings = {"API_SCHEMAS": "public", "WORKERS": "1", "THREADS": "2"}
    with served(database, tmp_path, **settings) as web:
        asked = [
            threading.Thread(target=exchange, args=(web.url, get("/api/slow", CLOSE)))
            for _ in range(2)
        ]
        for thread in asked:
            thread.start()
        assert web.comes_to("requests_in_flight", 2)
        assert web.comes_to("pool_in_use", 2)
        assert web.comes_to("pool_waiting", 0)
        time.sleep(1.2)  # until nobody may wait for a thread
        assert b" 503 " in exchange(web.url, get("/", CLOSE))
        assert web.comes_to("requests_shed_total", 1)
        for thread in asked:
            thread.join()
        assert web.comes_to("requests_in_flight", 0)
        assert web.comes_to("pool_in_use", 0)
        assert web.comes_to("requests_total", 3)
        assert web.numbers("requests_total") == {
            ("GET", "/api/<table>", "200"): 2,
            ("GET", "other", "503"): 1,
        }
