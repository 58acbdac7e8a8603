"""The tables that the recipes use, as the models have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from ...models import Order, Person, Project, persons_projects


@dataclass
class Box:
    """A table, and what its model is called and calls its relations."""

    table: Table
    model: str = ""
    relations: list[str] = field(default_factory=list)

    @cached_property
    def columns(self) -> list[tuple[str, str, str]]:
        """Of each its name, its type, and `key` or `→ table.column`."""
        return [(column.name, type_name(column), _key(column)) for column in self.table.columns]


@cache
def boxes() -> list[Box]:
    """In a row in which each table has a foreign key to its neighbour, or the neighbour to it."""
    order, person, project = (
        Box(
            model.metadata.tables[model.__tablename__],
            model.__name__,
            list(model.__mapper__.relationships.keys()),
        )
        for model in (Order, Person, Project)
    )
    return [order, person, Box(persons_projects), project]


def type_name(column: Column[object]) -> str:
    """A column's type, in few characters."""
    name = column.type.compile(dialect=postgresql.dialect()).lower()
    return name.replace("timestamp with time zone", "timestamptz").replace(", ", ",")


def _key(column: Column[object]) -> str:
    for key in column.foreign_keys:
        return f"→ {key.target_fullname}"
    return "key" if column.primary_key else ""
