"""The types of columns: what their values look like in JSON, and what Postgres calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    DefaultClause,
    Enum,
    Float,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Time,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import DOMAIN, HSTORE, OID
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import CompileError
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine, UserDefinedType

DIALECT = PGDialect_psycopg2()

Schema = dict[str, Any]


class Named(UserDefinedType[Any]):
    """A type that SQLAlchemy does not know, or whose operators it does not, like a domain's.

    `name` is what Postgres calls it, with its schema and in the quotes that it needs; `json` is
    what its values are in JSON, or None if they may be anything; `base` is what a domain is made
    of, if SQLAlchemy knows that.
    """

    cache_ok = True

    def __init__(self, name: str, json: str | None, base: TypeEngine[Any] | None = None) -> None:
        self.name, self.json, self.base = name, json, base

    def get_col_spec(self, **_: object) -> str:
        return self.name.replace("%", "%%")  # as psycopg2 has it in a statement with parameters


# The first that fits counts: a SmallInteger is an Integer too. The formats are those of
# OpenAPI's registry.
TYPES: tuple[tuple[type[Any], Callable[[Any], Schema]], ...] = (
    (TypeDecorator, lambda type_: type_schema(type_.impl_instance)),
    (DOMAIN, lambda type_: type_schema(type_.data_type)),
    (Named, lambda type_: type_schema(type_.base) if type_.base else when("type", type_.json)),
    (ARRAY, lambda type_: _array(type_schema(type_.item_type), type_.dimensions or 1)),
    (Enum, lambda type_: {"type": "string", "enum": list(type_.enums)}),
    (String, lambda type_: {"type": "string"} | when("maxLength", type_.length)),
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
    # With a time zone it has a form of Postgres' own, which has no name.
    (
        Time,
        lambda type_: {"type": "string"} | when("format", not type_.timezone and "time-local"),
    ),
    (Uuid, lambda _: {"type": "string", "format": "uuid"}),
    # These may have any value.
    (JSON, lambda _: {}),
    (HSTORE, lambda _: {}),
    (NullType, lambda _: {}),
    (UserDefinedType, lambda _: {}),
    # All others are texts in JSON, as Postgres writes them.
    (TypeEngine, lambda _: {"type": "string"}),
)


def as_default(sql: str) -> DefaultClause:
    """What Postgres gives a column, as a table of SQLAlchemy's has it."""
    return DefaultClause(text(sql.replace(":", r"\:")))  # a colon in it begins no bind parameter


def _array(items: Schema, dimensions: int) -> Schema:
    for _ in range(dimensions):
        items = {"type": "array", "items": items}
    return items


def when(key: str, value: object) -> Schema:
    """A schema with this key, or an empty one if there is no value."""
    return {key: value} if value else {}


def type_schema(type_: TypeEngine[Any]) -> Schema:
    """What a value of this type looks like, if it is not null."""
    return next(schema(type_) for kind, schema in TYPES if isinstance(type_, kind))


def base_type(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type that a domain, or a decorator of SQLAlchemy's, is made of, else the type itself."""
    while True:
        if isinstance(type_, TypeDecorator):
            type_ = type_.impl_instance
        elif isinstance(type_, DOMAIN):
            type_ = type_.data_type
        elif isinstance(type_, Named) and type_.base is not None:
            type_ = type_.base
        else:
            return type_


def type_name(type_: TypeEngine[Any]) -> str:
    """What Postgres calls the type, or `unknown`."""
    try:
        name = type_.compile(DIALECT).replace("%%", "%")
    except CompileError:
        return "unknown"
    return name if '"' in name else name.lower()
