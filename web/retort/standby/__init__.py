"""The standby that DATABASE_READ_URL names: whether reads may go there. They may as long as it has
all that the primary had written a moment ago; otherwise they go to the primary, as without it."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread, Timer
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from ..database import db, first_line, read_from
from ..deadline import Deadline, current
from ..round_trip import fetch
from .settings import StandbySettings

STANDBY = "retort.standby"

INTERVAL = 1.0  # seconds between two looks at the standby, as long as there are reads
PATIENCE = 2.0  # seconds that either server has for its answer
BEHIND = 1.0  # seconds in which the standby has to have what the primary had written
TRUST = 6.0  # seconds that a look holds: longer than the next one takes if the primary is silent

WRITTEN = "SELECT pg_current_wal_lsn()::text"
REPLAYED = "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %(written)s::pg_lsn"


def init_app(app: Flask, settings: StandbySettings) -> None:
    """Note the app's standby, if the settings name one."""
    if settings.read_url is None:
        return
    with app.app_context():
        primary = db.engines["read"]
    engine = read_from(app, settings, "standby", settings.read_url)
    app.extensions[STANDBY] = Standby(engine, primary)


def standby(app: Flask) -> Standby | None:
    """The app's standby; None if DATABASE_READ_URL is not set."""
    return app.extensions.get(STANDBY)


class Standby:
    """Looks at the standby again and again, as long as there are reads, so that none has to wait
    to learn how it is."""

    def __init__(self, engine: Engine, primary: Engine) -> None:
        self.engine = engine
        self._primary = primary
        self._lock = Lock()
        self._watched = False
        self._looked = Event()
        self._wanted = self._seen = float("-inf")
        self._written: str | None = None
        self._problem: str | None = "not asked yet"
        self._reads = Deadline()
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "checkin", self._given_back)

    def serves(self) -> bool:
        """Whether to read from it. Does not wait."""
        now = self._wanted = time.monotonic()
        if not self._watched:
            self._begin()
        return self._problem is None and now - self._seen < TRUST

    def state(self) -> str:
        """How it is, in words. Waits for a first look."""
        self.serves()
        self._looked.wait(PATIENCE)
        return "ok" if self.serves() else f"reads go to the primary: {self._problem}"

    def failed(self, error: SQLAlchemyError) -> None:
        """Let nobody else read from it before the next look."""
        self._problem = first_line(error)

    def _taken(self, connection: Any, *_: object) -> None:
        self._reads.takes(connection)

    def _given_back(self, connection: Any, *_: object) -> None:
        self._reads.gives_back(connection)

    def _begin(self) -> None:
        """Start the thread that looks; only here, since a fork would not take it along."""
        with self._lock:
            if not self._watched:
                self._watched = True
                self._looked.clear()
                Thread(target=self._watch, name="standby", daemon=True).start()

    def _watch(self) -> None:
        while time.monotonic() - self._wanted < TRUST:
            self._look()
            self._looked.set()
            time.sleep(INTERVAL)
        self._watched = False
        if time.monotonic() - self._wanted < TRUST:  # who came just now took it for watched
            self._begin()

    def _look(self) -> None:
        began = time.monotonic()
        # While the primary is away, nothing is written: what it said last is still true.
        with suppress(SQLAlchemyError):
            self._written = _ask(self._primary, WRITTEN, {})[0]
        try:
            self._problem = self._misfit()
        except SQLAlchemyError as error:
            self.failed(error)
            # Whoever waits for its answer asks the primary instead.
            reads, self._reads = self._reads, Deadline()
            reads.end()
        self._seen = began

    def _misfit(self) -> str | None:
        """Why not to read from it. Raises the errors of SQLAlchemy."""
        until = time.monotonic() + BEHIND
        while True:
            is_standby, is_there = _ask(self.engine, REPLAYED, {"written": self._written})
            if not is_standby:
                return "that server is no standby"
            if is_there:
                return None
            if time.monotonic() > until:
                return f"it is more than {BEHIND:.0f} s behind"
            time.sleep(BEHIND / 20)


def _ask(engine: Engine, sql: str, parameters: Mapping[str, object]) -> Any:
    """The one row. Raises the errors of SQLAlchemy, for a server that is silent too."""
    with _limited():
        return fetch(engine, sql, parameters)[0]


@contextmanager
def _limited() -> Generator[None]:
    deadline = Deadline()
    token = current.set(deadline)
    timer = Timer(PATIENCE, deadline.end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        current.reset(token)
