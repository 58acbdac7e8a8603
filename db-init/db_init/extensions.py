"""Extensions of the server, in a schema of their own, apart from the tables."""

from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.schema import CreateSchema

SCHEMA = "extensions"
STATEMENTS = "pg_stat_statements"


def install(connection: Connection, names: Collection[str]) -> None:
    """Install those that the server has, in the connection's transaction."""
    connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
    available = connection.scalars(
        text("SELECT name FROM pg_available_extensions WHERE name = ANY(:names)"),
        {"names": list(names)},
    ).all()
    for name in available:
        connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {SCHEMA}"))


def count_statements(connection: Connection) -> None:
    """Install what counts statements for `make status`, and let nobody else read it.

    Only where the server has loaded it, and lets this owner install it: not every owner may, on a
    managed server.
    """
    loaded = text(f"SELECT current_setting('{STATEMENTS}.max', true)")
    if connection.scalar(loaded) is None:
        return
    with suppress(ProgrammingError), connection.begin_nested():
        install(connection, [STATEMENTS])
        # Its views call it with the rights of who asks, so nobody else can use these either.
        connection.execute(
            text(f"REVOKE ALL ON FUNCTION {SCHEMA}.{STATEMENTS}(boolean) FROM PUBLIC")
        )
