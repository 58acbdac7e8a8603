"""Computed columns as SQL, wherever the row is: in a table, an alias of it, or just written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, FromClause
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import Function
from sqlalchemy.sql.sqltypes import TableValueType
from sqlalchemy.sql.visitors import replacement_traverse

from ..catalog.computed import Computed, RowFunction, SqlSide, adapted
from .names import root


class _Part(ColumnElement[Any]):
    """An expression that is a part of a statement and no more: SQLAlchemy does not make the
    statement one of the ORM for it, nor look there for tables."""

    inherit_cache = False

    def __init__(self, inner: ColumnElement[Any]) -> None:
        self.inner, self.type = inner, inner.type

    def get_children(self, **_options: Any) -> Iterable[Any]:
        return [self.inner]


class _Value(_Part):
    """A value of Python's, which stands in the SQL itself."""


class _Row(_Part):
    """The whole row of what `inner` names."""


class _Call(Function[Any]):
    """A call of a function of the database. SQLAlchemy has some of its own by the same names, and
    takes a percent sign in a name for a place."""

    inherit_cache = False


@compiles(_Part)
def _part(part: _Part, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(part.inner, **options)})"


@compiles(_Value)
def _value(part: _Value, compiler: Any, **options: Any) -> str:
    return str(compiler.process(part.inner, **options | {"literal_binds": True}))


@compiles(_Row)
def _row(row: _Row, compiler: Any, **options: Any) -> str:
    # Without the star, a column of this name would be meant.
    return f"{compiler.process(row.inner, **options)}.*"


@compiles(_Call)
def _called(call: _Call, compiler: Any, **options: Any) -> str:
    names = map(compiler.preparer.quote_identifier, (*call.packagenames, call.name))
    return f"{'.'.join(names)}{compiler.function_argspec(call, **options)}"


def whole_row(source: Any) -> ColumnElement[Any]:
    """A row of the source, as a function takes it; where it has such a row as a column, that."""
    rows = (column for column in source.c if isinstance(column.type, TableValueType))
    return next(rows, _Row(source.table_valued()))


def value(computed: Computed, source: FromClause) -> ColumnElement[Any]:
    """A computed column of a row of the source."""
    if isinstance(computed, SqlSide):
        with_values: Any = replacement_traverse(computed.expression, {}, _with_value)
        found = adapted(with_values, computed.table, source)
        for table in computed.tables:
            if (named := root(table)) is not table:
                found = adapted(found, table, named)
        return _Part(found)
    return call(computed, source)


def _with_value(element: Any, **_kw: Any) -> Any:
    return _Value(cast(Any, element)) if isinstance(element, BindParameter) else None


def call(function: RowFunction, source: FromClause) -> Function[Any]:
    """The function of a row of the source."""
    row, schema = whole_row(source), (function.schema,)
    return _Call(function.name, row, packagenames=schema, type_=function.type)
