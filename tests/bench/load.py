"""Clients that keep their connections, if the server does, each with one request under way at any
time.

They write and read bytes and look at no more of an answer than its status and its end, so
that they take little of the processors that they share with the server.
"""

import secrets
import selectors
import socket
import time
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult, Pool
from typing import NamedTuple

PROCESSES = 2
CONNECTIONS = 8  # of each process
UNIQUE = "0" * 16  # in a body: another text each time


class Asked(NamedTuple):
    """A request, that is sent again and again."""

    path: str
    headers: dict[str, str]
    body: str = ""

    def encoded(self, host: str) -> bytes:
        headers = {"Host": host, **self.headers}
        if self.body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        lines = [f"{'POST' if self.body else 'GET'} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", self.body]).encode()


def clients(processes: int = PROCESSES) -> Pool:
    """The processes that `waits` needs."""
    # Started afresh: a fork would have whatever this process has open.
    return get_context("spawn").Pool(processes)


def waits(pool: Pool, address: str, asked: Asked, seconds: float) -> list[float]:
    """For each answer that comes within so many seconds, how many the client waited for it."""
    found = pool.starmap(_ask, [(address, asked, seconds, CONNECTIONS)] * PROCESSES, chunksize=1)
    return [one for every in found for one in every]


def hold(
    pool: Pool, address: str, asked: Asked, seconds: float, connections: int
) -> AsyncResult[list[float]]:
    """Let other clients ask meanwhile, on so many connections. Their waits come at the end."""
    return pool.apply_async(_ask, (address, asked, seconds, connections))


def _ask(address: str, asked: Asked, seconds: float, connections: int) -> list[float]:
    """Raises AssertionError at an answer that is neither 200 nor 201."""
    request, found = asked.encoded(address), list[float]()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            _connect(selector, address, request)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                connection: socket.socket = key.fileobj  # type: ignore[assignment]
                answer: _Answer = key.data
                part = connection.recv(1 << 18)
                assert part, "the server has closed the connection"
                answer.received += part
                if not answer.is_whole:
                    continue
                found.append(time.monotonic() - answer.asked)
                if answer.is_last:
                    selector.unregister(connection)
                    connection.close()
                    _connect(selector, address, request)
                else:
                    selector.modify(connection, selectors.EVENT_READ, _send(connection, request))
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
    return found


def _connect(selector: selectors.DefaultSelector, address: str, request: bytes) -> None:
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)))
    selector.register(connection, selectors.EVENT_READ, _send(connection, request))


def _send(connection: socket.socket, request: bytes) -> "_Answer":
    asked = time.monotonic()
    connection.sendall(request.replace(UNIQUE.encode(), secrets.token_hex(8).encode()))
    return _Answer(asked)


class _Answer:
    """What came of an answer until now."""

    def __init__(self, asked: float) -> None:
        self.asked, self.received = asked, bytearray()

    @property
    def is_whole(self) -> bool:
        head = self.received.find(b"\r\n\r\n")
        if head < 0:
            return False
        assert self.received.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ")), self.received[:200]
        _, _, length = self.received[:head].lower().partition(b"\r\ncontent-length:")
        return len(self.received) >= head + 4 + int(length.partition(b"\r\n")[0])

    @property
    def is_last(self) -> bool:
        """Whether the server ends the connection after it."""
        return b"\r\nconnection: close\r\n" in self.received.lower()
