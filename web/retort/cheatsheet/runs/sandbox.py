"""Where a recipe runs: a transaction that is always rolled back, on tables of its own.

All engines of a recipe connect to the run under way (`connection`). So whatever SQLAlchemy code it
holds (sessions, engines of its own, DDL) ends up in the run's one transaction: BEGIN, COMMIT and
ROLLBACK are savepoints there, and the tables lie in the connection's temporary schema.

A few recipes need two connections that see the same rows. Theirs lead to the tables of the
schema `cheatsheet`, one such run at a time, and COMMIT is a ROLLBACK there. Only AUTOCOMMIT
writes: a row as it was, or temporary tables, which end with the connection. asyncpg connects to
the same tables (`asynchronous`).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, Enum, Table, create_engine, create_mock_engine
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import DBAPIError

from ...database import CONNECT_ARGS, watch
from ...models import Order, Person, Project, persons_projects
from ...password import renew
from ...settings import DatabaseSettings
from . import asynchronous
from .connection import connected
from .record import CopyCursor

SCHEMA = "cheatsheet"  # db-init made it, with the rows to copy
RUNS = 4  # at once in a process
CONNECTIONS = RUNS + 2  # the most that a process opens
LOCK = 0x7368656574  # "sheet": only this and db-init take it

TABLES: list[Table] = [
    *(model.metadata.tables[model.__tablename__] for model in (Person, Project, Order)),
    persons_projects,
]

# What a run may take of the server.
STATEMENT_TIMEOUT = "2s"
LIMITS = {
    "lock_timeout": "1s",
    "transaction_timeout": "10s",
    "work_mem": "4MB",
    "temp_buffers": "8MB",
    "timezone": "UTC",
}


def _option(setting: tuple[str, str]) -> str:
    """A setting for libpq, with spaces escaped, which would end it; a role's name may have one."""
    name, value = setting
    return re.sub(r"([\s\\])", r"\\\1", f"-c{name}={value}")


class Sandbox:
    """Gives runs connections of their own, a few, so that they take none of the service's."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.role = f"{settings.role}_sheet"
        always = {"role": self.role} | LIMITS
        self.own = self._engine(settings, RUNS, always | {"search_path": "pg_temp,extensions"})
        self.of_shared = always | {
            "search_path": f"{SCHEMA},extensions",
            "statement_timeout": STATEMENT_TIMEOUT,
        }
        self.shared = self._engine(settings, CONNECTIONS - RUNS, self.of_shared)

    def _engine(self, settings: DatabaseSettings, size: int, options: dict[str, str]) -> Engine:
        engine = create_engine(
            settings.url,
            pool_size=size,
            max_overflow=0,
            pool_use_lifo=True,
            pool_timeout=1,  # seconds
            use_native_hstore=False,
            connect_args=CONNECT_ARGS
            | {
                "application_name": "retort cheatsheet",
                "cursor_factory": CopyCursor,
                "options": " ".join(map(_option, options.items())),
            },
        )
        watch(engine)
        renew(engine)
        return engine

    def close(self) -> None:
        """Close every connection that no run uses."""
        self.own.dispose()
        self.shared.dispose()

    @contextmanager
    def run(self, *, shared: bool) -> Generator[None]:
        """Let the engines of this thread connect to a new run; undo all of it at the end.

        Raises sqlalchemy.exc.OperationalError while the database is away, or where another
        run with two connections does not end.
        """
        with self.own.connect() as connection:
            if shared:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            else:
                connection.exec_driver_sql(SCRIPT)
            try:
                with (
                    connected(connection, self.shared if shared else None),
                    asynchronous.connected(connection, self.of_shared if shared else None),
                ):
                    yield
            finally:
                with suppress(DBAPIError):  # a connection that was ended has rolled back
                    connection.rollback()


def _script() -> str:
    """The SQL that makes a run's tables and fills them: one text, one round trip."""
    statements: list[str] = []

    def collect(ddl: Any, *args: object, **options: object) -> None:
        statements.append(str(ddl.compile(dialect=PGDialect_psycopg2())))

    mock = create_mock_engine("postgresql+psycopg2://", collect)
    Person.metadata.create_all(mock, tables=TABLES, checkfirst=False)
    for table in TABLES:
        columns = ", ".join(column.name for column in table.columns)
        values = ", ".join(
            # Each of the two schemas has an enum of its own.
            f"{column.name}::text::{column.type.name}"
            if isinstance(column.type, Enum)
            else column.name
            for column in table.columns
        )
        statements.append(
            f"INSERT INTO {table.name} ({columns}) OVERRIDING SYSTEM VALUE "  # noqa: S608
            f"SELECT {values} FROM {SCHEMA}.{table.name} "
            # An updated row moves, and one of these is updated now and then.
            f"ORDER BY {', '.join(column.name for column in table.primary_key)}"
        )
        if "id" in table.columns:
            statements.append(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) "  # noqa: S608
                f"FROM {table.name}"
            )
    # Only now, since a busy machine may take its time for the above.
    statements.append(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
    statements.append(f"ANALYZE {', '.join(table.name for table in TABLES)}")
    return ";\n".join(statements)


SCRIPT = _script()
