"""What runs of the cheat sheet need in the database: rows to copy, in a schema of their own, and a
role that has rights to nothing else.

The rows are made afresh at every start, from the models and the seed, so that they always fit them.
"""

from datetime import UTC, datetime, timedelta

from psycopg2.sql import Identifier
from sqlalchemy import Connection, Table, func, inspect, literal, select, text, update
from sqlalchemy.schema import CreateSchema, DropSchema

from retort.models import Order, Person, Project, persons_projects

from . import extensions
from .existing import Taken
from .roles import create_other, execute
from .seed import seed

SCHEMA = "cheatsheet"
COMMENT = "The rows that runs of the cheat sheet copy; db-init makes them afresh at every start."
TABLES: list[Table] = [
    *(model.metadata.tables[model.__tablename__] for model in (Person, Project, Order)),
    persons_projects,
]
# In a schema of their own, so that a run can see them without the tables.
EXTENSIONS = ("pg_trgm",)

# Runs with two connections, which use the schema's own rows, hold it.
LOCK = 0x7368656574

BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)


def prepare(connection: Connection, web: str) -> str:
    """Make the schema, its rows, and the role that the role `web` becomes for a run, in the
    connection's transaction; say what was made.

    Raises Taken where the schema is somebody else's.
    """
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    if inspect(connection).has_schema(SCHEMA):
        comment = func.obj_description(func.to_regnamespace(SCHEMA), "pg_namespace")
        if connection.scalar(select(comment)) != COMMENT:
            raise Taken(f"there is a schema {SCHEMA} that db-init did not make; rename it")
        connection.execute(DropSchema(SCHEMA, cascade=True))
    connection.execute(CreateSchema(SCHEMA))
    connection.execute(text(f"COMMENT ON SCHEMA {SCHEMA} IS '{COMMENT}'"))
    connection.execution_options(schema_translate_map={None: SCHEMA})
    try:
        Person.metadata.create_all(connection, tables=TABLES)
        seed(connection)
        _fix_times(connection)
    finally:
        connection.execution_options(schema_translate_map={})
    extensions.install(connection, EXTENSIONS)
    _prepare_role(connection, web)
    return "cheat sheet: rows to copy, in a schema of their own"


def _fix_times(connection: Connection) -> None:
    """Give the rows fixed times, so that what is shown does not depend on when they were made."""
    at = literal(BEGAN) + Person.id * literal(timedelta(days=1))
    connection.execute(update(Person).values(created_at=at, updated_at=at))


def _prepare_role(connection: Connection, web: str) -> None:
    role = f"{web}_sheet"
    create_other(connection, web, role)
    database = connection.scalars(select(func.current_database())).one()
    for statement in (
        "GRANT TEMPORARY ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA {schema}, {extensions} TO {role}",
        # UPDATE, because Postgres asks for that right to lock a row.
        "GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    ):
        execute(
            connection,
            statement,
            role=Identifier(role),
            database=Identifier(database),
            schema=Identifier(SCHEMA),
            extensions=Identifier(extensions.SCHEMA),
        )
