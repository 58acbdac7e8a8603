"""`make migration` for a column, an enum or a table that changes."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Connection,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import (
    ARRAY,
)
from sqlalchemy.schema import SchemaItem

from db_init import migrate

from .kinds import Items, a, bare, go, prove, table
from .project import Models, Project


def statuses(*values: str, default: str = "open") -> Items:
    """An enum and its array, with an index, a check and defaults that name its values."""

    def items(name: str) -> Sequence[SchemaItem]:
        type_ = Enum(*values, name="status")
        return [
            Column("a", type_, server_default=default, nullable=False),
            Column("b", ARRAY(type_), server_default="{open}"),
            Column("c", Text),
            Index(f"{name}_open_idx", "id", postgresql_where=text("a = 'open'")),
            CheckConstraint("a <> 'done' OR id > 0", "a"),
        ]

    return items


OLD = ("open", "done")


VALUES = {
    "more": statuses(*OLD, "it's", "100 % :x"),
    "more before and between": statuses("new", "open", "half", "done"),
    "fewer and in another order": statuses("other", "done", "open"),
    "a new one that is the default": statuses(*OLD, "new", default="new"),
}


@pytest.mark.parametrize("items", VALUES.values(), ids=VALUES)
def test_an_enum_with_other_values(project: Project, connection: Connection, items: Items) -> None:
    prove(project, connection, table(statuses(*OLD, "more")), table(statuses(*OLD)), table(items))
    project.write_on(connection, "nothing", table(bare))


def test_an_enum_keeps_its_rows(project: Project, connection: Connection) -> None:
    project.write_on(connection, "one", table(statuses(*OLD)))
    go(connection, "head")
    connection.execute(text("INSERT INTO things (a, b) VALUES ('done', '{done,open}')"))
    connection.commit()
    project.write_on(connection, "two", table(statuses("done", "new", "open", default="new")))
    go(connection, "head")
    rows = connection.execute(text("SELECT a::text, b::text[] FROM things")).all()
    assert rows == [("done", ["done", "open"])]


CHANGES: dict[str, tuple[Items, Items]] = {
    "precision": (a(Numeric(10, 2)), a(Numeric(12, 3))),
    "length": (a(String(10)), a(Text)),
    "bigger": (a(Integer), a(BigInteger)),
    "not null": (a(Text), a(Text, nullable=False)),
    "default": (a(Text, server_default="x"), a(Text, server_default="y")),
    "default gone": (a(Text, server_default="x: %"), a(Text)),
    "identity": (
        a(Integer, Identity(always=True, start=5, cache=3)),
        a(Integer, Identity(increment=3, minvalue=2, start=5, cache=3)),
    ),
    "identity gone": (a(Integer, Identity()), a(Integer, nullable=False)),
    "identity now": (a(Integer, nullable=False), a(Integer, Identity())),
    "comment": (a(Text, comment="x"), a(Text, comment="it's: %")),
    "check": (
        lambda _: [Column("a", Text), CheckConstraint("a <> 'x'", "a")],
        lambda _: [Column("a", Text), CheckConstraint(r"a LIKE '%\:y %'", "a")],
    ),
    "check of a new column": (
        lambda _: [Column("a", Text), CheckConstraint("a <> 'x'", "a")],
        lambda _: [Column("a", Text), Column("b", Text), CheckConstraint("a <> b", "a")],
    ),
    "nulls": (
        lambda _: [Column("a", Text), UniqueConstraint("a")],
        lambda _: [Column("a", Text), UniqueConstraint("a", postgresql_nulls_not_distinct=True)],
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_a_change(project: Project, connection: Connection, before: Items, after: Items) -> None:
    prove(project, connection, table(before), table(after))


def test_an_enum_that_is_a_check(project: Project, connection: Connection) -> None:
    def kind(*values: str) -> Models:
        type_ = Enum(*values, native_enum=False, create_constraint=True, length=9, name="kind")
        return table(a(type_))

    for number, models in enumerate([table(bare), kind("a", "b"), kind("b", "c"), table(bare)]):
        assert "The code now expects" in project.write_on(connection, f"stage {number}", models)
        go(connection, "head")
        command.check(migrate.config(connection))
    go(connection, "0001")


def test_tables_go_before_those_that_they_refer_to(
    project: Project, connection: Connection
) -> None:
    def chain(metadata: MetaData) -> None:
        table(bare, "things_0")(metadata)
        for number in range(1, 6):
            refers = a(ForeignKey(f"things_{number - 1}.id"))
            table(refers, f"things_{number}")(metadata)

    def end(metadata: MetaData) -> None:
        table(a(BigInteger), "things_5")(metadata)

    prove(project, connection, chain, end)


def test_what_has_to_be_done_by_hand_is_said(project: Project, connection: Connection) -> None:
    project.write_on(connection, "one", table(a(BigInteger, Computed("id * 2", persisted=True))))
    go(connection, "head")
    changed = table(a(BigInteger, Computed("id * 3", persisted=True)))
    said = project.write_on(connection, "two", changed).splitlines()
    assert said[0] == "By hand: Computed default on things.a cannot be modified"
    assert said[1].startswith("Nothing was written")


def test_it_is_there_for_the_next_migration(project: Project) -> None:
    """`make migration` does not write again what is made afterwards."""
    project.write("one", table(a(Text)))
    path = Path(migrate.scripts()[0].path)
    path.write_text(
        path.read_text() + 'afterwards = ["DROP INDEX IF EXISTS things_a_idx",'
        ' "CREATE INDEX CONCURRENTLY things_a_idx ON things (a)"]\n'
    )
    assert "Nothing was written" in project.write("two", table(a(Text, index=True)))
