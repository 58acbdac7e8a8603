"""Resolves names, and makes SQL of conditions. An identifier comes from a resource, never from the
request; a value is a bind parameter, which Postgres checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    JSON,
    REAL,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    FromClause,
    Integer,
    Interval,
    Numeric,
    SmallInteger,
    Text,
    Time,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal_column,
    not_,
    null,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, REGCONFIG, TSVECTOR
from sqlalchemy.types import TypeEngine

from ..catalog.resource import Resource, closest
from ..catalog.types import Named, base_type
from ..errors import ApiError, Guarded, MayRead
from ..operators import OPERATORS, Operator
from ..request.query import Condition, EmbedIsNull, Field, Filter, Logic, Slot, Step
from . import Touched, parameter
from .computed import value as computed_value

Expression: TypeAlias = ColumnElement[Any]

# What a client may cast to: types whose input can do no more than fail.
TYPES: dict[str, TypeEngine[Any]] = {
    "bigint": BigInteger(),
    "bool": Boolean(),
    "boolean": Boolean(),
    "date": Date(),
    "double precision": Double(),
    "float": Double(),
    "float4": REAL(),
    "float8": Double(),
    "int": Integer(),
    "int2": SmallInteger(),
    "int4": Integer(),
    "int8": BigInteger(),
    "integer": Integer(),
    "interval": Interval(),
    "json": JSON(),
    "jsonb": JSONB(),
    "numeric": Numeric(),
    "real": REAL(),
    "smallint": SmallInteger(),
    "text": Text(),
    "time": Time(),
    "timestamp": DateTime(),
    "timestamptz": DateTime(timezone=True),
    "uuid": Uuid(),
    "varchar": Text(),
}

COMPARE = ("=", "<>", ">", ">=", "<", "<=", "IS DISTINCT FROM")  # values of one type

IS: dict[str, Expression] = {
    "null": null(),
    "true": true(),
    "false": false(),
    "unknown": literal_column("UNKNOWN"),
}


def bind(slot: Slot, type_: TypeEngine[Any] | None = None) -> Expression:
    """The value in a slot. By default it has no type yet, so that Postgres reads it as whatever it
    is compared with."""
    value = bindparam(parameter(slot), type_=type_ or Text())
    return value if type_ is None else cast(value, type_)


def cast_to(expression: Expression, name: str) -> Expression:
    """The expression as the type `name`. Raises ApiError PGRST100 for one that is not in TYPES."""
    if name not in TYPES:
        raise ApiError(
            400,
            "PGRST100",
            f"a cast to {name} is not allowed",
            hint=f"Cast to one of {', '.join(sorted(TYPES))}",
        )
    return cast(expression, TYPES[name])


def path(found: Expression, steps: tuple[Step, ...]) -> Expression:
    """A place in JSON, or in what is made JSON for that."""
    if steps and not is_json(found):
        found = func.to_jsonb(found)
    for step in steps:
        key = bind(step.key, Integer() if step.is_index else None)
        type_ = Text() if step.operator == "->>" else JSONB()
        found = found.op(step.operator, return_type=type_)(key)
    return found


def is_json(found: Expression) -> bool:
    return isinstance(base_type(found.type), JSON)


def compared(
    field: Expression, operator: Operator, value: Slot, quantifier: str | None = None
) -> Expression:
    """What an operator that takes a value says of it and the field."""
    operand = bind(value)
    quantifier = operator.quantifier or quantifier
    type_ = base_type(field.type)
    if operator.sql in COMPARE and isinstance(type_, Named):
        # Without it, Postgres would not read the text as a row, or as a name of another.
        operand = cast(operand, ARRAY(type_) if quantifier else type_)
    if quantifier:
        operand = getattr(func, quantifier)(operand)
    return field.op(operator.sql, is_comparison=True)(operand)


def no_column(resource: Resource, name: str, names: Iterable[str]) -> ApiError:
    """The error where one of `names` may have been meant."""

    def made(may_read: MayRead) -> ApiError:
        readable = (one for one in names if all(map(may_read, resource.reads.get(one, ()))))
        near = closest(name, readable) if may_read(resource) else None
        return ApiError(
            400,
            "42703",
            f"column {resource.label}.{name} does not exist",
            hint=f"Perhaps you meant the column {near}" if near else None,
        )

    return Guarded(made, resource)


@dataclass(frozen=True)
class Scope:
    """A resource, and what its columns are read from in the statement."""

    resource: Resource
    source: FromClause
    touched: list[Touched] = field(default_factory=list[Touched], compare=False)
    """Whatever a statement reads or calls."""
    made: dict[str, Expression] = field(default_factory=dict[str, Expression], compare=False)
    """The computed columns, each of which is one expression wherever it is named."""

    def column(self, name: str) -> Expression:
        """The column, be it computed. Raises ApiError 42703 if there is none, or a hidden one."""
        column = self.resource.columns.get(name)
        if column is not None:
            return self.source.c[column.key]
        computed = self.resource.computed.get(name)
        if computed is None:
            raise no_column(self.resource, name, self.resource.fields)
        if name not in self.made:
            self.touched.extend((computed, *self.resource.reads[name]))
            self.made[name] = computed_value(computed, self.source)
        return self.made[name]

    def key(self, name: str) -> Expression:
        """A column of the primary key, which may be hidden."""
        return next(column for column in self.source.columns if column.name == name)

    def field(self, field: Field) -> Expression:
        """A column, or a place in its JSON, for which other types are made JSON first."""
        return path(self.column(field.column), field.path)

    def filter(self, filter_: Filter) -> Expression:
        field, value = self.field(filter_.field), filter_.value
        operator = OPERATORS[filter_.operator]
        if isinstance(value, str):
            found = field.is_(IS[value])
        elif operator.query:
            language = []
            if filter_.language is not None:
                language = [cast(bind(filter_.language), REGCONFIG())]
            vector = field
            if not isinstance(base_type(field.type), TSVECTOR):
                vector = func.to_tsvector(*language, field)
            query = getattr(func, operator.query)(*language, bind(value))
            found = vector.op(operator.sql, is_comparison=True)(query)
        else:
            found = compared(field, operator, value, filter_.quantifier)
        return not_(found.self_group()) if filter_.negated else found


def condition(scope: Scope, given: Condition, embeds: dict[int, Expression]) -> Expression:
    """A condition as SQL; `embeds` are the rows that were joined, by place."""
    if isinstance(given, Filter):
        return scope.filter(given)
    if isinstance(given, EmbedIsNull):
        if given.embed not in embeds:
            raise ApiError(400, "PGRST100", "a write cannot depend on what is embedded")
        # Not IS NULL: that is also true of a row in which every column is null.
        found = embeds[given.embed].is_distinct_from(null())
        return found if given.negated else not_(found)
    conditions = [condition(scope, inner, embeds) for inner in given.conditions]
    joined = and_(*conditions) if given.operator == "and" else or_(*conditions)
    return not_(joined.self_group()) if given.negated else joined


def conditions(
    scope: Scope, given: Sequence[Condition], embeds: dict[int, Expression]
) -> list[Expression]:
    return [condition(scope, one, embeds) for one in given]


def null_tests(where: Sequence[Condition]) -> list[int]:
    """The places of the embeds of which a condition tells whether they found anything."""
    found: list[int] = []
    for one in where:
        if isinstance(one, EmbedIsNull):
            found.append(one.embed)
        elif isinstance(one, Logic):
            found += null_tests(one.conditions)
    return found


def row_version(scope: Scope) -> Expression:
    """What changes whenever the row does: the model's own counter, or else the id of the last
    transaction that wrote the row. NULL in a foreign table, whose `xmin` is 0. Only for a resource
    that has versions."""
    if scope.resource.version is not None:
        return cast(scope.source.c[scope.resource.table.c[scope.resource.version].key], Text)
    xmin = column("xmin", Integer())
    xmin.table = scope.source
    return func.nullif(cast(xmin, Text), literal_column("'0'"))
