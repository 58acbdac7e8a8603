"""The role that `web` connects as: it reads and writes rows and can do nothing else."""

from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection, func, select, text

# What a request may take at the most; a role's own settings hold for every client.
LIMITS = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
}


class Refused(Exception):
    """The role cannot be the one that `web` connects as."""


def create(connection: Connection, role: str, password: str) -> str:
    """Create the role or bring it up to date; say which.

    Raises Refused where it is the role that this connection has itself.
    """
    if role == connection.scalar(select(func.current_user())):
        raise Refused(f"WEB_USER: {role!r} owns the database; name a role of its own for web")
    known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    quoted = _quote(connection, role)
    if not known:
        connection.execute(text(f"CREATE ROLE {quoted}"))
    # Sent as a verifier, so that no log of the server can show the password.
    verifier = encrypt_password(
        password, role, connection.connection.driver_connection, "scram-sha-256"
    )
    connection.execute(text(f"ALTER ROLE {quoted} LOGIN PASSWORD :it"), {"it": verifier})
    if connection.scalar(select(func.current_setting("is_superuser"))) == "on":
        # Only a superuser may say so; a new role has none of these anyway.
        connection.execute(
            text(
                f"ALTER ROLE {quoted} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            )
        )
    for name, value in LIMITS.items():
        connection.execute(text(f"ALTER ROLE {quoted} SET {name} = :value"), {"value": value})
    return f"role {role}: {'updated' if known else 'created'}"


def grant(connection: Connection, role: str) -> str:
    """Give the role the rows of every table, and take the rest from everybody."""
    quoted = _quote(connection, role)
    database = _quote(connection, connection.scalars(select(func.current_database())).one())
    for statement in (
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {quoted}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
    ):
        connection.execute(text(statement))
    return f"rights of {role}: rows, and nothing else"


def _quote(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
