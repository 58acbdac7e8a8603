"""SELECT: one statement, whose first column is the body of the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Integer,
    Subquery,
    Text,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
)

from ..catalog.resource import Resource
from ..request.query import Query
from . import Statement, remembered
from .columns import cells
from .names import root
from .output import LINE, PAGE, Output, joined, line, lines, page_values
from .resolved import Resolved
from .scope import Expression, Scope, bind, row_version
from .size import NOTHING, fits, fits_alone, sized

COUNTED = 10_000  # rows; an estimate of no more is their exact number


class Page(NamedTuple):
    """What the statement of `select_page` gives."""

    body: str | None
    """None for no rows."""
    rows: int
    version: str | None = None
    total: int | None = None
    cut: bool = False
    """Whether there are more rows than the maximum."""


@remembered(512)
def select_page(resource: Resource, query: Query, output: Output) -> Statement:
    """Its one row is a `Page`. Fails with `size`'s error if there are too many bytes, or if a row
    has more than its part of them, which does not count for an exact one."""
    rows = Resolved(Scope(resource, root(resource.table)), query, [])
    if rows.aggregates:
        output = replace(output, version=False)
    page = _page(rows, output)
    source, body = page, null()
    conditions: list[Expression] = []
    if output.body:
        source = lines(page, rows.columns, output)
        if output.exact or any(embed.size is not None for embed in rows.joined.values()):
            source = sized(source, source.c[LINE])
            conditions.append(fits(source, resource.max_bytes, NOTHING))
        else:
            part = literal_column(str(resource.max_bytes), Integer()) / _most(rows, output)
            conditions.append(fits_alone(source.c[LINE], part))
        body = joined(source, output)
    total: Expression = null()
    if output.count == "exact":
        total = rows.count()
    elif output.count == "estimated":
        total = rows.count(literal_column(str(COUNTED), Integer()))
    cut: Expression = literal_column("false")
    if output.capped:
        most = _maximum(resource)
        start = most if query.offset is None else bind(query.offset, BigInteger()) + most
        beyond = rows.select([literal_column("1")]).limit(1).offset(start)
        # Postgres looks beyond only if there are as many rows as the maximum.
        cut = case((func.count() >= most, beyond.exists()), else_=cut)
    version = func.max(source.c.version) if output.version else null()
    statement = (
        select(
            body.label("body"),
            func.count().label("rows"),
            version.label("version"),
            total.label("total"),
            cut.label("cut"),
        )
        .select_from(source)
        .where(*conditions)
    )
    return Statement.of(statement, rows.touched, rows.keys)


def _maximum(resource: Resource) -> Expression:
    return literal_column(str(resource.max_rows), Integer())


def _most(rows: Resolved, output: Output) -> Expression:
    """How many rows there can be."""
    if rows.query.limit is None:
        return _maximum(rows.scope.resource) if output.capped else literal_column("1", Integer())
    limit = bind(rows.query.limit, BigInteger())
    return func.greatest(1, func.least(limit, _maximum(rows.scope.resource)))


@remembered(256)
def select_one(resource: Resource, query: Query, output: Output) -> Statement | None:
    """For a request of one row by its key: gives the row as text and its version, or nothing. As a
    `Page` that takes Postgres, measured, half as long again. None if only a `Page` will do."""
    rows = Resolved(Scope(resource, root(resource.table)), query, [])
    needs_page = (
        resource.may_repeat
        or rows.aggregates
        or any(embed.size is not None for embed in rows.joined.values())
        or not (query.limit is query.offset is output.count is None)
    )
    if needs_page or output.form == "csv" or not output.body:
        return None
    (row,) = cells(rows.columns, as_object=True)
    shown = func.json_strip_nulls(row) if output.strip_nulls else row
    version = row_version(rows.scope) if output.version else null()
    statement = rows.select([cast(shown, Text).label("body"), version.label("version")])
    return Statement.of(statement, rows.touched, rows.keys)


@remembered(128)
def select_lines(resource: Resource, query: Query, output: Output) -> Statement:
    """Its rows are texts, one for each row of the resource. Fails with `size`'s error at one whose
    embeds have too many bytes."""
    rows = Resolved(Scope(resource, root(resource.table)), query, [], capped=False)
    page = _page(rows, output)
    # A column of type json may have line ends between its parts; in a text they are escaped.
    ends, spaces = literal_column(r"E'\n\r'", Text()), literal_column("'  '", Text())
    one = func.translate(line(page, rows.columns, output), ends, spaces)
    found = select(one).select_from(page)
    return Statement.of(found, rows.touched, rows.keys)


@remembered(128)
def explain_count(resource: Resource, query: Query) -> Statement:
    """Gives the plan of the query without limits, which says how many rows Postgres expects."""
    rows = Resolved(Scope(resource, root(resource.table)), query, [])
    plan = Statement.of(rows.select([literal_column("1")]).order_by(None), rows.touched, [])
    return replace(plan, sql="EXPLAIN (VERBOSE, FORMAT JSON) " + plan.sql)


def _page(rows: Resolved, output: Output) -> Subquery:
    values = page_values(rows.columns, output)
    if output.version:
        values.append(row_version(rows.scope).label("version"))
    most = rows.scope.resource.max_rows if output.capped else None
    return rows.limited(rows.select(values), most).subquery(PAGE)
