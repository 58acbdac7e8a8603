"""A column as JSON Schema: what its values look like in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Time,
    Uuid,
)
from sqlalchemy.dialects.postgresql import DOMAIN, HSTORE, OID
from sqlalchemy.exc import CompileError
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine, UserDefinedType

from .plan import DIALECT
from .resources import Resource

Schema = dict[str, Any]

# The first that fits counts: a SmallInteger is an Integer too. The formats are those of
# OpenAPI's registry.
TYPES: tuple[tuple[type[Any], Callable[[Any], Schema]], ...] = (
    (TypeDecorator, lambda type_: type_schema(type_.impl_instance)),
    (DOMAIN, lambda type_: type_schema(type_.data_type)),
    (ARRAY, lambda type_: _array(type_schema(type_.item_type), type_.dimensions or 1)),
    (Enum, lambda type_: {"type": "string", "enum": list(type_.enums)}),
    (String, lambda type_: {"type": "string"} | _if("maxLength", type_.length)),
    (Boolean, lambda _: {"type": "boolean"}),
    (SmallInteger, lambda _: {"type": "integer", "format": "int16"}),
    (BigInteger, lambda _: {"type": "integer", "format": "int64"}),
    (Integer, lambda _: {"type": "integer", "format": "int32"}),
    (OID, lambda _: {"type": "integer"}),
    (Float, lambda _: {"type": "number", "format": "double"}),
    (Numeric, lambda _: {"type": "number"}),
    (Date, lambda _: {"type": "string", "format": "date"}),
    (
        DateTime,
        lambda type_: {
            "type": "string",
            "format": "date-time" if type_.timezone else "date-time-local",
        },
    ),
    # With a time zone it is in Postgres' own form, for which there is no name.
    (
        Time,
        lambda type_: {"type": "string"} | _if("format", not type_.timezone and "time-local"),
    ),
    (Uuid, lambda _: {"type": "string", "format": "uuid"}),
    # Any value at all, or nobody knows.
    (JSON, lambda _: {}),
    (HSTORE, lambda _: {}),
    (NullType, lambda _: {}),
    (UserDefinedType, lambda _: {}),
    # In JSON all others are as Postgres writes them.
    (TypeEngine, lambda _: {"type": "string"}),
)


def _array(items: Schema, dimensions: int) -> Schema:
    for _ in range(dimensions):
        items = {"type": "array", "items": items}
    return items


def _if(key: str, value: object) -> Schema:
    return {key: value} if value else {}


def type_schema(type_: TypeEngine[Any]) -> Schema:
    """What a value of this type looks like, if it is not null."""
    return next(schema(type_) for kind, schema in TYPES if isinstance(type_, kind))


def type_name(type_: TypeEngine[Any]) -> str:
    """As Postgres calls it."""
    try:
        return type_.compile(DIALECT).lower()
    except CompileError:
        return "unknown"


def column_schema(resource: Resource, column: Column[Any]) -> Schema:
    """The same with what else is known of the column."""
    found = type_schema(column.type)
    if column.nullable and "type" in found:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    if column.name not in resource.writable or column.name == resource.version:
        found["readOnly"] = True
    return found | _if("description", ". ".join(_notes(resource, column)))


def _notes(resource: Resource, column: Column[Any]) -> list[str]:
    notes = [column.comment.rstrip(".")] if column.comment else []
    if column.name in resource.key:
        notes.append("Primary key")
    notes += [
        f"Refers to `{relationship.target.label}.{there}`"
        for relationship in resource.relationships
        for here, there in relationship.pairs
        if relationship.forward and here == column.name and there in relationship.target.columns
    ]
    return notes


def row_schema(resource: Resource) -> Schema:
    """A row as it is read. None of it has to be there: `select` chooses, PATCH changes some."""
    return {
        "type": "object",
        "properties": {
            name: column_schema(resource, column) for name, column in resource.columns.items()
        },
    } | _if("description", resource.table.comment)


def required(resource: Resource) -> list[str]:
    """The columns that a new row has to give: neither null nor filled by anybody else."""
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
