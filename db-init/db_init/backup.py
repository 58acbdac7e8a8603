"""The role that scheduled backups connect as: it reads every row and writes none."""

from psycopg2.sql import Identifier
from sqlalchemy import Connection, func, select

from .roles import Refused, execute, is_superuser, log_in


def prepare(connection: Connection, role: str, password: str) -> str:
    """Create the role for backups of what `role` writes, or bring it up to date; say which.

    Raises Refused where the owner may not make such a role.
    """
    if not is_superuser(connection):
        raise Refused(
            "BACKUP_PASSWORD: only a superuser makes a role that reads everybody's rows; unset it, "
            "and leave scheduled backups to whoever runs the server"
        )
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
