"""Runs a statement: a read in one round trip, a write in one transaction, each as whoever asks."""

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

# In front of a statement, in the same round trip; Postgres sees one transaction of two.
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
    """Each statement by itself, sent once more where the server had closed the connection."""

    def run(sql: str, parameters: dict[str, Any]) -> Any:
        return sent_again(lambda: once(sql, parameters))

    def once(sql: str, parameters: dict[str, Any]) -> Any:
        with read_engine(db).connect() as connection:
            return _fetch_one(connection, *as_identity(identity, sql, parameters))

    return run


def _fetch_one(connection: Connection, sql: str, parameters: dict[str, Any]) -> Any:
    """The one row, by the driver's own cursor: SQLAlchemy's result costs a sixth of the time
    that Python has with a small request. Its errors, and who listens to it, are as ever."""
    engine = connection.engine
    if engine.logger.isEnabledFor(INFO) or engine.dispatch.before_cursor_execute:
        return connection.exec_driver_sql(sql, parameters).one()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return cursor.fetchone()
    except psycopg2.Error as error:
        # Translates it, raises that, and drops the pool's connections if this one was lost.
        connection._handle_dbapi_exception(error, sql, parameters, cursor, None)  # pyright: ignore[reportPrivateUsage]
    finally:
        cursor.close()


def within(connection: Connection, identity: Identity) -> Runner:
    """Each statement on a connection in whose transaction it belongs."""

    def run(sql: str, parameters: dict[str, Any]) -> Row[Any]:
        return connection.exec_driver_sql(*as_identity(identity, sql, parameters)).one()

    return run


@contextmanager
def transaction(db: SQLAlchemy, *, is_undone: bool) -> Generator[Connection]:
    """A transaction for writes, which commits at its end, or `is_undone`."""
    with db.engine.connect() as connection, connection.begin() as begun:
        yield connection
        if is_undone:
            begun.rollback()


def stream(
    db: SQLAlchemy, identity: Identity, sql: str, parameters: dict[str, Any]
) -> Generator[list[str]]:
    """The one text of each row, some rows at a time, by a cursor of the server's."""
    with db.engine.connect() as connection:
        if identity.role is not None:
            connection.exec_driver_sql(*as_identity(identity, "SELECT 1", {}))
        found = connection.execution_options(
            stream_results=True, max_row_buffer=CHUNK
        ).exec_driver_sql(sql, parameters)
        for chunk in found.partitions(CHUNK):  # to SQL as text yield_per does not apply
            yield [row[0] for row in chunk]
