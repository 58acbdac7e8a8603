"""`Accept: application/x-ndjson`: a million rows leave in the memory that a few take."""

import json
import socket
import time
from collections.abc import Generator
from contextlib import ExitStack
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort import Settings
from retort.auth.tokens import tokens

from .. import gunicorn
from ..postgres import Database

NDJSON = {"Accept": "application/x-ndjson"}
MANY = 1_000_000
STREAMS = 2  # that the one worker has room for

VIEWS = (
    "CREATE VIEW numbers AS SELECT id, 'number ' || id AS name, NULL AS nothing "
    f"FROM (SELECT generate_series(1, {MANY}) AS id) ids",
    "CREATE VIEW broken AS SELECT id, 1 / (id - 1) AS share FROM numbers",
    "CREATE VIEW broken_later AS SELECT id, 1 / (id - 5000) AS share FROM numbers",
    "CREATE VIEW limits AS SELECT current_setting('transaction_timeout', true) AS transaction",
    f"CREATE VIEW fat AS SELECT id, repeat('x', {MANY}) AS text FROM numbers LIMIT 20",
    "CREATE VIEW long_json AS "
    r"""SELECT id, E'{\n"a":\r\n[1]}'::json AS value FROM numbers LIMIT 2""",
    "GRANT SELECT ON numbers, long_json, fat, broken, broken_later, limits TO PUBLIC",
)


@pytest.fixture
def settings(settings: Settings, database: Database) -> Settings:
    database.execute(*VIEWS)
    return settings.model_copy(update={"api_schemas": ["public"]})


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Generator[gunicorn.Web]:
    database.execute(*VIEWS)
    environ = gunicorn.environ(database, API_SCHEMAS="public", THREADS=str(4 * STREAMS))
    with gunicorn.running(environ, tmp_path) as web:
        yield web


def address(web: gunicorn.Web) -> tuple[str, int]:
    host, port = web.url.removeprefix("http://").split(":")
    return host, int(port)


def count_lines(web: gunicorn.Web, path: str) -> int:
    """Read the whole stream, and keep none of it."""
    connection = HTTPConnection(*address(web))
    connection.request("GET", path, headers=NDJSON)
    response = connection.getresponse()
    assert response.status == 200
    lines, last = 0, b""
    while piece := response.read(1 << 18):
        lines, last = lines + piece.count(b"\n"), piece
    assert last.endswith(b"}\n")
    connection.close()
    return lines


def slow_reader(web: gunicorn.Web) -> socket.socket:
    """Somebody who asked for it all and has read but the beginning."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # the kernel reads no more
    reader.connect(address(web))
    reader.sendall(b"GET /api/numbers HTTP/1.1\r\nHost: a\r\nAccept: application/x-ndjson\r\n\r\n")
    assert reader.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
    return reader


def transactions(database: Database) -> int:
    """How many sessions of the worker's are in one."""
    ((found,),) = database.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'retort' AND xact_start IS NOT NULL"
    )
    return found


def wait_for_no_transaction(database: Database, seconds: float) -> None:
    end = time.monotonic() + seconds
    while transactions(database):
        assert time.monotonic() < end
        time.sleep(0.05)


def kilobytes(process: int, what: str) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells it")
def test_a_million_rows_take_no_memory(web: gunicorn.Web) -> None:
    worker = int(web.wait(r"Booting worker with pid: (\d+)")[1])
    assert count_lines(web, "/api/numbers?limit=5000") == 5000
    Path(f"/proc/{worker}/clear_refs").write_text("5")  # the peak is counted from here
    before = kilobytes(worker, "VmRSS")
    assert count_lines(web, "/api/numbers") == MANY
    assert kilobytes(worker, "VmHWM") - before < 32 * 1024


def test_it_holds_the_fewer_rows_the_larger_they_are(
    client: FlaskClient, statements: list[str]
) -> None:
    for path, rows, most in (("/api/numbers?limit=9000", 9000, 1000), ("/api/fat", 20, 1)):
        statements.clear()
        assert len(client.get(path, headers=NDJSON).text.splitlines()) == rows
        fetched = [int(sent.split()[2]) for sent in statements if sent.startswith("FETCH")]
        assert max(fetched) == most


def test_who_leaves_early_leaves_nothing_behind(web: gunicorn.Web, database: Database) -> None:
    for _ in range(2):
        with ExitStack() as stack:
            for _ in range(STREAMS):
                stack.enter_context(slow_reader(web))
        # Much less than the time after which Postgres itself would end them.
        wait_for_no_transaction(database, 3)
    assert count_lines(web, "/api/numbers?limit=5000") == 5000


def test_who_reads_too_slowly_is_cut_off_and_leaves_nothing_behind(
    web: gunicorn.Web, database: Database
) -> None:
    database.execute(
        f"ALTER ROLE {database.web.username} IN DATABASE {database.owner.database} "
        "SET idle_in_transaction_session_timeout = '1s'"
    )
    with ExitStack() as stack:
        readers = [stack.enter_context(slow_reader(web)) for _ in range(STREAMS)]
        wait_for_no_transaction(database, 10)
        for reader in readers:
            received = b""
            while piece := reader.recv(1 << 16):
                received = (received + piece)[-7:]
            assert received != b"\r\n0\r\n\r\n"  # nobody takes it for the whole
    assert count_lines(web, "/api/numbers?limit=5000") == 5000


def test_an_error_on_the_way_cuts_it_off(web: gunicorn.Web, database: Database) -> None:
    connection = HTTPConnection(*address(web))
    connection.request("GET", "/api/broken_later", headers=NDJSON)
    with pytest.raises(IncompleteRead):
        connection.getresponse().read()
    connection.close()
    wait_for_no_transaction(database, 3)
    (error,) = (line for line in web.lines() if line["level"] != "INFO")
    assert error["message"] == "database: division by zero; a stream ends before its time"
    assert "exc_info" not in error


def test_an_error_in_the_first_row_is_an_answer(client: FlaskClient, database: Database) -> None:
    response = client.get("/api/broken", headers=NDJSON)
    assert response.status_code == 400
    assert response.content_type == "application/json; charset=utf-8"
    assert response.json is not None
    assert response.json["code"] == "22012"
    assert transactions(database) == 0


def test_a_line_is_a_row(client: FlaskClient) -> None:
    response = client.get("/api/numbers?id=gt.41&limit=2", headers=NDJSON)
    assert response.content_type == "application/x-ndjson; charset=utf-8"
    assert response.text == (
        '{"id":42,"name":"number 42","nothing":null}\n{"id":43,"name":"number 43","nothing":null}\n'
    )


def test_a_row_is_one_line_whatever_the_lines_of_its_json(client: FlaskClient) -> None:
    lines = client.get("/api/long_json?order=id", headers=NDJSON).text.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": 1, "value": {"a": [1]}},
        {"id": 2, "value": {"a": [1]}},
    ]


def test_without_nulls(client: FlaskClient) -> None:
    accept = {"Accept": "application/x-ndjson;nulls=stripped"}
    response = client.get("/api/numbers?limit=1", headers=accept)
    assert response.text == '{"id":1,"name":"number 1"}\n'


def test_no_row_is_no_line(client: FlaskClient) -> None:
    response = client.get("/api/numbers?id=eq.0", headers=NDJSON)
    assert (response.status_code, response.data) == (200, b"")


def test_the_maximum_of_rows_is_for_answers_that_are_held_in_memory(client: FlaskClient) -> None:
    response = client.get("/api/numbers?limit=2500", headers=NDJSON)
    assert response.text.count("\n") == 2500


def test_head_leaves_nothing_behind(client: FlaskClient, database: Database) -> None:
    response = client.head("/api/numbers", headers=NDJSON)
    assert (response.status_code, response.data) == (200, b"")
    response.close()
    assert transactions(database) == 0


def test_the_token_decides_which_rows(app: Flask, client: FlaskClient, database: Database) -> None:
    database.execute(
        "INSERT INTO notes (owner, text) SELECT owner, owner || n FROM generate_series(1, 2) n, "
        "unnest(ARRAY['ann', 'bob']) owner"
    )
    headers = NDJSON | {"Authorization": f"Bearer {tokens(app).issue('ann')}"}
    response = client.get("/api/notes?select=text&order=id", headers=headers)
    assert [json.loads(line) for line in response.text.splitlines()] == [
        {"text": "ann1"},
        {"text": "ann2"},
    ]


def test_who_may_not_read_gets_no_stream(client: FlaskClient) -> None:
    response = client.get("/api/notes", headers=NDJSON)
    assert response.status_code == 401
    assert response.json is not None
    assert response.json["code"] == "42501"


def test_it_may_take_longer_than_other_transactions(client: FlaskClient) -> None:
    assert client.get("/api/limits").get_json() == [{"transaction": "10s"}]
    assert json.loads(client.get("/api/limits", headers=NDJSON).text) == {"transaction": "0"}
