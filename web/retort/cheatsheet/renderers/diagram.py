"""The tables that the recipes use, as the models have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from ...models import Order, Person, Project, persons_projects


@dataclass
class Box:
    """A table, with the names of its model and of the model's relationships."""

    table: Table
    model: str = ""
    relations: list[str] = field(default_factory=list)

    @cached_property
    def columns(self) -> list[tuple[str, str, str]]:
        """For each column its name, its type, and `key`, `→ table.column`, or an empty text."""
        return [(column.name, type_name(column), _key(column)) for column in self.table.columns]


@cache
def boxes() -> list[Box]:
    """The tables in a row, in which of two neighbours one has a foreign key to the other."""
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
    """A short name of a column's type."""
    name = column.type.compile(dialect=postgresql.dialect()).lower()
    return name.replace("timestamp with time zone", "timestamptz").replace(", ", ",")


def _key(column: Column[object]) -> str:
    for key in column.foreign_keys:
        return f"→ {key.target_fullname}"
    return "key" if column.primary_key else ""
