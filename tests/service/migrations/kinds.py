"""Small models, and the proof of their migrations: each goes up, down and up again; then there is
nothing left to find, and down leaves nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from alembic import command
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Identity,
    MetaData,
    Table,
)
from sqlalchemy.schema import SchemaItem

from db_init import migrate

from ..snapshot import snapshot
from .project import Models, Project

Items = Callable[[str], Sequence[SchemaItem]]


def table(items: Items, name: str = "things", **options: Any) -> Models:
    """Models with a table of a key and `items`."""

    def add(metadata: MetaData) -> None:
        key = Column("id", BigInteger, Identity(), primary_key=True)
        Table(name, metadata, key, *items(name), **options)

    return add


def a(*arguments: Any, **options: Any) -> Items:
    """A column `a`."""
    return lambda _: [Column("a", *arguments, **options)]


def refer(name: str, to: str, **options: Any) -> Column[Any]:
    """A column with a foreign key."""
    return Column(name, ForeignKey(to, **options), index=True)


def bare(_: str) -> Sequence[SchemaItem]:
    """Nothing but the key."""
    return []


def nothing(_: MetaData) -> None:
    """No model is left."""


def go(connection: Connection, where: str) -> str:
    """Up or down, as a start of its own; what is in the database then."""
    config = migrate.config(connection)
    if where == "head":
        migrate.upgrade(connection)
    else:
        command.downgrade(config, where)
    connection.commit()
    return snapshot(connection.engine.url)


def prove(project: Project, connection: Connection, *stages: Models) -> None:
    """Each stage's migration goes up, down and up again, and then nothing is left to find."""
    revisions, states = project.heads(), [go(connection, "head")]
    for number, stage in enumerate(stages):
        assert "The code now expects" in project.write_on(connection, f"stage {number}", stage)
        states.append(go(connection, "head"))
        assert go(connection, revisions[-1]) == states[-2]
        assert go(connection, "head") == states[-1]
        command.check(migrate.config(connection))
        connection.rollback()
        revisions += project.heads()
    project.ruff("check", "--fix-only")
    project.ruff("format")
    project.ruff("check")
    assert go(connection, revisions[0]) == states[0]
