"""Clients that are slow, stop or never begin: they end, and nobody else notices them.

Here a client has one second, where it is ten by default, and needs 1 KB of each.
"""

import re
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack

import pytest

from ..gunicorn import Web
from .client import Client, exchange, get, post
from .conftest import Serve

CLOSE = "Connection: close"
HALF_HEAD = b"GET /livez HTTP/1.1\r\nHost: a\r\nX-"
SECOND_HEAD = get("/livez") + HALF_HEAD
HALF_BODY = get("/echo", "Content-Length: 90000", method="POST") + b"{"
HALF_CHUNKS = get("/echo", "Transfer-Encoding: chunked", method="POST") + b"ffff\r\n{"

# What each sends at first, and then again and again; whether it reads.
KINDS: dict[str, tuple[bytes, bytes, bool]] = {
    "idle": (b"", b"", True),
    "half a head": (HALF_HEAD, b"", True),
    "a head, byte for byte": (HALF_HEAD, b"a", True),
    "half a body": (HALF_BODY, b"", True),
    "a body, byte for byte": (HALF_BODY, b"a", True),
    "half of its chunks": (HALF_CHUNKS, b"", True),
    "chunks, byte for byte": (HALF_CHUNKS, b"a", True),
    "half a second head": (SECOND_HEAD, b"a", True),
    "no look at a large answer": (get("/large", CLOSE), b"", False),
    "no look at a stream": (get("/stream?lines=1000000&more=10000", CLOSE), b"", False),
}
NUMBER = 500
READERS = 50  # of 8 MB each, which are all there at once
SECONDS = 15  # in which each has come to its end


pytestmark = pytest.mark.timed


@pytest.fixture(scope="module")
def web(serve: Serve) -> Web:
    return serve(CLIENT_SECONDS="1", THREADS="4")


@pytest.fixture(params=KINDS)
def attack(web: Web, request: pytest.FixtureRequest) -> Generator[Callable[[], list[bool]]]:
    """Clients of one kind; gives what tells of each whether the server ended its connection."""
    first, again, reads = KINDS[request.param]
    with ExitStack() as stack:
        clients = [
            stack.enter_context(Client(web.url, holds=4096))
            for _ in range(NUMBER if reads else READERS)
        ]
        for client in clients:
            client.send(first)
        for client in clients:
            if first is SECOND_HEAD:
                client.answer()  # to the first, which is none of an attack
            client.socket.setblocking(False)

        sent = time.monotonic()

        def ended() -> list[bool]:
            nonlocal sent
            # More often would be no slower, and only cost this process and the server's.
            sends = time.monotonic() > sent + 0.1
            sent = time.monotonic() if sends else sent
            return [_is_ended(client, again if sends else b"", reads) for client in clients]

        yield ended


def _is_ended(client: Client, again: bytes, reads: bool) -> bool:
    try:
        if again:
            client.socket.send(again)
        if not reads:
            # Looks whether there is an end without taking anything.
            return client.socket.getsockopt(6, 11, 1)[0] not in (1, 4)  # TCP_INFO: established
        return client.socket.recv(1 << 16) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_they_end_and_nobody_notices(web: Web, attack: Callable[[], list[bool]]) -> None:
    began, waits = time.monotonic(), list[float]()
    are_ended = attack()
    while not all(are_ended):
        assert time.monotonic() - began < SECONDS, f"{are_ended.count(False)} are left"
        asked = time.monotonic()
        assert exchange(web.url, get("/slow?seconds=0", CLOSE))[9:12] == b"200"
        waits.append(time.monotonic() - asked)
        are_ended = [was or ends for was, ends in zip(are_ended, attack(), strict=True)]
    assert max(waits) < 1
    assert len(waits) > 10


def test_a_body_that_is_too_slow_is_told(web: Web) -> None:
    with Client(web.url) as client:
        assert client.send(HALF_BODY).answer()[0].startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    web.wait("a request was refused with 408")


def test_a_body_at_the_least_pace_is_taken(web: Web) -> None:
    body = b"x" * 6000
    head = post("/echo", body, CLOSE).removesuffix(body)
    with Client(web.url) as client:
        client.send(head)
        for at in range(0, 6000, 500):
            client.send(body[at : at + 500])
            time.sleep(0.25)
        assert client.everything().endswith(body)


def test_a_reader_at_the_least_pace_gets_all(web: Web) -> None:
    with Client(web.url) as client:
        client.send(get("/stream?lines=3000&more=10000", CLOSE))
        received = 0
        while part := client.socket.recv(2_000_000):
            received += len(part)
            time.sleep(0.2)
    assert received > 30_000_000


def test_threads_that_are_all_taken_keep_nobody_from_health_checks(web: Web) -> None:
    request = get("/slow?seconds=2", CLOSE)
    slow = [threading.Thread(target=exchange, args=(web.url, request)) for _ in range(4)]
    for thread in slow:
        thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    assert exchange(web.url, get("/livez", CLOSE)).endswith(b"ok\n")
    assert time.monotonic() - began < 1
    for thread in slow:
        thread.join()


def test_more_connections_than_are_allowed_end_the_idle_ones(serve: Serve) -> None:
    web = serve(GUNICORN_CMD_ARGS="--worker-connections 20")
    with ExitStack() as stack:
        idle = [stack.enter_context(Client(web.url)) for _ in range(30)]
        time.sleep(0.2)
        assert exchange(web.url, get("/livez", CLOSE)).endswith(b"ok\n")
        assert [client.everything() for client in idle[:10]] == [b""] * 10
        head, _ = idle[29].send(get("/livez")).answer()
        assert re.match(rb"HTTP/1.1 200 ", head)
