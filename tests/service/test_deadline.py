"""However long Postgres takes, a request comes to its end."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from .postgres import Database
from .proxy import SECONDS, ask, served

pytestmark = pytest.mark.timed


def test_a_silent_server_holds_up_no_request_for_longer(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as (web, way), ThreadPoolExecutor(20) as pool:

        def ask_all() -> list[tuple[int, bytes, float]]:
            return list(pool.map(partial(ask, web, "GET"), ["/", "/", "/", "/readyz"] * 5))

        assert {status for status, _, _ in ask_all()} == {200}
        way.fall_silent()
        answers = ask_all()
        assert {status for status, _, _ in answers} == {503}
        assert max(seconds for _, _, seconds in answers) < SECONDS + 0.5
        assert any(b"no answer within 1 s" in body for _, body, _ in answers)
        way.speak()
        time.sleep(0.5)
        assert {status for status, _, _ in ask_all()} == {200}
        assert "Traceback" not in web.log.read_text()


def test_it_says_why_in_its_own_form(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as (web, way):
        ask(web, "GET", "/")
        way.fall_silent()
        status, body, _ = ask(web, "GET", "/")
    assert (status, body.partition(b":")[0]) == (503, b"503 Service Unavailable")


def test_after_a_frozen_server_the_next_is_found_at_once(
    database: Database, tmp_path: Path
) -> None:
    """No connection of the pool is tried that was made before the one that was in vain."""
    with served(database, tmp_path) as (web, way), ThreadPoolExecutor(6) as pool:
        way.fall_silent()
        waiting = [pool.submit(ask, web, "GET", "/") for _ in range(6)]
        time.sleep(0.3)  # by now each has a connection of its own
        way.speak()
        assert [one.result()[0] for one in waiting] == [200] * 6
        way.freeze()
        assert ask(web, "GET", "/readyz")[0] == 503
        time.sleep(0.2)  # its thread, which is not waited for, lets the other connections go
        began = time.monotonic()
        answers = pool.map(partial(ask, web, "GET"), ["/"] * 12 + ["/readyz"])
        assert {status for status, _, _ in answers} == {200}
        assert time.monotonic() - began < 1
