"""Runs a statement as whoever asks: a read in one round trip, a write in one transaction."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from logging import INFO
from typing import Any, Protocol

import psycopg2
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, Row

from ..auth.tokens import Identity
from ..database import sent_again

CHUNK = 1000  # rows that a stream holds at a time

# Sent in front of a statement, in the same round trip; Postgres runs both in one transaction.
BECOME = (
    "SELECT set_config('role', %(become_role)s, true), "
    "set_config('request.jwt.claims', %(become_claims)s, true); "
)


def as_identity(
    identity: Identity, sql: str, parameters: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The statement, preceded by becoming the token's role with the token's claims."""
    if identity.role is None:
        return sql, parameters
    claims = json.dumps(dict(identity.claims))
    return BECOME + sql, parameters | {"become_role": identity.role, "become_claims": claims}


class Runner(Protocol):
    """Sends one statement and gives its one row."""

    def __call__(self, sql: str, parameters: dict[str, Any]) -> Any: ...


def read_engine(db: SQLAlchemy) -> Engine:
    """The engine of the bind `read`, if there is one, else the usual one in autocommit."""
    engines = db.engines
    if "read" in engines:
        return engines["read"]
    return db.engine.execution_options(isolation_level="AUTOCOMMIT")


def reader(db: SQLAlchemy, identity: Identity) -> Runner:
    """Runs each statement by itself, once more if the server had closed the connection."""

    def run(sql: str, parameters: dict[str, Any]) -> Any:
        return sent_again(lambda: once(sql, parameters))

    def once(sql: str, parameters: dict[str, Any]) -> Any:
        with read_engine(db).connect() as connection:
            return _fetch_one(connection, *as_identity(identity, sql, parameters))

    return run


def _fetch_one(connection: Connection, sql: str, parameters: dict[str, Any]) -> Any:
    """The one row, by the driver's own cursor: by SQLAlchemy's result the answer of one row takes,
    measured, 25 % longer. A log of statements and listeners still get theirs from SQLAlchemy."""
    engine = connection.engine
    if engine.logger.isEnabledFor(INFO) or engine.dispatch.before_cursor_execute:
        return connection.exec_driver_sql(sql, parameters).one()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return cursor.fetchone()
    except psycopg2.Error as error:
        # Raises SQLAlchemy's error for it, and empties the pool if the connection was lost.
        connection._handle_dbapi_exception(error, sql, parameters, cursor, None)  # pyright: ignore[reportPrivateUsage]
    finally:
        cursor.close()


def within(connection: Connection, identity: Identity) -> Runner:
    """Runs each statement in the transaction of `connection`."""

    def run(sql: str, parameters: dict[str, Any]) -> Row[Any]:
        return connection.exec_driver_sql(*as_identity(identity, sql, parameters)).one()

    return run


@contextmanager
def transaction(db: SQLAlchemy, *, is_undone: bool) -> Generator[Connection]:
    """A transaction for writes, which is committed at its end, or rolled back if `is_undone`."""
    with db.engine.connect() as connection, connection.begin() as begun:
        yield connection
        if is_undone:
            begun.rollback()


def stream(
    db: SQLAlchemy, identity: Identity, sql: str, parameters: dict[str, Any]
) -> Generator[list[str]]:
    """The text of each row, CHUNK rows at a time, by a cursor of the server."""
    with db.engine.connect() as connection:
        if identity.role is not None:
            connection.exec_driver_sql(*as_identity(identity, "SELECT 1", {}))
        found = connection.execution_options(
            stream_results=True, max_row_buffer=CHUNK
        ).exec_driver_sql(sql, parameters)
        for chunk in found.partitions(CHUNK):  # yield_per does not apply to SQL as text
            yield [row[0] for row in chunk]
