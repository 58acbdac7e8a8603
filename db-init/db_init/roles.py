"""Makes the role that `web` connects as, which can read and write rows, and nothing else."""

from typing import Any

from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Composable, Identifier, Literal
from sqlalchemy import Connection, func, inspect, select, text

from retort.database import db

# The most that a request may take. As settings of the role they hold for every client.
LIMITS = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "transaction_timeout": "10s",
    "client_connection_check_interval": "1s",  # in which a statement ends whose client is gone
}
# What the server logs of the role: no error, as its statement holds the values of a client. `web`
# itself logs those errors that are not the client's.
LOGGED = {"log_min_messages": "log", "log_min_error_statement": "panic"}
# The first version of Postgres that knows it.
SINCE = {"transaction_timeout": 170_000, "client_connection_check_interval": 140_000}
# Postgres lets everybody use them in a database, and they write what is no row: large objects, and
# messages in the write-ahead log.
FUNCTIONS = """
SELECT string_agg(oid::regprocedure::text, ', ') FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
AND proname ~ '^(lo_.*|loread|lowrite|pg_logical_emit_message)$'
"""
OTHER_DATABASES = """
SELECT datname FROM pg_database WHERE datallowconn AND datname <> current_database()
AND (has_database_privilege('public', oid, 'CONNECT')
  OR has_database_privilege('public', oid, 'TEMPORARY'))
"""
# The tables where row-level security hides rows and the database alone chooses a key, each with its
# other columns. Who could choose it as well would learn which keys exist, and take the next ones.
SECURED = text(
    """
    SELECT nspname, relname, array_agg(attname ORDER BY attnum) FILTER (WHERE attidentity <> 'a')
    FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relrowsecurity AND nspname = ANY(:schemas)
    GROUP BY nspname, relname
    HAVING bool_or(attidentity = 'a')
    """
)


class Refused(Exception):
    """The role cannot be the one that `web` connects as."""


def create(connection: Connection, role: str, password: str) -> str:
    """Create the role or bring it up to date; say which.

    Raises Refused where it is the role that this connection has itself.
    """
    if role == connection.scalar(select(func.current_user())):
        raise Refused(f"WEB_USER: {role!r} owns the database; name a role of its own for web")
    known = log_in(connection, role, password)
    if is_superuser(connection):
        # Only a superuser may do this; a new role has none of these rights anyway.
        execute(
            connection,
            "ALTER ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
            role=Identifier(role),
        )
    # Only a superuser may choose what is logged.
    for name, value in (LIMITS | (LOGGED if is_superuser(connection) else {})).items():
        if _psycopg2(connection).server_version < SINCE.get(name, 0):
            continue
        execute(
            connection,
            "ALTER ROLE {role} SET {name} = {value}",
            role=Identifier(role),
            name=Identifier(name),
            value=Literal(value),
        )
    return f"role {role}: {'updated' if known else 'created'}"


def log_in(connection: Connection, role: str, password: str) -> bool:
    """Create the role if it is missing, and let it log in with the password; say whether it
    existed."""
    known = _create_missing(connection, role)
    # Only its hash is sent, so that no log of the server can show the password.
    encrypted = encrypt_password(password, role, _psycopg2(connection), "scram-sha-256")
    execute(
        connection,
        "ALTER ROLE {role} LOGIN PASSWORD {verifier}",
        role=Identifier(role),
        verifier=Literal(encrypted),
    )
    return known


def create_other(connection: Connection, role: str, other: str) -> None:
    """Create the role `other` if it is missing, and let `role` become it."""
    _create_missing(connection, other)
    # `role` has the other's rights only after SET ROLE.
    execute(
        connection,
        "GRANT {other} TO {role} WITH INHERIT FALSE, SET TRUE",
        role=Identifier(role),
        other=Identifier(other),
    )


def _create_missing(connection: Connection, role: str) -> bool:
    """Create the role if it is missing; say whether it existed."""
    known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if not known:
        execute(connection, "CREATE ROLE {role}", role=Identifier(role))
    return bool(known)


def grant(connection: Connection, role: str, owns_server: bool = False) -> str:
    """Give the role the rows of every table, and take the rest from everybody: in the server's
    other databases too, where no others need them. Say what is left."""
    grant_rows(connection, role)
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
    ):
        execute(
            connection,
            statement,
            role=Identifier(role),
            database=Identifier(connection.scalars(select(func.current_database())).one()),
        )
    if not is_superuser(connection):
        return f"rights of {role}: rows, and large objects, which only a superuser takes away"
    _take_from_everybody(connection, owns_server)
    return f"rights of {role}: rows, and nothing else"


def _take_from_everybody(connection: Connection, owns_server: bool) -> None:
    functions = connection.scalars(text(FUNCTIONS)).one()
    execute(connection, "REVOKE EXECUTE ON FUNCTION {all} FROM PUBLIC", all=SQL(functions))
    execute(connection, "REVOKE USAGE ON LANGUAGE sql, plpgsql FROM PUBLIC")
    for name in connection.scalars(text(OTHER_DATABASES)) if owns_server else ():
        execute(connection, "REVOKE ALL ON DATABASE {name} FROM PUBLIC", name=Identifier(name))


def grant_rows(connection: Connection, role: str) -> None:
    """Give the role the rows of every table, but not the keys of SECURED."""
    # Only a migration makes a model's schema, and it may not be written yet.
    made = {"public", *db.metadata.schemas}.intersection(inspect(connection).get_schema_names())
    for statement in (
        "GRANT USAGE ON SCHEMA {schemas} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schemas} TO {role}",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schemas} TO {role}",
    ):
        execute(
            connection,
            statement,
            role=Identifier(role),
            schemas=SQL(", ").join(map(Identifier, sorted(made))),
        )
    for schema, table, columns in connection.execute(SECURED, {"schemas": sorted(made)}).all():
        for statement in (
            "REVOKE INSERT, UPDATE ON {table} FROM {role}",
            "GRANT INSERT ({columns}), UPDATE ({columns}) ON {table} TO {role}",
        ):
            execute(
                connection,
                statement,
                role=Identifier(role),
                table=Identifier(schema, table),
                columns=SQL(", ").join(map(Identifier, columns)),
            )


def execute(connection: Connection, statement: str, **parts: Composable) -> None:
    """Run a statement that takes no bind parameters, in the connection's transaction."""
    with _psycopg2(connection).cursor() as cursor:
        cursor.execute(SQL(statement).format(**parts))


def is_superuser(connection: Connection) -> bool:
    return connection.scalar(select(func.current_setting("is_superuser"))) == "on"


def _psycopg2(connection: Connection) -> Any:
    return connection.connection.driver_connection
