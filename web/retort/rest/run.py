"""Runs a statement in the context of its request: a read in one round trip, a write in one
transaction."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import DBAPIError

from ..prepared import PLACE
from ..round_trip import fetch, may_be_done, sent_again

if TYPE_CHECKING:
    from .context import Context

# What a stream holds at a time: so many rows, of so many characters if they are like those before.
# Rows with embeds need not be: each may suddenly have as many bytes as an answer.
ROWS, ROWS_WITH_EMBEDS, CHARACTERS = 1000, 64, 256 * 1024

# In a transaction, the statement before may have become a role that must not see log-ins, and have
# been about another schema, or in another time zone.
BE_WEB = "SELECT set_config('role', 'none', true); "
AS_BEFORE = "SET LOCAL search_path = DEFAULT; SET LOCAL timezone = DEFAULT; "

# Sent in front of a read that calls functions, which could write otherwise.
READ_ONLY = "SET LOCAL transaction_read_only = on; "

# A stream may take longer than other transactions: as long as the front lets it.
UNTIMED = "SELECT set_config('transaction_timeout', '0', true)"
UNTIMED_SINCE = 170_000  # the first version of Postgres that has this setting


class MayBeDone(Exception):
    """The connection was lost before Postgres told whether a write is done."""


class Runner(Protocol):
    """Sends one statement and gives its one row, if there is one."""

    def __call__(self, sql: str, parameters: dict[str, Any]) -> Any: ...


def autocommit_engine(db: SQLAlchemy) -> Engine:
    """The engine of the bind `read`, if there is one, else the usual one in autocommit."""
    engines = db.engines
    if "read" in engines:
        return engines["read"]
    return db.engine.execution_options(isolation_level="AUTOCOMMIT")


def reader(engine: Engine, context: Context) -> Runner:
    """Runs each statement by itself, once more if the server had closed the connection. What is
    called in it cannot write."""
    run = alone(engine, context, only_reads=True)
    return lambda sql, parameters: sent_again(lambda: run(sql, parameters))


def alone(engine: Engine, context: Context, *, only_reads: bool = False) -> Runner:
    """Runs each statement by itself: in one round trip, and in a transaction of Postgres' own."""
    before = context.sql + READ_ONLY if only_reads else context.sql

    def run(sql: str, parameters: dict[str, Any]) -> Any:
        sql, others = _with_whole_numbers(sql, parameters)
        rows = fetch(
            engine,
            sql,
            {**others, **context.parameters},
            before=before,
            # Some rights are only looked at, and the times in a statement only read, when a plan is
            # made. The next request may have another role, or no time zone.
            may_prepare=not (context.has_role or context.has_zone),
        )
        return rows[0] if rows else None

    return run


def _with_whole_numbers(sql: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The SQL with those parameters in it that are whole numbers, like a limit, and the others:
    Postgres makes another plan for ten rows than for a thousand."""
    whole = {name: str(value) for name, value in parameters.items() if isinstance(value, int)}
    if not whole:
        return sql, parameters
    others = {name: value for name, value in parameters.items() if name not in whole}
    return PLACE.sub(lambda place: whole.get(place[1], place[0]), sql), others


def within(connection: Connection, context: Context) -> Runner:
    """Runs each statement in the transaction of `connection`."""
    before = (BE_WEB if context.has_role else "") + AS_BEFORE + context.sql

    def run(sql: str, parameters: dict[str, Any]) -> Row[Any] | None:
        given = {**parameters, **context.parameters}
        return connection.exec_driver_sql(before + sql, given).one_or_none()

    return run


@contextmanager
def transaction(db: SQLAlchemy, *, is_undone: bool) -> Generator[Connection]:
    """A transaction for writes, which is committed at its end, or rolled back if `is_undone`."""
    with db.engine.connect() as connection, connection.begin() as begun:
        yield connection
        if is_undone:
            # What is deferred to the end fails as it would then.
            connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
            begun.rollback()
        else:
            with in_doubt_if_lost():
                begun.commit()


@contextmanager
def in_doubt_if_lost() -> Generator[None]:
    """Raises MayBeDone where what is sent meanwhile may be done though Postgres did not say so."""
    try:
        yield
    except DBAPIError as error:
        if may_be_done(error):
            raise MayBeDone from error
        raise


def stream(
    engine: Engine, context: Context, sql: str, parameters: dict[str, Any], most: int
) -> Generator[list[str]]:
    """The text of each row, some at a time, but no more than `most`, by a cursor of the server."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        first = UNTIMED if driver.server_version >= UNTIMED_SINCE else "SELECT 1"
        before = context.sql + READ_ONLY + first
        connection.exec_driver_sql(before, dict(context.parameters))
        found = connection.execution_options(stream_results=True).exec_driver_sql(sql, parameters)
        number = 1
        while chunk := [row[0] for row in found.fetchmany(number)]:
            yield chunk
            size = sum(map(len, chunk))
            number = max(1, min(most, 2 * number, CHARACTERS * len(chunk) // size))
