"""A migration says whether the code before it goes on working, and db-init tells the database."""

from collections.abc import Callable

import pytest
from sqlalchemy import BigInteger, Column, Connection, Enum, ForeignKey, Text
from sqlalchemy.schema import SchemaItem

from db_init import migrate
from retort import schema

from .kinds import Items, a, bare, table
from .project import Project

ALL = 'still_serves = "all"'
THERE = table(a(Text))
ADDED: dict[str, Callable[[], SchemaItem]] = {
    "nullable": lambda: Column("b", Text),
    "with a default": lambda: Column("b", Text, server_default="x", nullable=False),
    "with an index": lambda: Column("b", Text, index=True),
    "with a key": lambda: Column("b", BigInteger, ForeignKey("things.id")),
    "of a new type": lambda: Column("b", Enum("x", "y", name="letter")),
}
CHANGED: dict[str, Items] = {
    "gone": bare,
    "of another type": a(BigInteger),
    "not null": a(Text, nullable=False),
    "unique": a(Text, unique=True),
    "one more that needs a value": lambda _: [Column("a", Text), Column("b", Text, nullable=False)],
}


def expands(project: Project) -> bool:
    (newest, *_) = migrate.scripts()
    return newest.module.still_serves == "all"


def test_a_new_table_expands(project: Project, connection: Connection) -> None:
    project.write_on(connection, "one", THERE)
    assert expands(project)


@pytest.mark.parametrize("column", ADDED.values(), ids=ADDED)
def test_a_new_column_expands(
    project: Project, connection: Connection, column: Callable[[], SchemaItem]
) -> None:
    project.write_on(connection, "one", THERE)
    project.write_on(connection, "two", table(lambda _: [Column("a", Text), column()]))
    assert expands(project)


@pytest.mark.parametrize("items", CHANGED.values(), ids=CHANGED)
def test_what_the_code_before_cannot_know_does_not(
    project: Project, connection: Connection, items: Items
) -> None:
    project.write_on(connection, "one", THERE)
    project.write_on(connection, "two", table(items))
    assert not expands(project)


def test_a_key_of_a_column_that_is_there_does_not(project: Project, connection: Connection) -> None:
    project.write_on(connection, "one", table(a(BigInteger)))
    project.write_on(connection, "two", table(a(BigInteger, ForeignKey("things.id"))))
    assert not expands(project)


def test_what_is_filled_in_by_hand_is_not_known(
    project: Project, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "1")
    project.write_on(connection, "one", lambda metadata: None)
    assert not expands(project)


def test_the_database_knows_whose_code_it_serves(project: Project, connection: Connection) -> None:
    def served(revision: str, before: str, line: str) -> str:
        project.add(revision, before, f"pass\n\n{line}" if line else "pass")
        migrate.upgrade(connection)
        at, said = connection.execute(schema.STATE).one()
        assert at == revision
        return said

    assert served("0002", "0001", ALL) == "0002 0001"
    assert served("0003", "0002", ALL) == "0003 0001 0002"
    assert served("0004", "0003", "") == "0004"
    assert served("0005", "0004", ALL) == "0005 0004"
    assert served("0006", "0005", ALL) == "0006 0004 0005"
    assert served("0007", "0006", 'still_serves = "0005"') == "0007 0005 0006"


def test_the_code_before_leaves_a_database_that_serves_it_alone(
    project: Project, connection: Connection
) -> None:
    for revision, before in (("0002", "0001"), ("0003", "0002")):
        project.add(revision, before, f"pass\n\n{ALL}")
    migrate.upgrade(connection)
    for path in project.versions.glob("0003*"):
        path.unlink()
    said = migrate.upgrade(connection)
    assert said == "schema: at 0003 already, which serves this code too"
    assert tuple(connection.execute(schema.STATE).one()) == ("0003", "0003 0001 0002")


def test_without_a_gap_what_stops_the_code_that_runs_is_refused(
    project: Project, connection: Connection
) -> None:
    migrate.upgrade(connection)
    project.add("0002", "0001", f"pass\n\n{ALL}")
    assert migrate.upgrade(connection, gap=False) == "schema: 0001 to 0002"
    project.add("0003", "0002", 'pass\n\nstill_serves = ""')
    with pytest.raises(migrate.MigrationFailed, match=r"0002, which 0003 .* not serve"):
        migrate.upgrade(connection, gap=False)
    assert migrate.upgrade(connection) == "schema: 0002 to 0003"
