"""Counts what happens in a worker.

A request only leaves a note. A thread adds the notes up, a few times a second, since each number of
Prometheus' that is shared between processes takes, measured, a hundredth of a small request.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from itertools import count
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, cast

import psycopg2
from flask import Flask, request
from sqlalchemy import Connection, Engine, ExceptionContext, event

from .. import hooks
from ..database import db
from . import meters
from .meters import BUCKETS, OTHER

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ROUTE = "retort.route"  # in a request's environment
EVERY = 0.2  # seconds


# What is noted of a request: its route, method and status, its seconds, the bytes of its body and
# of the answer's, and whether it was shed.
Note = tuple[str, str, int, float, int, int, bool]


class Tally:
    """Counts, with nothing that another thread could interrupt."""

    def __init__(self) -> None:
        self.add = count().__next__
        self._taken = 0

    def take(self) -> int:
        """How often `add` was called since the last time."""
        reached = self.add()
        new, self._taken = reached - self._taken, reached + 1
        return new


_lock = Lock()
_notes = deque[Note]()
_statements, _trips = Tally(), Tally()


def init_app(app: Flask) -> None:
    """Have what happens in this process noted, from now on."""
    app.before_request(_note_route)
    hooks.answered.append(_answered)
    hooks.refused.append(_refused)
    hooks.sent += [_statements.add, _trips.add]
    hooks.failed.append(_failed)
    hooks.waited.append(meters.pool_timeouts.inc)
    event.listen(Engine, "after_cursor_execute", _executed)
    for name in ("begin", "commit", "rollback"):
        event.listen(Engine, name, _around)
    event.listen(Engine, "handle_error", _wrapped)


def watch(app: Flask, worker: Any) -> None:
    """Take a worker of Gunicorn's and its application. From now on add up what was noted, and look
    how much is under way."""
    with app.app_context():
        engines = list(db.engines.values())

    def watch() -> None:
        while True:
            add_up()
            _look(worker, [engine.pool for engine in engines])
            time.sleep(EVERY)

    Thread(target=watch, name="metrics", daemon=True).start()


def _look(worker: Any, pools: list[Any]) -> None:
    connections: Any = list(getattr(worker, "connections", ()))  # only the front tells
    meters.in_flight.set(sum(one._current_request is not None for one in connections))
    meters.pool_size.set(sum(pool.size() for pool in pools))
    meters.pool_in_use.set(sum(pool.checkedout() for pool in pools))
    meters.pool_waiting.set(sum(len(pool.waiting) for pool in pools))


def add_up() -> None:
    """Add up what was noted since the last time: requests last, so that whoever sees one sees all
    that it did."""
    with _lock:
        notes = [_notes.popleft() for _ in range(len(_notes))]
        meters.statements.inc(_statements.take())
        meters.round_trips.inc(_trips.take())
        if notes:
            _add_requests(notes)


def _add_requests(notes: list[Note]) -> None:
    requests = Counter[tuple[str, str, int]]()
    buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
    times: dict[str, float] = defaultdict(float)
    for route, method, status, seconds, *_ in notes:
        requests[route, meters.method(method), status] += 1
        buckets[route][bisect_left(BUCKETS, seconds)] += 1
        times[route] += seconds
    for route, counts in buckets.items():
        meters.seconds.labels(route).observe_all(counts, times[route])
    *_, received, sent, shed = zip(*notes, strict=True)
    meters.request_bytes.inc(sum(received))
    meters.response_bytes.inc(sum(sent))
    meters.shed.inc(sum(shed))
    for labels, number in requests.items():
        meters.requests.labels(*labels).inc(number)


def _note_route() -> None:
    # The request itself: to ask Flask's stand-in for it twice takes longer.
    this: Any = cast("Any", request)._get_current_object()
    if this.url_rule is not None:
        this.environ[ROUTE] = this.url_rule.rule


def _answered(environ: WSGIEnvironment, exchange: Any, seconds: float) -> None:
    _notes.append(
        (
            environ.get(ROUTE, OTHER),
            environ["REQUEST_METHOD"],
            exchange.status_code,
            seconds,
            exchange.size,
            exchange.sent,
            exchange.is_shed,
        )
    )


def _refused(status: int) -> None:
    meters.requests.labels(OTHER, OTHER, status).inc()


def _executed(*args: object) -> None:
    _statements.add()
    _trips.add()


def _around(connection: Connection) -> None:
    """Count what begins or ends a transaction. In autocommit nothing is sent for that."""
    driver: Any = connection.connection.dbapi_connection
    if driver is not None and not driver.autocommit:
        _trips.add()


def _wrapped(context: ExceptionContext) -> None:
    _failed(context.original_exception)


def _failed(error: BaseException) -> None:
    """Count an error of Postgres by the class of its SQLSTATE, or one of the connection to it."""
    state: str | None = getattr(error, "pgcode", None)
    if state is not None:
        meters.errors.labels(state[:2]).inc()
    elif isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        meters.errors.labels("connection").inc()
