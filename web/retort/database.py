"""The database: `db` for models and writes, `read` for whatever is only shown.

Reads have an engine of their own, in autocommit: one statement is then one round trip,
where a session takes three (BEGIN, SELECT, ROLLBACK).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    DateTime,
    Executable,
    MetaData,
    NullPool,
    Numeric,
    Row,
    Text,
    create_engine,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, registry

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
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options | {
        "pool_pre_ping": True,  # a write, unlike a read, cannot simply be sent again
    }
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
    expect_connections(app, 2 * settings.threads)


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
    statement: Executable, parameters: Mapping[str, object] | None = None
) -> Sequence[Row[Any]]:
    """Take a SELECT, give all its rows, in one round trip and no transaction.

    Raises sqlalchemy.exc.OperationalError while the database is away.
    """

    def rows() -> Sequence[Row[Any]]:
        with db.engines["read"].connect() as connection:
            return connection.execute(statement, parameters).all()

    return sent_again(rows)


def sent_again(run: Callable[[], T]) -> T:
    """Call `run`, which only reads, and give its result. If the server had closed the connection
    in the meantime, `run` is called once more, on a fresh one."""
    try:
        return run()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return run()


def first_line(error: BaseException) -> str:
    """The first line of Postgres' message, or else of Python's."""
    return str(getattr(error, "orig", error)).strip().partition("\n")[0]
