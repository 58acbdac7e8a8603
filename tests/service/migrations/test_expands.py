"""A migration says whether the code before it goes on working, and db-init tells the database."""

from collections.abc import Callable

import pytest
from sqlalchemy import BigInteger, Column, Computed, Connection, Enum, ForeignKey, Text
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
    "generated": lambda: Column("b", Text, Computed("a || 'x'", persisted=True), nullable=False),
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


def upgrade(connection: Connection, *running: str) -> str:
    said = migrate.upgrade(connection, running)
    migrate.note(connection)
    return said


def test_the_database_knows_whose_code_it_serves(project: Project, connection: Connection) -> None:
    def served(revision: str, before: str, line: str) -> str:
        project.add(revision, before, f"pass\n\n{line}" if line else "pass")
        upgrade(connection)
        at, said = connection.execute(schema.STATE).one()
        assert at == revision
        return said

    assert served("0002", "0001", ALL) == "0002 0001"
    assert served("0003", "0002", ALL) == "0003 0001 0002"
    assert served("0004", "0003", "") == "0004"
    assert served("0005", "0004", ALL) == "0005 0004"
    assert served("0006", "0005", ALL) == "0006 0004 0005"
    assert served("0007", "0006", 'still_serves = "0005"') == "0007 0005 0006"


def test_both_branches_are_served_by_what_joins_them(
    project: Project, connection: Connection
) -> None:
    for revision, before in (("000a", "0001"), ("000b", "0001")):
        project.add(revision, before, f"pass\n\n{ALL}")
    project.write_on(connection, "join")
    upgrade(connection)
    at, said = connection.execute(schema.STATE).one()
    assert said.split() == [at, "0001", "000a", "000b"]


def test_a_revision_that_is_none_is_said_so(project: Project, connection: Connection) -> None:
    project.add("0002", "0001", 'pass\n\nstill_serves = "0010"')
    with pytest.raises(migrate.MigrationFailed, match=r"0002.*: still_serves has to be a revision"):
        migrate.upgrade(connection)


def test_the_code_before_leaves_a_database_that_serves_it_alone(
    project: Project, connection: Connection
) -> None:
    for revision, before in (("0002", "0001"), ("0003", "0002")):
        project.add(revision, before, f"pass\n\n{ALL}")
    upgrade(connection)
    for path in project.versions.glob("0003*"):
        path.unlink()
    assert upgrade(connection) == "schema: at 0003 already, which serves this code too"
    assert tuple(connection.execute(schema.STATE).one()) == ("0003", "0003 0001 0002")


def test_what_stops_the_code_that_runs_is_refused(project: Project, connection: Connection) -> None:
    project.add("0002", "0001", f"pass\n\n{ALL}")
    assert upgrade(connection, "0001") == "schema: none to 0002"
    project.add("0003", "0002", 'pass\n\nstill_serves = "0002"')
    with pytest.raises(migrate.MigrationFailed, match=r"expects 0001, which 0003 .* not serve"):
        upgrade(connection, "0002", "0001")
    assert upgrade(connection, "0002") == "schema: 0002 to 0003"


def test_what_is_leaving_is_left_alone(project: Project, connection: Connection) -> None:
    """So that code which no longer needs a column can go out before the migration that drops it."""
    project.write_on(connection, "one", table(a(Text, unique=True, index=True)))
    leaving = {"leaving": ["a", "things_a_key", "things_a_idx"]}
    said = project.write_on(connection, "two", table(bare, info=leaving))
    assert "Nothing was written" in said
    assert "The code now expects" in project.write_on(connection, "three", table(bare))
