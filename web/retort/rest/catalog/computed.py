"""Columns that no table holds: functions of a row in the database, and the SQL side of a model's
hybrid properties and column properties. They are read, filtered and sorted by where a request names
them, and are not in `*`."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    Alias,
    BindParameter,
    Column,
    ColumnElement,
    FromClause,
    Label,
    Null,
    Table,
    select,
)
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.visitors import iterate, replacement_traverse
from sqlalchemy.types import TypeEngine

from ...round_trip import literally


@dataclass(frozen=True)
class RowFunction:
    """A function of the database that takes a row of a table."""

    schema: str
    name: str
    type: TypeEngine[Any]
    is_set: bool = False


@dataclass(eq=False)
class SqlSide:
    """What a model's attribute is in SQL."""

    name: str
    table: Table
    make: Callable[[], Any]
    is_hybrid: bool
    """Whether it is the model's Python that makes it, which may say something else each time, as
    with a date."""

    @property
    def expression(self) -> ColumnElement[Any]:
        """With the columns of the model's table. Raises TypeError if it is no expression, and
        whatever the model's Python raises."""
        found = self.make()
        if not isinstance(found, ColumnElement):
            raise TypeError(f"{self.name} is not SQL")
        return cast(Any, found.element) if isinstance(found, Label) else cast(Any, found)

    @property
    def type(self) -> TypeEngine[Any]:
        return self.expression.type

    @property
    def text(self) -> str:
        """Its SQL, with all values in it."""
        return literally(self.expression)[0]

    @property
    def columns(self) -> set[str]:
        """Those of the model's table that it reads."""
        parts = {*iterate(self.expression)}
        return {column.name for column in self.table.columns if column in parts}

    @property
    def tables(self) -> set[Table]:
        """Other tables that it reads."""
        return literally(self.expression)[1] - {self.table}


Computed: TypeAlias = RowFunction | SqlSide


def adapted(expression: ColumnElement[Any], table: Table, source: FromClause) -> ColumnElement[Any]:
    """The expression, about rows of `source` in place of the table."""
    there: dict[Any, Any] = {
        column: source.c[column.key] for column in table.columns if column.key in source.c
    }
    there[table] = source

    def replace(element: Any, **_kw: Any) -> Any:
        # A table under another name stays itself, be it the same table.
        is_named = isinstance(element, Alias) and isinstance(cast(Any, element).element, Table)
        return cast(Any, element) if is_named else there.get(element)

    return cast(Any, replacement_traverse(expression, {}, replace))


def sql_sides(mapper: Mapper[Any], hidden: Set[str]) -> dict[str, SqlSide]:
    """The attributes of a model that are computed and can be so in SQL. One that is nothing but a
    hidden column is hidden too."""
    table: Any = mapper.local_table
    found = {
        prop.key: SqlSide(prop.key, table, lambda prop=prop: prop.expression, is_hybrid=False)
        for prop in mapper.column_attrs
        if not isinstance(prop.expression, Column)
    } | {
        name: SqlSide(name, table, lambda name=name: _hybrid(mapper.class_, name), is_hybrid=True)
        for name, descriptor in mapper.all_orm_descriptors.items()
        if descriptor.extension_type is HybridExtensionType.HYBRID_PROPERTY
    }
    taken = hidden | {column.name for column in table.columns}
    return {
        name: side
        for name, side in found.items()
        if not name.startswith("_") and name not in taken and _is_usable(side, hidden)
    }


def _hybrid(model: type[Any], name: str) -> Any:
    return getattr(model, name).comparator.__clause_element__()


def _is_usable(side: SqlSide, hidden: Set[str]) -> bool:
    """Whether Python gives an expression that needs nothing but a row of the table."""
    try:
        expression = side.expression
        columns: Any = side.table.columns
        if side.text in {literally(one)[0] for one in columns if one.name in hidden}:
            return False
        binds: list[Any] = [part for part in iterate(expression) if isinstance(part, BindParameter)]
        if isinstance(expression, Null) or any(bind.required or bind.callable for bind in binds):
            return False  # each query has to say what it is
        # The rows may come from elsewhere, and no other table is there then.
        elsewhere = side.table.alias()
        found = adapted(expression, side.table, elsewhere)
        literally(found)
        return {*select(found).get_final_froms()} <= {elsewhere}
    except Exception:  # a hybrid's Python is made for instances, and may do anything
        return False
