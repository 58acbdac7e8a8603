"""The tables that the recipes use, as the models have them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from ..models import Order, Person, Project, persons_projects


@dataclass
class Box:
    """A table: its columns, and what its model calls its relations."""

    table: str
    model: str
    columns: list[tuple[str, str, str]]  # name, type, and `key` or `→ table.column`
    relations: list[str]


@cache
def boxes() -> list[Box]:
    """In a row in which each table has a foreign key to its neighbour, or the neighbour to it."""
    return [
        _box(Order),
        _box(Person),
        Box("persons_projects", "", _columns(list(persons_projects.columns)), []),
        _box(Project),
    ]


def _box(model: type[Order | Person | Project]) -> Box:
    columns = _columns(list(model.metadata.tables[model.__tablename__].columns))
    return Box(
        model.__tablename__, model.__name__, columns, list(model.__mapper__.relationships.keys())
    )


def _columns(columns: list[Column[object]]) -> list[tuple[str, str, str]]:
    return [(column.name, type_name(column), _key(column)) for column in columns]


def type_name(column: Column[object]) -> str:
    """A column's type, in few characters."""
    name = column.type.compile(dialect=postgresql.dialect()).lower()
    return name.replace("timestamp with time zone", "timestamptz").replace(", ", ",")


def _key(column: Column[object]) -> str:
    for key in column.foreign_keys:
        return f"→ {key.target_fullname}"
    return "key" if column.primary_key else ""
