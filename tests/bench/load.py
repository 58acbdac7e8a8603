"""Clients that keep their connections, each with one request under way at any time.

They write and read bytes and look at no more of an answer than its status and its end, so
that they take little of the processors that they share with the server.
"""

import selectors
import socket
import time
from multiprocessing import get_context
from multiprocessing.pool import Pool

PROCESSES = 2
CONNECTIONS = 8  # of each process


def clients() -> Pool:
    """The processes that `rate` needs."""
    # Started afresh: a fork would have whatever this process has open.
    return get_context("spawn").Pool(PROCESSES)


def rate(pool: Pool, host: str, port: int, path: str, seconds: float) -> float:
    """Requests a second that `path` is answered with 200."""
    answered = pool.starmap(_count, [(host, port, path, seconds)] * PROCESSES, chunksize=1)
    return sum(answered) / seconds


def _count(host: str, port: int, path: str, seconds: float) -> int:
    """How many answers come within so many seconds. Raises AssertionError at one that is
    no 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\r\n".encode()
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection((host, port))
            connection.sendall(request)
            selector.register(connection, selectors.EVENT_READ, bytearray())
        answered, end = 0, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                connection, received = key.fileobj, key.data
                assert isinstance(connection, socket.socket)
                received += connection.recv(1 << 18)
                if _is_whole(received):
                    received.clear()
                    connection.sendall(request)
                    answered += 1
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
    return answered


def _is_whole(received: bytearray) -> bool:
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return False
    assert received.startswith(b"HTTP/1.1 200 "), received[:200]
    _, _, length = received[:head].lower().partition(b"\r\ncontent-length:")
    return len(received) >= head + 4 + int(length.partition(b"\r\n")[0])
