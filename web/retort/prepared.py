"""Prepared statements: Postgres plans what is sent again and again once for each connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from psycopg2 import ProgrammingError, errors
from sqlalchemy import Engine, event

PREPARED = "retort.prepared"  # in the `info` of a connection
MOST = 20  # statements of a connection: the server keeps the plan of each in memory
LONGEST = 4000  # characters
ONCE = ""  # how a statement is run that was sent once

PLACE = re.compile(r"%(?:%|\((\w+)\)s)")

# What a prepared statement may fail with, although the statement itself does not: a parameter has
# another type than its value alone, the table has changed since, a pooler gave another connection.
UNFIT = (
    ProgrammingError,
    errors.FeatureNotSupported,
    errors.InvalidSqlStatementName,
    errors.NumericValueOutOfRange,
)


def prepare_on(engine: Engine) -> None:
    """Have each new connection of the engine prepare what is sent there by `fetch`."""

    def connect(connection: object, record: Any) -> None:
        record.info[PREPARED] = Prepared()

    event.listen(engine, "connect", connect)


class Prepared:
    """What one connection was sent, and which of that its server keeps prepared."""

    def __init__(self) -> None:
        self._runs: dict[str, str] = {}
        """How each statement is run: by EXECUTE, or, where it cannot be prepared, as it is."""

    def execute(self, cursor: Any, before: str, sql: str, parameters: Mapping[str, object]) -> None:
        """Send a statement, after what comes `before` it, in one round trip. From the second time
        on it is prepared. Raises the errors of psycopg2."""
        run = self._runs.get(sql)
        if run is None or run == sql:
            first = self._note(sql) if run is None and len(sql) <= LONGEST else ""
            cursor.execute(before + first + sql, parameters)
            return
        first = ""
        if run == ONCE:
            first, run = _prepare(sql)
            self._runs[sql] = sql  # unless it works
        try:
            cursor.execute(before + first + run, parameters)
        except UNFIT:
            self._runs[sql] = sql
            cursor.execute(before + sql, parameters)
        else:
            self._runs[sql] = run

    def _note(self, sql: str) -> str:
        """Note that a statement was sent. Gives what makes room for it on the server."""
        is_full = len(self._runs) == MOST
        if is_full:
            self._runs.clear()
        self._runs[sql] = ONCE
        return "DEALLOCATE ALL; " if is_full else ""


def _prepare(sql: str) -> tuple[str, str]:
    """How to prepare a statement, and how to run it then."""
    # Where a pooler shares connections, the name is some other client's for the same SQL only.
    name = f"s{blake2b(sql.encode(), digest_size=16).hexdigest()}"
    places: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return places.setdefault(found[1], f"${len(places) + 1}") if found[1] else found[0]

    body = PLACE.sub(numbered, sql)
    values = ", ".join(f"%({place})s" for place in places)
    return f"PREPARE {name} AS {body}; ", f"EXECUTE {name}" + (f"({values})" if values else "")
