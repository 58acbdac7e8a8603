"""SELECT: one statement, whose first column is the body of the answer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import (
    Integer,
    Subquery,
    bindparam,
    case,
    func,
    literal_column,
    null,
    select,
)

from ..catalog.resource import Resource
from ..request.query import Query
from . import Statement
from .output import PAGE, Output, body, line, page_values
from .resolved import Resolved
from .scope import Expression, Scope, bind, row_version

CAP = "cap"


class Page(NamedTuple):
    """What the statement of `select_page` gives."""

    body: str | None
    """None for no rows."""
    rows: int
    version: str | None
    total: int | None
    cut: bool
    """Whether there are more rows than the maximum."""


@lru_cache(512)
def select_page(resource: Resource, query: Query, output: Output) -> Statement:
    """Its one row is a `Page`."""
    rows = Resolved(Scope(resource, resource.table), query, [])
    if rows.aggregates:
        output = replace(output, version=False)
    page = _page(rows, output)
    cap = bindparam(CAP, type_=Integer())
    total: Expression = null()
    if output.count == "exact":
        total = rows.count()
    elif output.count == "estimated":  # exact up to the maximum of rows
        total = rows.count(cap)
    cut: Expression = literal_column("false")
    if output.capped:
        start = cap if query.offset is None else bind(query.offset, Integer()) + cap
        beyond = rows.select([literal_column("1")]).limit(1).offset(start)
        # Postgres looks beyond only if there are as many rows as the maximum.
        cut = case((func.count() >= cap, beyond.exists()), else_=cut)
    version = func.max(page.c.version) if output.version else null()
    statement = select(
        body(page, rows.columns, output).label("body"),
        func.count().label("rows"),
        version.label("version"),
        total.label("total"),
        cut.label("cut"),
    ).select_from(page)
    return Statement.of(statement, rows.touched, rows.keys)


@lru_cache(128)
def select_lines(resource: Resource, query: Query, output: Output) -> Statement:
    """Its rows are texts, one for each row of the resource."""
    rows = Resolved(Scope(resource, resource.table), query, [])
    page = _page(rows, output)
    return Statement.of(select(line(page, rows.columns, output)), rows.touched, rows.keys)


@lru_cache(128)
def explain_count(resource: Resource, query: Query) -> Statement:
    """Gives the plan of the query without limits, which says how many rows Postgres expects."""
    rows = Resolved(Scope(resource, resource.table), query, [])
    plan = Statement.of(rows.select([literal_column("1")]).order_by(None), rows.touched, [])
    return Statement("EXPLAIN (FORMAT JSON) " + plan.sql, plan.parameters, plan.touched, ())


def _page(rows: Resolved, output: Output) -> Subquery:
    values = page_values(rows.columns, output)
    if output.version:
        values.append(row_version(rows.scope).label("version"))
    found = rows.limited(rows.select(values))
    if output.capped:
        found = found.limit(bindparam(CAP, type_=Integer()))
    return found.subquery(PAGE)
