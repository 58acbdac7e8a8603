"""A request's end: until then it may wait for Postgres, whatever Postgres does."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any

import psycopg2
from sqlalchemy import Engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeout

DEADLINE = "retort.deadline"

current: ContextVar[Deadline | None] = ContextVar(DEADLINE, default=None)


class Deadline:
    """Knows the connections that are used while it is `current`, so that another thread can `end`
    whatever waits for an answer on them: libpq may wait for ever."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._used: set[Any] = set()
        self.is_over = False

    def end(self) -> None:
        """Shut the connections in use. Whoever asks for another gets PoolTimeout."""
        with self._lock:
            self.is_over = True
            for connection in self._used:
                # Not close(), which waits until the other thread has its answer.
                with (
                    suppress(OSError, psycopg2.InterfaceError),
                    socket.socket(fileno=os.dup(connection.fileno())) as same,
                ):
                    same.shutdown(socket.SHUT_RDWR)

    def takes(self, connection: Any) -> None:
        with self._lock:
            if self.is_over:
                raise PoolTimeout("the request has waited as long as it may")
            self._used.add(connection)

    def gives_back(self, connection: Any) -> None:
        with self._lock:
            self._used.discard(connection)


def is_over() -> bool:
    """Whether the request under way has waited as long as it may."""
    deadline = current.get()
    return deadline is not None and deadline.is_over


def heed(engine: Engine) -> None:
    """Have the engine's connections be shut at the end of the request that uses them."""
    event.listen(engine, "checkout", _taken)
    for name in ("checkin", "invalidate", "close"):
        event.listen(engine, name, _given_back)


def _taken(connection: Any, record: Any, proxy: object) -> None:
    if (deadline := current.get()) is not None:
        record.info[DEADLINE] = deadline
        deadline.takes(connection)


def _given_back(connection: Any, record: Any, *error: object) -> None:
    """Before the connection is anybody else's, or its socket's number is."""
    if (deadline := record.info.pop(DEADLINE, None)) is not None:
        deadline.gives_back(connection)
