"""What a relationship leads to from a row here, as SQL: along keys, through an association table,
or by a function of the row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import FromClause, Select, Table, and_, column, select, true

from ..catalog.resource import Relationship
from . import Touched
from .computed import call
from .scope import Expression, Scope


def rows_there(
    relationship: Relationship, source: FromClause, touched: list[Touched]
) -> FromClause:
    """The table that it leads to, or what a function gives for a row of the source."""
    table = relationship.target.table
    if relationship.function is None:
        return table.alias()
    touched.append(relationship.function)
    columns: list[Any] = []
    for one in table.columns:
        columns.append(column(one.name, one.type))
        columns[-1].key = one.key
    return call(relationship.function, source).table_valued(*columns)


def through(
    there: Scope, relationship: Relationship, table: Table
) -> tuple[FromClause, FromClause]:
    """The association table, and its rows with those that they lead to."""
    junction = table.alias()
    on = and_(
        *(
            junction.c[table.c[near].key] == there.source.c[there.resource.table.c[far].key]
            for near, far in relationship.junction_pairs
        )
    )
    return junction, there.source.join(junction, on)


def joins(scope: Scope, relationship: Relationship, target: FromClause) -> Expression:
    """The condition that joins a row here to its rows there, or in the association table."""
    here, there = scope.resource.table, relationship.target.table
    far = relationship.junction if relationship.junction is not None else there
    return and_(
        true(),  # for a function has none of these
        *(
            scope.source.c[here.c[near].key] == target.c[far.c[name].key]
            for near, name in relationship.pairs
        ),
    )


def alone(rows: Select[Any], each: Select[Any]) -> Select[Any]:
    """The rows, if `each`, which has 1 for each of them, does not have several: Postgres refuses
    that as a limit. Where a key may have several rows, the row that this is embedded in would
    then be there as often."""
    return select(rows.subquery()).limit(each.scalar_subquery())
