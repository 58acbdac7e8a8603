"""What a request may take of a worker: time, threads, and room for bytes."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

import pytest

from ..gunicorn import Web
from .client import Client, exchange, get, post
from .conftest import Serve

CLOSE = "Connection: close"
MEGABYTE = 1024 * 1024

pytestmark = pytest.mark.timed


@pytest.fixture(scope="module")
def web(serve: Serve) -> Web:
    return serve(REQUEST_SECONDS="2", WORKER_BYTES=str(20 * MEGABYTE))


@pytest.fixture(autouse=True)
def idle(web: Web) -> None:
    """No thread is still busy with what the last test left."""
    began = time.monotonic()
    while True:
        asked = time.monotonic()
        with at_once(web, 4, get("/slow?seconds=0.1", CLOSE)) as answers:
            pass
        if time.monotonic() - asked < 0.18 and not any(map(is_refused, answers)):
            return
        assert time.monotonic() - began < 10


@contextmanager
def at_once(web: Web, number: int, request: bytes) -> Generator[list[bytes]]:
    """So many of a request, on connections of their own; at the end, what each got."""
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(exchange(web.url, request)))
        for _ in range(number)
    ]
    for thread in threads:
        thread.start()
    yield answers
    for thread in threads:
        thread.join()


def timed(request: Callable[[], bytes]) -> tuple[bytes, float]:
    began = time.monotonic()
    return request(), time.monotonic() - began


def is_refused(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    return (
        head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        and b"\r\nRetry-After: 1\r\n" in head
        and body == b"503 Service Unavailable: The service is busy. Try again.\n"
    )


# --- Time ----------------------------------------------------------------------------------


def test_a_request_ends_in_its_time_whatever_its_thread_does(web: Web) -> None:
    answer, seconds = timed(lambda: exchange(web.url, get("/slow?seconds=3", CLOSE)))
    assert is_refused(answer)
    assert 1.9 < seconds < 2.4


def test_a_write_that_may_still_be_done_is_told_so(web: Web) -> None:
    answer = exchange(web.url, post("/slow?seconds=2.3", b"", CLOSE))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1" in answer
    assert answer.endswith(b"and may still do this. Look before you try again.\n")


def test_the_connection_is_kept_and_the_request_logged_once(web: Web) -> None:
    web.forget()
    with Client(web.url) as client:
        assert is_refused(b"\r\n\r\n".join(client.send(get("/slow?seconds=2.3")).answer()))
        time.sleep(0.6)  # the thread has come to its end
        assert client.send(get("/slow?seconds=0")).answer()[1] == b"done\n"
    web.wait('"status": 200')
    logged = [(line["path"], line["status"]) for line in web.lines() if "path" in line]
    assert logged == [("/slow?seconds", 503), ("/slow?seconds", 200)]


def test_a_stream_ends_whose_next_piece_does_not_come(web: Web) -> None:
    web.forget()
    answer, seconds = timed(lambda: exchange(web.url, get("/late?seconds=3", CLOSE)))
    assert b"one\n" in answer
    assert not answer.endswith(b"0\r\n\r\n")
    assert seconds < 2.4
    web.wait("its next piece does not come")
    web.wait("the stream is closed")


# --- Threads -------------------------------------------------------------------------------


def test_whoever_would_wait_for_long_is_refused_at_once(web: Web) -> None:
    web.forget()
    with at_once(web, 4, get("/slow?seconds=1.8&mark=long", CLOSE)):
        web.wait("(?s)(begins: long.*){4}")
        time.sleep(1.3)
        answer, seconds = timed(lambda: exchange(web.url, get("/slow?seconds=0", CLOSE)))
    assert is_refused(answer)
    assert seconds < 0.4
    assert exchange(web.url, get("/slow?seconds=0", CLOSE)).endswith(b"done\n")


def test_whoever_has_to_wait_a_little_is_served(web: Web) -> None:
    with at_once(web, 12, get("/slow?seconds=0.3", CLOSE)) as answers:
        pass
    assert [answer[9:12] for answer in answers] == [b"200"] * 12


def test_whoever_waits_as_long_as_a_request_may_is_refused(web: Web) -> None:
    """What is not begun is never done: the client is told that it was not."""
    web.forget()
    with at_once(web, 4, get("/slow?seconds=1.9", CLOSE)):
        time.sleep(0.1)
        with at_once(web, 4, get("/slow?seconds=1.1", CLOSE)):
            time.sleep(0.1)
            late = post("/slow?seconds=0&mark=late", b"", CLOSE)
            answer, seconds = timed(lambda: exchange(web.url, late))
    assert is_refused(answer)
    assert 1.8 < seconds < 2.4
    exchange(web.url, post("/slow?seconds=0&mark=later", b"", CLOSE))
    web.wait("begins: later")
    assert 'begins: late"' not in web.log.read_text()


def test_writes_leave_a_quarter_of_the_threads_to_reads(web: Web) -> None:
    with at_once(web, 10, post("/slow?seconds=1.5", b"", CLOSE)):
        time.sleep(0.3)
        waits = [
            timed(lambda: exchange(web.url, get("/slow?seconds=0", CLOSE)))[1] for _ in range(10)
        ]
    assert max(waits) < 0.3


def test_large_bodies_are_worked_on_a_few_at_a_time(web: Web) -> None:
    body = b"x" * 90_000
    began = time.monotonic()
    with at_once(web, 2, post("/slow?seconds=0.7", body, CLOSE)):
        time.sleep(0.2)
        assert timed(lambda: exchange(web.url, post("/echo", b"x", CLOSE)))[1] < 0.3
        answer = exchange(web.url, post("/echo", body, CLOSE))
        seconds = time.monotonic() - began
    assert answer.endswith(body)
    assert seconds > 1.4  # after those two, one after the other


# --- Room ----------------------------------------------------------------------------------


def test_bodies_that_do_not_come_to_an_end_are_held_up_to_a_limit(web: Web) -> None:
    body = b"x" * 100_000
    with ExitStack() as stack:
        half = post("/echo", body)[:-1]
        waiting = [stack.enter_context(Client(web.url)).send(half) for _ in range(215)]
        assert is_refused(b"\r\n\r\n".join(waiting[-1].answer()))
        assert exchange(web.url, get("/slow?seconds=0", CLOSE)).endswith(b"done\n")
    time.sleep(0.2)
    assert exchange(web.url, post("/echo", body, CLOSE)).endswith(body)


def test_answers_that_nobody_takes_are_held_up_to_a_limit(web: Web) -> None:
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(Client(web.url, holds=4096)).send(get("/large"))
        time.sleep(0.5)
        assert is_refused(exchange(web.url, get("/large", CLOSE)))
        assert exchange(web.url, get("/slow?seconds=0", CLOSE)).endswith(b"done\n")
    time.sleep(0.5)
    assert len(exchange(web.url, get("/large", CLOSE))) > 8_000_000


def test_what_comes_too_late_is_not_held(web: Web) -> None:
    with at_once(web, 3, get("/slow?seconds=2.2&more=8000000", CLOSE)) as answers:
        pass
    assert all(map(is_refused, answers))
    time.sleep(0.7)  # it has come, and nobody wants it
    assert len(exchange(web.url, get("/large", CLOSE))) > 8_000_000


def test_a_burst_after_a_pause_is_served(web: Web) -> None:
    time.sleep(1.2)
    with at_once(web, 16, get("/slow?seconds=0.01", CLOSE)) as answers:
        pass
    assert [answer[9:12] for answer in answers] == [b"200"] * 16


def test_requests_that_wait_for_something_run_beside_one_another(web: Web) -> None:
    began = time.monotonic()
    with at_once(web, 4, get("/slow?seconds=0.5", CLOSE)):
        pass
    assert time.monotonic() - began < 0.8
