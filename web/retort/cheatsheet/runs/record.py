"""What a recipe sends to a database while it runs: each statement, its time and its plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, cast

import psycopg2.extensions
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from ...database import first_line
from .plan import Node, explain

MOST = 60  # statements that are kept; the others are only counted
MOST_PLANS = 12

# EXPLAIN ANALYZE runs a statement once more, so it is not for those that change anything.
_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_CHANGES = re.compile(
    r"\b(INSERT INTO|UPDATE \w+\s+SET|DELETE FROM|MERGE INTO|INTO TEMP)\b"
    r"|\b(nextval|setval|set_config|pg_sleep|pg_notify|pg_\w*advisory\w*)\(",
    re.IGNORECASE,
)
_NAMES = re.compile(r"%\((\w+)\)s")


class Lines(list[str]):
    """The parameters of a recorded statement, as they are shown."""


@dataclass
class Statement:
    """One statement, or the beginning or end of a transaction."""

    sql: str
    parameters: Any = None
    milliseconds: float | None = None
    rows: int | None = None  # that it returned or changed
    round_trips: int = 1
    connection: int = 1  # which of the run's, from 1
    error: str | None = None
    plan: Node | None = None

    @property
    def is_transactional(self) -> bool:
        """Whether it only begins or ends a transaction."""
        return self.sql in ("BEGIN", "COMMIT", "ROLLBACK")


@dataclass
class Record:
    """The statements of one run, in order."""

    statements: list[Statement] = field(default_factory=list)
    more: int = 0  # that are not kept
    sent: int = 0  # statements in all, without what begins and ends transactions
    round_trips: int = 0
    rows: int = 0
    explaining: float = 0.0  # milliseconds, which are the sheet's and not the recipe's
    started: float = 0.0  # the statement under way
    plans: bool = True  # whether to ask for them
    on_statement: Callable[[Statement], None] = lambda statement: None
    _connections: list[object] = field(default_factory=list)
    _begun: dict[object, bool] = field(default_factory=dict)  # whether BEGIN has been sent
    _plans: int = 0

    def add(self, statement: Statement) -> None:
        self.sent += not statement.is_transactional
        self.round_trips += statement.round_trips
        self.rows += statement.rows or 0
        if len(self.statements) < MOST:
            self.statements.append(statement)
            self.on_statement(statement)
        else:
            self.more += 1

    def connection(self, link: object) -> int:
        """Which of the run's connections the driver's is, from 1."""
        if link not in self._connections:
            self._connections.append(link)
        return self._connections.index(link) + 1

    def begin(self, link: object) -> None:
        # psycopg2 sends BEGIN with the first statement, and nothing if there is none.
        self._begun[link] = False

    def before(self, link: object) -> None:
        """A statement is about to be sent."""
        if self._begun.get(link) is False and getattr(link, "autocommit", False) is not True:
            self._begun[link] = True
            self.add(Statement("BEGIN", connection=self.connection(link)))
        self.started = perf_counter()

    def end(self, link: object, how: str) -> None:
        if self._begun.pop(link, False):
            self.add(Statement(how, connection=self.connection(link)))

    def wants_plan(self, sql: str) -> bool:
        if not self.plans or not _READS.match(sql) or _CHANGES.search(sql):
            return False
        self._plans += 1
        return self._plans <= MOST_PLANS


_record: ContextVar[Record | None] = ContextVar("record", default=None)


@contextmanager
def recording(record: Record | None) -> Generator[None]:
    """Record what any engine sends in this thread; None records nothing."""
    token = _record.set(record)
    try:
        yield
    finally:
        _record.reset(token)


class CopyCursor(psycopg2.extensions.cursor):
    """Records COPY, of which SQLAlchemy's events do not tell, as they do of other statements."""

    link: object = None  # the run's connection that this is a cursor of

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        record = _record.get()
        if record is None:
            return super().copy_expert(sql, file, size)
        record.before(self.link)
        statement = Statement(str(sql), connection=record.connection(self.link))
        try:
            super().copy_expert(sql, file, size)
        except psycopg2.Error as error:
            statement.error = first_line(error)
            raise
        else:
            statement.rows = self.rowcount
        finally:
            statement.milliseconds = _since(record.started)
            record.add(statement)


def listen() -> None:
    """Begin to hear of all engines, those included that recipes make."""
    for name, heard in (("engine_connect", _connected), ("handle_error", _failed)):
        if not event.contains(Engine, name, heard):
            event.listen(Engine, name, heard)


def _connected(connection: Connection) -> None:
    """Hear of a run's connections alone: to listen to all would slow down the service's own."""
    if _record.get() is None:
        return
    for name, heard in (
        ("begin", _begin),
        ("commit", _commit),
        ("rollback", _rollback),
        ("before_cursor_execute", _before),
        ("after_cursor_execute", _after),
    ):
        event.listen(connection, name, heard)


def _link(connection: Connection) -> object:
    return connection.connection.driver_connection


def _begin(connection: Connection) -> None:
    if (record := _record.get()) is not None:
        record.begin(_link(connection))


def _commit(connection: Connection) -> None:
    if (record := _record.get()) is not None:
        record.end(_link(connection), "COMMIT")


def _rollback(connection: Connection) -> None:
    # If the server ended the connection, there is no link to ask for, and nothing is sent.
    if (record := _record.get()) is not None and not connection.invalidated:
        record.end(_link(connection), "ROLLBACK")


def _before(
    connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
) -> None:
    if (record := _record.get()) is not None:
        record.before(_link(connection))


def _after(
    connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool
) -> None:
    if (record := _record.get()) is None:
        return
    statement = Statement(
        sql,
        _in_order(sql, parameters),
        _since(record.started),
        cursor.rowcount if cursor.rowcount >= 0 else None,
        _round_trips(parameters, many=many),
        record.connection(_link(connection)),
    )
    if connection.dialect.name == "postgresql" and record.wants_plan(sql):
        began = perf_counter()
        statement.plan = explain(connection, sql, parameters)
        record.explaining += _since(began)
    record.add(statement)


def _failed(context: ExceptionContext) -> None:
    record, connection = _record.get(), context.connection
    if record is not None and connection is not None and context.statement is not None:
        record.add(
            Statement(
                context.statement,
                _in_order(context.statement, context.parameters),
                _since(record.started),
                connection=record.connection(_link(connection)),
                error=first_line(context.original_exception),
            )
        )


def _in_order(sql: str, parameters: Any) -> Any:
    """The parameters in the order in which the statement names them. If SQLAlchemy makes one
    statement of several sets, their own order differs each time that Python starts."""
    if isinstance(parameters, dict):
        place = {name: at for at, name in enumerate(_NAMES.findall(sql))}
        named = cast("dict[str, Any]", parameters)
        return dict(sorted(named.items(), key=lambda item: place.get(item[0], len(place))))
    return parameters


def _round_trips(parameters: Sequence[Any], *, many: bool) -> int:
    """One, or with psycopg2's executemany one for each set of parameters. If SQLAlchemy makes one
    statement of several sets, these are one dict."""
    return 1 if isinstance(parameters, dict) or not many else len(parameters)


def _since(started: float) -> float:
    """The milliseconds since a `perf_counter()`."""
    return 1000 * (perf_counter() - started)
