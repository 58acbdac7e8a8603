"""A row as JSON Schema."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sqlalchemy import Column

from ..catalog.computed import Computed
from ..catalog.resource import Resource
from ..catalog.types import Schema, type_schema, when


def column_schema(resource: Resource, column: Column[Any], shown: Set[Resource]) -> Schema:
    """A column: its type, whether it may be null or written, and what is noted of it."""
    found = type_schema(column.type)
    if column.nullable and "type" in found:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    if column.name not in resource.writable or column.name == resource.version:
        found["readOnly"] = True
    return found | when("description", ". ".join(_notes(resource, column, shown)))


def _notes(resource: Resource, column: Column[Any], shown: Set[Resource]) -> list[str]:
    notes = [column.comment.rstrip(".")] if column.comment else []
    if column.name in resource.key:
        notes.append("Primary key")
    found = [
        (relationship.target, there)
        for relationship in resource.relationships
        for here, there in relationship.pairs
        if relationship.target in shown
        and relationship.forward
        and here == column.name
        and there in relationship.target.columns
    ]
    # Of a table and the views of it, the table is named.
    tables = [one for one in found if not one[0].is_view] or found
    return notes + [f"Refers to `{target.label}.{there}`" for target, there in tables]


def _computed_schema(computed: Computed) -> Schema:
    """A computed column, which may be null as far as anybody knows."""
    found = type_schema(computed.type)
    if "type" in found:
        found["type"] = [found["type"], "null"]
    return found | {"readOnly": True, "description": "Computed, where `select` names it"}


def row_schema(resource: Resource, shown: Set[Resource]) -> Schema:
    """A row as it is read, with what it refers to among the resources `shown`. No column is
    required: `select` reads some, and PATCH changes some."""
    return {
        "type": "object",
        "properties": {
            name: column_schema(resource, column, shown)
            for name, column in resource.columns.items()
        }
        | {name: _computed_schema(computed) for name, computed in resource.computed.items()},
    } | when("description", resource.table.comment)


def required(resource: Resource) -> list[str]:
    """The columns that a new row has to give: they cannot be null, and nothing else fills them."""
    return [
        name
        for name, column in resource.writable.items()
        if not column.nullable
        and column.default is None
        and column.server_default is None
        and column.identity is None
        and column is not column.table.autoincrement_column
        and name != resource.version
    ]
