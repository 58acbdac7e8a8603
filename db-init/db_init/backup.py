"""The role that scheduled backups connect as: it reads every row and writes none."""

from psycopg2.sql import Identifier
from sqlalchemy import Connection, func, select

from .roles import execute, log_in


def prepare(connection: Connection, role: str, password: str) -> str:
    """Create the role for backups of what `role` writes, or bring it up to date; say which."""
    backup = f"{role}_backup"
    known = log_in(connection, backup, password)
    for statement in (
        # A dump without the rows that policies hide would be none.
        "ALTER ROLE {backup} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS",
        "GRANT pg_read_all_data TO {backup}",
        "GRANT CONNECT ON DATABASE {database} TO {backup}",
    ):
        execute(
            connection,
            statement,
            backup=Identifier(backup),
            database=Identifier(connection.scalars(select(func.current_database())).one()),
        )
    return f"role {backup}: {'updated' if known else 'created'}"
