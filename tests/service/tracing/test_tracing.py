"""Traces, as a receiver of OpenTelemetry's gets them from Gunicorn."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from .. import gunicorn
from ..front.client import exchange, get
from ..postgres import Database
from .receiver import Receiver, receiving, values

CLOSE = "Connection: close"


@pytest.fixture
def receiver() -> Generator[Receiver]:
    with receiving() as receiver:
        yield receiver


def traced(database: Database, receiver: Receiver, **settings: str) -> dict[str, str]:
    given = {"OTEL_SERVICE_NAME": "shop", "OTEL_BSP_SCHEDULE_DELAY": "100"} | settings
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
    return gunicorn.environ(database, LOG_FORMAT="json", **endpoint, **given, **gunicorn.MEASURED)


def test_a_trace_has_the_request_the_wait_for_a_connection_and_the_statement(
    database: Database, receiver: Receiver, tmp_path: Path
) -> None:
    with gunicorn.running(traced(database, receiver), tmp_path) as web:
        assert b"Amy" in exchange(web.url, get("/", "X-Request-ID: first", CLOSE))
        exchange(web.url, get("/livez", "X-Request-ID: health", CLOSE))
        exchange(web.url, get("/", "X-Request-ID: second", CLOSE))
        request, wait, statement = receiver.trace("first")
        assert len(receiver.trace("second")) == 3
    assert request.name == "GET /"
    assert wait.name == "connect"
    assert statement.name.startswith("SELECT")
    assert values(statement)["db.statement"].startswith("SELECT persons.name")
    assert {wait.parent_span_id, statement.parent_span_id} == {request.span_id}
    assert receiver.services == {"shop"}
    assert not [one for one in receiver.spans if values(one).get("request_id") == "health"]


def test_each_statement_has_the_id_of_its_request_as_a_comment(
    database: Database, receiver: Receiver, tmp_path: Path
) -> None:
    database.execute(
        "CREATE VIEW asked AS SELECT 1 AS id, current_query() AS sql",
        f"GRANT SELECT ON asked TO {database.web.username}",
    )
    # Those that are not traced, too.
    settings = {"API_SCHEMAS": "public", "OTEL_TRACES_SAMPLER": "always_off"}
    with gunicorn.running(traced(database, receiver, **settings), tmp_path) as web:
        for name in ("first", "second", "third"):
            answer = exchange(web.url, get("/api/asked", f"X-Request-ID: {name}", CLOSE))
            assert f"\"/*request_id='{name}'*/ SET LOCAL".encode() in answer
    assert receiver.spans == []


def test_a_line_of_the_log_has_the_ids_of_the_trace(
    database: Database, receiver: Receiver, tmp_path: Path
) -> None:
    away = {"DATABASE_URL": "postgresql://web:pw@127.0.0.1:1/retort"}
    with gunicorn.running(traced(database, receiver, **away), tmp_path) as web:
        assert b" 503 " in exchange(web.url, get("/", "X-Request-ID: first", CLOSE))
        request, *_ = receiver.trace("first")
    (line,) = (line for line in web.lines() if line["message"].startswith("database: "))
    assert line["request_id"] == "first"
    assert line["trace_id"] == request.trace_id.hex()
    assert len(line["span_id"]) == 16


def test_a_receiver_that_is_away_holds_up_nobody(
    database: Database, receiver: Receiver, tmp_path: Path
) -> None:
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    with gunicorn.running(traced(database, receiver) | away, tmp_path) as web:
        for _ in range(5):
            assert b"Amy" in exchange(web.url, get("/", CLOSE))


def test_without_an_endpoint_nothing_is_imported() -> None:
    code = (
        "import sys, retort; retort.create_app();"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    environ = gunicorn.environment(
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing", OTEL_EXPORTER_OTLP_ENDPOINT=""
    )
    subprocess.run([sys.executable, "-c", code], env=environ, check=True)


def test_an_endpoint_without_the_packages_ends_the_start_with_a_line(tmp_path: Path) -> None:
    # As where they are not installed.
    (tmp_path / "opentelemetry.py").write_text("raise ImportError")
    environ = gunicorn.environment(
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
        PYTHONPATH=f"{tmp_path}:{gunicorn.ROOT / 'web'}",
    )
    code = "import retort; retort.create_app()"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (
        1,
        "OTEL_EXPORTER_OTLP_ENDPOINT: OpenTelemetry is not installed; build the image with "
        "TRACING=1, or install web/retort/tracing/requirements.txt\n",
    )
