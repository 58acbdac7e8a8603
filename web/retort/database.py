"""The database: `db` for models and writes, `read` for whatever is only shown.

Reads have an engine of their own, in autocommit: one statement is then one round trip,
where a session takes three (BEGIN, SELECT, ROLLBACK).
"""

import select
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from psycopg2.extras import NamedTupleCursor
from sqlalchemy import (
    URL,
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
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, registry

from . import deadline
from .hosts import Hosts
from .password import renew
from .pool import Pool
from .prepared import prepare_on
from .round_trip import compiled, fetch, sent_again
from .settings import DatabaseSettings, StackSettings

CONNECTIONS = "retort.connections"

CONNECT_ARGS = {
    "application_name": "retort",
    "connect_timeout": 2,  # seconds, for each of several hosts; libpq takes no fewer
    # A network counts as broken if for 3 s nobody acknowledges what was sent, or else a probe.
    "tcp_user_timeout": 3_000,  # milliseconds
    "keepalives_idle": 2,  # seconds
    "keepalives_interval": 1,
}


AUTOCOMMIT = {
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
    "pool_reset_on_return": None,
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
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options = _options(settings)
    app.config["SQLALCHEMY_BINDS"] = {"read": options | AUTOCOMMIT | {"url": settings.url}}
    db.init_app(app)
    hosts = Hosts()
    with app.app_context():
        for engine in db.engines.values():
            watch(engine)
            renew(engine)
            hosts.order(engine)
            event.listen(engine, "invalidate", partial(_let_go, [*db.engines.values()]))
        if settings.prepared_statements:
            prepare_on(db.engines["read"])
    expect_connections(app, 2 * settings.threads)


def read_from(app: Flask, settings: StackSettings, name: str, url: URL) -> Engine:
    """Give `app` an engine for reads from another server, which `db.engines` has by its name, with
    as many connections as there are to the primary."""
    with app.app_context():
        engines = cast("dict[str | None, Engine]", db.engines)
    options = _options(settings) | AUTOCOMMIT | {"pool_size": 2 * settings.threads}
    engines[name] = engine = create_engine(url, **options)
    watch(engine)
    if url.password == settings.url.password:
        renew(engine)
    event.listen(engine, "invalidate", partial(_let_go, [engine]))
    if settings.prepared_statements:
        prepare_on(engine)
    return engine


def _options(settings: StackSettings) -> dict[str, Any]:
    return {
        "poolclass": Pool,
        "pool_size": settings.threads,  # no thread waits for another's connection
        "max_overflow": 0,  # the server never gets more connections than `connections` says
        "pool_use_lifo": True,  # the last connection used is used next, while it is warm
        "pool_timeout": 5,  # seconds
        "use_native_hstore": False,  # saves a round trip at each connect
        "hide_parameters": not settings.sqlalchemy_echo,  # values stay out of the logs
        "connect_args": CONNECT_ARGS,
    }


def watch(engine: Engine) -> None:
    """Have the engine give no connection that the server has closed, and let none be waited for
    beyond a request's end. Unlike `pool_pre_ping`, this takes no round trip."""
    event.listen(engine, "checkout", _check_open)
    deadline.heed(engine)


def _let_go(engines: list[Engine], connection: Any, record: object, error: object) -> None:
    """Where one connection was lost, the others are as old, and most likely lost as well."""
    if error is not None:
        for engine in engines:
            engine.dispose()


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
    sql, constants = _compiled(statement)
    values = constants | dict(parameters or {})
    return sent_again(
        lambda: fetch(db.engines["read"], sql, values, cursor_factory=NamedTupleCursor)
    )


_compiled = lru_cache(256)(compiled)


def first_line(error: BaseException) -> str:
    """The first line of Postgres' message, or else of Python's."""
    return str(getattr(error, "orig", error)).strip().partition("\n")[0]
