"""The role that `web` becomes for a request with a token, which may not use the log-in's tables."""

from psycopg2.sql import SQL, Identifier
from sqlalchemy import Connection

from retort.auth.models import TABLES

from .roles import create_other, execute, grant_rows

PRIVATE = ("alembic_version", *(table.name for table in TABLES))


def member(role: str) -> str:
    """The name of the role that `role` becomes."""
    return f"{role}_member"


def prepare(connection: Connection, role: str) -> None:
    """Create the role or bring it up to date."""
    create_other(connection, role, member(role))
    grant_rows(connection, member(role))
    execute(
        connection,
        "REVOKE ALL ON {private} FROM {member}",
        private=SQL(", ").join(map(Identifier, PRIVATE)),
        member=Identifier(member(role)),
    )
