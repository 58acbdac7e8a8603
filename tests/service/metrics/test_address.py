"""The metrics' address: where it is, and who may hold it up."""

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from .. import gunicorn
from ..front.client import Client
from ..postgres import Database
from .served import served


def test_without_an_address_nothing_is_counted_or_imported() -> None:
    code = (
        "import sys, retort; retort.create_app(); from retort import hooks;"
        "assert 'prometheus_client' not in sys.modules;"
        "assert not (hooks.answered or hooks.refused or hooks.sent or hooks.failed or hooks.waited)"
    )
    environ = gunicorn.environment(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    subprocess.run([sys.executable, "-c", code], env=environ, check=True)


@pytest.mark.parametrize("address", ["9000", "0.0.0.0", "0.0.0.0:70000", "::1:9000", ":9000"])
def test_a_wrong_address_ends_the_start_with_a_line(tmp_path: Path, address: str) -> None:
    environ = gunicorn.environment(DATABASE_URL="postgresql:///nothing", METRICS_BIND=address)
    process = gunicorn.start(environ, log := tmp_path / "log")
    assert process.wait() == 1
    assert log.read_text() == (
        "METRICS_BIND: must be an address like 0.0.0.0:9000; unset for no metrics "
        "(it needs a host and a port)\n"
    )


def test_an_address_that_is_taken_ends_the_start_with_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        environ = gunicorn.environment(
            DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
            METRICS_BIND=address,
            LOG_LEVEL="error",
            TMPDIR=str(tmp_path),
        )
        process = gunicorn.start(environ, log := tmp_path / "log")
        assert process.wait() == 1
    assert log.read_text() == (
        f"METRICS_BIND: cannot listen on {address} (Address already in use)\n"
    )
    assert list(tmp_path.glob("retort-metrics-*")) == []


def test_whoever_reads_slowly_holds_up_nobody(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as web, ExitStack() as stack:
        address = web.metrics.removesuffix("/metrics")
        slow = [stack.enter_context(Client(address)) for _ in range(20)]
        for client in slow:
            client.send(b"GET /metrics HTTP/1.1\r\n")
        assert web.number("requests_total") == 0
        # Those that were too many are gone.
        assert slow[0].everything() == b""
        assert "Traceback" not in web.web.log.read_text()
