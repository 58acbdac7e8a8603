"""Prepared statements: Postgres plans what is read again and again once for each connection."""

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

PLACE = re.compile(r"%(?:%|\(([^)]*)\)s)")  # of a parameter in SQL, as psycopg2 has it

# What a prepared statement may fail with, although the statement itself does not: a parameter has
# another type than its value alone, the table has changed since, a pooler gave another connection.
UNFIT = (
    ProgrammingError,
    errors.FeatureNotSupported,
    errors.InvalidSqlStatementName,
    errors.NumericValueOutOfRange,
)


def prepare_on(engine: Engine) -> None:
    """Have each new connection of the engine prepare what is read there by `fetch`."""

    def connect(connection: object, record: Any) -> None:
        record.info[PREPARED] = Prepared()

    event.listen(engine, "connect", connect)


class Prepared:
    """The statements that are prepared on one connection."""

    def __init__(self) -> None:
        self._runs: dict[str, str] = {}
        """How each is run: by EXECUTE, or as it is, where that has failed."""
        self._once = set[str]()
        """Those that were sent once, and are prepared when they come again."""

    def execute(
        self, cursor: Any, sql: str, parameters: Mapping[str, object], before: str = ""
    ) -> None:
        """Send a statement in one round trip, as a prepared one if it can be and has come before,
        and other SQL `before` it.

        Raises the errors of psycopg2.
        """
        if not (_can_be_prepared(sql, parameters) and self._comes_again(sql)):
            cursor.execute(before + sql, parameters)
            return
        first, run = "", self._runs.get(sql)
        if run is None:
            if len(self._runs) == MOST:
                first = "DEALLOCATE ALL; "
                self._runs.clear()
            prepare, run = _prepare(sql)
            first += prepare
            self._runs[sql] = run
        try:
            cursor.execute(before + first + run, parameters)
        except UNFIT:
            if run == sql:
                raise
            cursor.execute(before + sql, parameters)
            self._runs[sql] = sql

    def _comes_again(self, sql: str) -> bool:
        if sql in self._runs or sql in self._once:
            return True
        if len(self._once) == MOST:
            self._once.clear()
        self._once.add(sql)
        return False


def _can_be_prepared(sql: str, parameters: Mapping[str, object]) -> bool:
    """Whether it means the same then. A text is read as what it is compared with, in SQL as for a
    parameter. Other values have a type of their own, which a parameter would not keep."""
    are_texts = all(isinstance(value, str | None) for value in parameters.values())
    return are_texts and len(sql) <= LONGEST and sql.startswith("SELECT") and ";" not in sql


def _prepare(sql: str) -> tuple[str, str]:
    """How to prepare a statement, and how to run it then."""
    # Where a pooler shares connections, other clients have this name for the same SQL only.
    name = f"s{blake2b(sql.encode(), digest_size=16).hexdigest()}"
    places: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return places.setdefault(found[1], f"${len(places) + 1}") if found[1] else found[0]

    body = PLACE.sub(numbered, sql)
    values = ", ".join(f"%({place})s" for place in places)
    # A line of its own, since the statement may end with a comment.
    return f"PREPARE {name} AS {body}\n; ", f"EXECUTE {name}" + (f"({values})" if values else "")
