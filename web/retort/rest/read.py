"""SELECT: one statement, whose first column is the body of the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    Integer,
    Select,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array

from .expressions import Expression, Scope, row_version
from .plan import Plan
from .resources import Resource
from .rows import Column, Rows, cells, is_object, row
from .tree import Query
from .wants import Count

Form = Literal["json", "csv"]

CAP = "cap"
PAGE = "_page"  # a name that no column has: to Postgres the column would come first


@dataclass(frozen=True, slots=True)
class Output:
    """What of the rows is wanted, and how."""

    form: Form = "json"
    body: bool = True
    """Else only how many there are."""
    strip_nulls: bool = False
    count: Count | None = None
    capped: bool = False
    """Whether the request sets no limit of its own below the maximum of rows."""
    version: bool = False
    """Whether the row's version is wanted, for an ETag."""


class Page(NamedTuple):
    """What the statement of `read_plan` gives."""

    body: str | None
    """None for no rows."""
    rows: int
    version: str | None
    total: int | None
    cut: bool
    """Whether there are more rows than the maximum."""


@lru_cache(512)
def read_plan(resource: Resource, query: Query, output: Output) -> Plan:
    """Its one row is a `Page`."""
    rows = Rows(Scope(resource, resource.table), query, [])
    if rows.aggregates:
        output = replace(output, version=False)
    page = _page(rows, output)
    total: Expression = null()
    if output.count == "exact":
        total = rows.count()
    elif output.count == "estimated":  # exact as far as the maximum of rows
        total = rows.count(bindparam(CAP, type_=Integer()))
    cut: Expression = literal_column("false")
    if output.capped:
        beyond = rows.limited(rows.select([literal_column("1")]))
        beyond = beyond.limit(1).offset(_plus(beyond, bindparam(CAP, type_=Integer())))
        # Asked only where the maximum was met at all.
        cut = case((func.count() >= bindparam(CAP, type_=Integer()), beyond.exists()), else_=cut)
    version = func.max(page.c.version) if output.version else null()
    statement = select(
        body(page, rows.columns, output).label("body"),
        func.count().label("rows"),
        version.label("version"),
        total.label("total"),
        cut.label("cut"),
    ).select_from(page)
    return Plan.of(statement, rows.touched, rows.columns)


@lru_cache(128)
def stream_plan(resource: Resource, query: Query, output: Output) -> Plan:
    """One text a row."""
    rows = Rows(Scope(resource, resource.table), query, [])
    page = _page(rows, output)
    return Plan.of(select(line(page, rows.columns, output)), rows.touched, rows.columns)


@lru_cache(128)
def count_plan(resource: Resource, query: Query) -> Plan:
    """How many rows Postgres thinks there are: the plan of the rows without limits."""
    rows = Rows(Scope(resource, resource.table), query, [])
    plan = Plan.of(rows.select([literal_column("1")]).order_by(None), rows.touched, [])
    return Plan("EXPLAIN (FORMAT JSON) " + plan.sql, plan.parameters, plan.touched, ())


def _page(rows: Rows, output: Output) -> Subquery:
    values = page_values(rows.columns, output)
    if output.version:
        values.append(row_version(rows.scope).label("version"))
    found = rows.limited(rows.select(values))
    if output.capped:
        found = found.limit(bindparam(CAP, type_=Integer()))
    return found.subquery(PAGE)


def _plus(statement: Select[Any], more: Expression) -> Expression:
    offset = statement._offset_clause  # pyright: ignore[reportPrivateUsage]
    return more if offset is None else offset + more


def as_object(columns: list[Column], output: Output) -> bool:
    # With a version beside it, the row is not the whole of what is selected.
    return output.version or is_object(columns)


def page_values(columns: list[Column], output: Output) -> list[Expression]:
    """What to select for each row, so that `line` can make a text of it."""
    if output.form == "csv":
        return [column.value.label(f"c{place}") for place, column in enumerate(columns)]
    return cells(columns, as_object=as_object(columns, output))


def line(page: Subquery, columns: list[Column], output: Output) -> Expression:
    """A row as text."""
    if output.form == "csv":
        values = [_csv(page.c[place]) for place in range(len(columns))]
        return func.array_to_string(array[Any](values, type_=Text()), ",")
    found = row(page, as_object=as_object(columns, output))
    return cast(func.json_strip_nulls(found) if output.strip_nulls else found, Text)


def body(page: Subquery, columns: list[Column], output: Output) -> Expression:
    """All rows as one text; NULL for no rows, or where none is wanted."""
    if not output.body:
        return null()
    separator: Expression = literal_column("','" if output.form == "json" else r"E'\n'")
    return func.string_agg(line(page, columns, output), separator)


def _csv(value: Expression) -> Expression:
    """A cell: NULL is empty, what needs quotes has them, an empty text too."""
    text = cast(value, Text)
    needs = or_(text.op("~")(literal_column(r"""E'[",\r\n]'""")), text == literal(""))
    quoted = func.concat('"', func.replace(text, '"', '""'), '"')
    return func.coalesce(case((needs, quoted), else_=text), "")
