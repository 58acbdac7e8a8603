"""What the chapter of migrations says and does not show."""

from collections.abc import Generator
from io import StringIO
from typing import Any

import pytest
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Enum,
    MetaData,
    NullPool,
    Text,
    Uuid,
    create_engine,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from ...postgres import Server

MOOD = ENUM("good", "bad", name="mood", create_type=False)


@pytest.fixture
def connection(server: Server) -> Generator[Connection]:
    with server.empty() as url, create_engine(url, poolclass=NullPool).connect() as connection:
        connection.execute(text("CREATE TABLE days (id int, name text DEFAULT 'good')"))
        connection.execute(text("INSERT INTO days VALUES (1), (1)"))
        yield connection


@pytest.fixture
def op(connection: Connection) -> Operations:
    return Operations(MigrationContext.configure(connection))


def test_a_table_leaves_its_enum_behind(connection: Connection, op: Operations) -> None:
    op.create_table("nights", Column("mood", Enum("good", "bad", name="mood")))
    op.drop_table("nights")
    assert connection.scalar(text("SELECT to_regtype('mood')::text")) == "mood"


def test_a_column_does_not_bring_its_enum(connection: Connection, op: Operations) -> None:
    mood = Enum("good", "bad", name="mood")
    with pytest.raises(ProgrammingError, match='type "mood" does not exist'):  # noqa: SIM117
        with connection.begin_nested():
            op.add_column("days", Column("mood", mood))
    mood.create(op.get_bind(), checkfirst=True)
    op.add_column("days", Column("mood", mood))


def test_using_does_not_convert_the_default(connection: Connection, op: Operations) -> None:
    MOOD.create(connection)
    using: Any = {"type_": MOOD, "postgresql_using": "name::mood"}
    with pytest.raises(ProgrammingError, match="default for column"):  # noqa: SIM117
        with connection.begin_nested():
            op.alter_column("days", "name", **using)
    op.alter_column("days", "name", server_default=None)
    op.alter_column("days", "name", **using)
    op.alter_column("days", "name", server_default="good")


def test_no_value_of_an_enum_can_be_dropped(connection: Connection, op: Operations) -> None:
    MOOD.create(connection)
    with pytest.raises(DBAPIError, match="not implemented"):
        op.execute("ALTER TYPE mood DROP VALUE 'bad'")


@pytest.mark.parametrize(
    ("column", "is_rewritten"),
    [
        (Column("done", Boolean, server_default="false", nullable=False), False),
        (Column("key", Uuid, server_default=func.gen_random_uuid(), nullable=False), True),
    ],
)
def test_a_default_that_differs_from_row_to_row_rewrites_the_table(
    connection: Connection, op: Operations, column: Column[Any], is_rewritten: bool
) -> None:
    file = text("SELECT pg_relation_filenode('days')")
    before = connection.scalar(file)
    op.add_column("days", column)
    assert (connection.scalar(file) != before) == is_rewritten


def test_not_null_can_be_validated_later(connection: Connection, op: Operations) -> None:
    op.add_column("days", Column("net", Text))
    op.execute("ALTER TABLE days ADD CONSTRAINT net_is_set NOT NULL net NOT VALID")
    with pytest.raises(IntegrityError), connection.begin_nested():
        op.execute("INSERT INTO days DEFAULT VALUES")
    op.execute("UPDATE days SET net = ''")
    op.execute("ALTER TABLE days VALIDATE CONSTRAINT net_is_set")


def test_an_index_that_fails_stays_behind_and_is_invalid(
    connection: Connection, op: Operations
) -> None:
    connection.commit()
    context = op.get_context()
    with pytest.raises(IntegrityError), context.begin_transaction(), context.autocommit_block():
        op.create_index("i", "days", ["id"], unique=True, postgresql_concurrently=True)
    connection.rollback()
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"
    assert connection.scalar(text(valid)) is False


def test_a_convention_goes_by_the_name_of_a_check() -> None:
    sql = StringIO()
    metadata = MetaData(naming_convention={"ck": "%(table_name)s_%(constraint_name)s_check"})
    options = {"as_sql": True, "output_buffer": sql, "target_metadata": metadata}
    op = Operations(MigrationContext.configure(dialect_name="postgresql", opts=options))
    for name in ("place", "seats_place_check", op.f("seats_place_check")):
        op.drop_constraint(name, "seats", type_="check")
    names = [line.split()[-1] for line in sql.getvalue().splitlines() if line]
    assert names == ["seats_place_check;", "seats_seats_place_check_check;", "seats_place_check;"]


def test_without_the_models_every_table_is_dropped(connection: Connection) -> None:
    operations = produce_migrations(MigrationContext.configure(connection), MetaData()).upgrade_ops
    assert operations
    assert "op.drop_table('days')" in render_python_code(operations)
