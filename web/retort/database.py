"""The database: `db` for models and writes, `read` for whatever is only shown.

Reads have an engine of their own, in autocommit: one statement is then one round trip,
where a session takes three (BEGIN, SELECT, ROLLBACK).
"""

import select
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from logging import INFO
from typing import Any, TypeVar

import psycopg2
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from psycopg2.extensions import cursor
from psycopg2.extras import NamedTupleCursor
from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    MetaData,
    NullPool,
    Numeric,
    Select,
    Text,
    TextClause,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, registry

from . import deadline
from .settings import DatabaseSettings, StackSettings

T = TypeVar("T")

CONNECTIONS = "retort.connections"

CONNECT_ARGS = {
    "application_name": "retort",
    "connect_timeout": 3,  # seconds
    "tcp_user_timeout": 10_000,  # milliseconds until a silent network counts as broken
}


class Base(DeclarativeBase):
    registry = registry(
        # Named as Postgres does it: a migration can only drop a constraint that has a name.
        metadata=MetaData(
            naming_convention={
                "pk": "%(table_name)s_pkey",
                "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
                "uq": "%(table_name)s_%(column_0_N_name)s_key",
                "ck": "%(table_name)s_%(constraint_name)s_check",
                "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            }
        ),
        type_annotation_map={
            int: BigInteger,  # Integer would run out of ids at two billion
            str: Text,
            datetime: DateTime(timezone=True),  # by default it would be without time zone
            Decimal: Numeric(12, 2),
        },
    )


class Database(SQLAlchemy):
    # What a type checker sees; at run time it is Flask-SQLAlchemy's own copy of Base.
    Model: type[Base]  # pyright: ignore[reportIncompatibleVariableOverride]


db = Database(model_class=Base)


def init_app(app: Flask, settings: StackSettings) -> None:
    """Give `app` its two engines. Neither connects before it is used, so that none is
    shared by the workers that Gunicorn forks."""
    options: dict[str, Any] = {
        "pool_size": settings.threads,  # no thread waits for another's connection
        "max_overflow": 0,  # the server never gets more connections than `connections` says
        "pool_use_lifo": True,  # the last connection used is used next, while it is warm
        "pool_timeout": 5,  # seconds
        "use_native_hstore": False,  # saves a round trip at each connect
        "hide_parameters": not settings.sqlalchemy_echo,  # values stay out of the logs
        "connect_args": CONNECT_ARGS,
    }
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    app.config["SQLALCHEMY_BINDS"] = {
        "read": options
        | {
            "url": settings.url,
            "isolation_level": "AUTOCOMMIT",
            "skip_autocommit_rollback": True,
            "pool_reset_on_return": None,
        }
    }
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            watch(engine)
    expect_connections(app, 2 * settings.threads)


def watch(engine: Engine) -> None:
    """Have the engine give no connection that the server has closed, and let none be waited for
    beyond a request's end. Unlike `pool_pre_ping`, this takes no round trip."""
    event.listen(engine, "checkout", _check_open)
    deadline.heed(engine)


def _check_open(connection: Any, record: object, proxy: object) -> None:
    """Raises DisconnectionError, for which the pool makes another, where there is something to
    read although nothing was asked: the end, or the server's last words."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("the server has closed the connection")


def expect_connections(app: Flask, number: int) -> None:
    """Note that a process may open `number` connections more."""
    app.extensions[CONNECTIONS] = connections(app) + number


def connections(app: Flask) -> int:
    """How many connections one process may open at the most."""
    return app.extensions.get(CONNECTIONS, 0)


def max_connections(settings: DatabaseSettings) -> int | None:
    """How many connections the server gives to ordinary roles; None while it is away."""
    engine = create_engine(settings.url, poolclass=NullPool, connect_args=CONNECT_ARGS)
    names = ("max_connections", "superuser_reserved_connections", "reserved_connections")
    columns = " - ".join(f"current_setting('{name}')::int" for name in names)
    try:
        with engine.connect() as connection:
            return connection.scalar(text(f"SELECT {columns}"))
    except OperationalError:
        return None


def read(
    statement: Select[*tuple[Any, ...]] | TextClause, parameters: Mapping[str, object] | None = None
) -> Sequence[Any]:
    """Take a SELECT that was made once, with a `bindparam` for each value that changes; give all
    its rows, as named tuples, in one round trip and no transaction.

    Raises sqlalchemy.exc.OperationalError while the database is away.
    """
    sql, given = _compiled(statement)
    values = {**given, **(parameters or {})}
    return sent_again(lambda: fetch(db.engines["read"], sql, values, NamedTupleCursor))


@lru_cache(256)
def _compiled(statement: Select[*tuple[Any, ...]] | TextClause) -> tuple[str, dict[str, Any]]:
    compiled = statement.compile(dialect=PGDialect_psycopg2())
    return str(compiled), dict(compiled.params)


def fetch(
    engine: Engine,
    sql: str,
    parameters: Mapping[str, object],
    cursor_factory: type[cursor] | None = None,
) -> Sequence[Any]:
    """Take SQL as psycopg2 has it; give all rows, as they come from its cursor. By a connection and
    a result of SQLAlchemy's, a small read takes, measured, twice as long.

    Raises the errors of SQLAlchemy. Where the engine has listeners, a log or options, SQLAlchemy
    sends the statement, so that they are heeded as ever.
    """
    has_listeners = engine.dispatch.before_cursor_execute or engine.logger.isEnabledFor(INFO)
    if has_listeners or engine.get_execution_options():
        with engine.connect() as connection:
            return connection.exec_driver_sql(sql, parameters).all()
    connection: Any = None
    try:
        connection = engine.raw_connection()
        with connection.cursor(cursor_factory=cursor_factory) as sent:
            sent.execute(sql, parameters)
            return sent.fetchall()
    except psycopg2.Error as error:
        lost: Any = engine.dialect.is_disconnect
        if is_lost := connection and lost(error, connection.dbapi_connection, None):
            connection.invalidate(error)
            engine.dispose()  # the others are as old, and most likely lost as well
        raise DBAPIError.instance(
            sql,
            parameters,
            error,
            psycopg2.Error,
            hide_parameters=engine.hide_parameters,
            connection_invalidated=bool(is_lost),
            dialect=engine.dialect,
        ) from error
    finally:
        if connection is not None:
            connection.close()


def sent_again(run: Callable[[], T]) -> T:
    """Call `run`, which only reads, and give its result. If the server had closed the connection
    in the meantime, `run` is called once more, on a fresh one, unless the time is over."""
    try:
        return run()
    except DBAPIError as error:
        if not error.connection_invalidated or deadline.is_over():
            raise
        return run()


def first_line(error: BaseException) -> str:
    """The first line of Postgres' message, or else of Python's."""
    return str(getattr(error, "orig", error)).strip().partition("\n")[0]
