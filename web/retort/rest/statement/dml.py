"""INSERT, UPDATE, DELETE: one statement, which also gives the rows as they are afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    FromClause,
    Integer,
    Label,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.visitors import iterate

from ..catalog.resource import Resource
from ..errors import ApiError
from ..operators import OPERATORS
from ..request.query import Query, Slot
from . import Statement, Touched, remembered
from .computed import whole_row
from .names import free
from .output import LINE, PAGE, Output, joined, lines, page_values
from .resolved import Resolved
from .scope import Expression, Scope, compared, conditions, no_column, row_version
from .size import NOTHING, fits, sized
from .values import at, defaults, given, on_update, python_on_update

MATCH = "match"  # the name of a bind parameter

# Postgres takes the rows of an upsert one by one. A setting of the transaction is cleared with
# each, noted where a row was there before, and looked at by RETURNING. The system column that tells
# this too is missing in partitioned tables and views, and takes a right to read the whole table.
WAS_THERE = "api.was_there"
CLEAR = literal_column(f"set_config('{WAS_THERE}', '', true) = ''", Boolean())
NOTE = literal_column(f"set_config('{WAS_THERE}', 'yes', true) = 'yes'", Boolean())
LOOK = literal_column(f"(current_setting('{WAS_THERE}') = '')::int", Integer())
NEW, OLD = literal_column("1", Integer()), literal_column("0", Integer())

# What a write that has to be of one row says in its error, before the number of rows.
NOT_ONE = "api.rows="

# What `xmin` is in a row just written, with the same exceptions.
WRITTEN_BY = literal_column("pg_current_xact_id()::xid::text", Text())


class Written(NamedTuple):
    """What a statement of this module gives in its one row."""

    body: str | None
    """None for no rows, or where none is wanted."""
    rows: int
    version: str | None
    """That of the row, if it is one and this is wanted."""
    new: int
    """How many rows there were not before."""
    key: dict[str, str | None] | None
    """That of the row, if it is one and this is wanted."""
    written: list[dict[str, Any]] | None
    """All of the rows, for the hook `after`."""


@dataclass(frozen=True, slots=True)
class Insert:
    """How rows are inserted."""

    columns: tuple[str, ...]
    """Those that the body may give; none for one row of defaults, unless it merges."""
    fill_missing: bool = False
    """Whether a column that a row lacks gets its default, and not NULL."""
    conflict: tuple[str, ...] | None = None
    """The unique columns of an upsert; None for a plain INSERT."""
    merge: bool = False
    """Whether an upsert updates the row that exists, and does not leave it alone."""
    defaults: frozenset[str] = frozenset()
    """Those of the columns whose values come from the model, and are for new rows only."""
    same: tuple[tuple[str, Slot], ...] = ()
    """Columns and what they have to be equal to, or else no row is written."""


@remembered(256)
def insert_rows(resource: Resource, query: Query, output: Output, how: Insert) -> Statement:
    """Its one row is a `Written`."""
    table = resource.table
    values = defaults(resource)
    statement = insert(table).values({at(table, name): value for name, value in values.items()})
    if how.columns:
        of_body, rows = given(table, how.columns, fill_missing=how.fill_missing)
        values |= of_body
        found = select(*values.values()).select_from(rows)
        if how.merge:
            found = found.where(CLEAR)
        for name, slot in how.same:
            found = found.where(compared(values[name], OPERATORS["eq"], slot))
        statement = insert(table).from_select([at(table, name) for name in values], found, False)
    if how.conflict is not None:
        target = [at(table, name) for name in how.conflict]
        # DO UPDATE has to set something, even if no column is to change.
        changed: dict[Any, Any] = {
            at(table, name): statement.excluded[at(table, name).key]
            for name in [n for n in how.columns if n not in how.defaults] or how.conflict
        }
        if how.merge:
            changed |= {at(table, name): value for name, value in on_update(resource).items()}
            changed = python_on_update(table) | changed
            statement = statement.on_conflict_do_update(
                index_elements=target, set_=changed, where=NOTE
            )
        else:
            statement = statement.on_conflict_do_nothing(index_elements=target)
    is_new = LOOK if how.merge else NEW
    may_ignore = bool(how.same) or (how.conflict is not None and not how.merge)
    may_be_none = true() if may_ignore else false()
    return _statement(resource, query, output, statement, is_new, [], may_be_none)


@remembered(256)
def update_rows(
    resource: Resource,
    query: Query,
    output: Output,
    columns: tuple[str, ...],
    *,
    fill_missing: bool,
    match: bool,
) -> Statement:
    """Its one row is a `Written`."""
    table = resource.table
    values, _ = given(table, columns, fill_missing=fill_missing)
    values = on_update(resource) | values
    touched: list[Touched] = []
    where = _where(resource, query, match, touched)
    changed = {at(table, name): value for name, value in values.items()}
    statement = update(table).values(changed).where(*where)
    return _statement(resource, query, output, statement, OLD, touched, _is_none(table, where))


@remembered(256)
def delete_rows(resource: Resource, query: Query, output: Output, *, match: bool) -> Statement:
    """Its one row is a `Written`."""
    touched: list[Touched] = []
    table, where = resource.table, _where(resource, query, match, touched)
    statement = delete(table).where(*where)
    return _statement(resource, query, output, statement, OLD, touched, _is_none(table, where))


def _is_none(table: Table, where: list[Expression]) -> Expression:
    """Whether there was no such row before."""
    rows = select(literal_column("1", Integer())).select_from(table).where(*where)
    return not_(rows.correlate(None).exists())


def _statement(
    resource: Resource,
    query: Query,
    output: Output,
    statement: Any,
    is_new: Expression,
    touched: list[Touched],
    may_be_none: Expression,
) -> Statement:
    """The statement, which shows the rows written as a read would, and counts them. If they have to
    be one, they may also be none where `may_be_none`. Its RETURNING has only the columns that this
    needs, since to name a column takes the right to read it."""

    columns: list[Column[Any] | Label[Any]] = [*resource.table.columns]
    names = {name for column in columns for name in (column.name, column.key)}
    new = is_new.label(free("_new", names))
    # For functions of it. By itself, it would be taken for all of its columns.
    columns.append(func.coalesce(whole_row(resource.table)).label(free("_whole", names)))
    every = statement.returning(*columns, new).cte()
    found, _ = _found(resource, query, output, every, may_be_none)
    parts = {*iterate(found)}
    needed = [column for column in columns if every.c[column.key] in parts]
    # A table that is embedded must not be taken for it.
    name = free("_written", (each.name for each in parts if isinstance(each, Table)))
    written = statement.returning(*needed, new).cte(name)
    found, rows = _found(resource, query, output, written, may_be_none)
    return Statement.of(found, [*rows.touched, *touched], rows.keys)


def _found(
    resource: Resource,
    query: Query,
    output: Output,
    written: FromClause,
    may_be_none: Expression,
) -> tuple[Select[*tuple[Any, ...]], Resolved]:
    """A `Written` of the rows, and those that its body shows."""
    shown = replace(query, where=(), limit=None, offset=None) if output.body else Query(select=())
    scope = Scope(resource, written)
    rows = Resolved(scope, shown, [], capped=False)

    def of_all(value: Expression) -> Select[Any]:
        return select(value).select_from(written)

    version: Expression = null()
    if output.version:
        counted = resource.version is not None
        version = of_all(func.max(row_version(scope))).scalar_subquery() if counted else WRITTEN_BY
    output = replace(output, version=False)  # it is not beside each row
    number = of_all(func.count()).scalar_subquery()
    parts: Expression = null()
    if output.key and resource.shows_key:
        parts = of_all(_key(scope)).where(number == literal_column("1")).scalar_subquery()
    if output.one:
        is_right = or_(number == NEW, and_(number == OLD, may_be_none))
        number = case((is_right, number), else_=cast(func.concat(NOT_ONE, number), Integer))
    *_, new = written.c
    found = select(
        (_body(resource, rows, output) if output.body else null()).label("body"),
        number.label("rows"),
        version.label("version"),
        of_all(func.coalesce(func.sum(new), 0)).scalar_subquery().label("new"),
        parts.label("key"),
        (_all(resource, written) if resource.options.after else null()).label("written"),
    )
    return found, rows


def _body(resource: Resource, rows: Resolved, output: Output) -> Expression:
    page = rows.select(page_values(rows.columns, output)).subquery(PAGE)
    found = lines(page, rows.columns, output)
    found = sized(found, found.c[LINE])
    fit = fits(found, resource.max_bytes, NOTHING)
    return select(joined(found, output)).where(fit).scalar_subquery()


def _key(scope: Scope) -> Expression:
    """The parts of a row's key, as texts."""
    parts: list[Expression] = []
    for name in scope.resource.key:
        as_text = func.to_json(scope.key(name)).op("#>>")(literal_column("'{}'"))
        parts += [literal(name, Text()), as_text]
    return func.json_build_object(*parts)


def _all(resource: Resource, written: FromClause) -> Expression:
    """The rows whole, for the hook after."""
    columns = [written.c[column.key].label(name) for name, column in resource.columns.items()]
    rows = select(*columns).subquery("_whole")
    return select(func.json_agg(whole_row(rows))).select_from(rows).scalar_subquery()


def _where(
    resource: Resource, query: Query, match: bool, touched: list[Touched]
) -> list[Expression]:
    scope = Scope(resource, resource.table, touched)
    found = conditions(scope, query.where, {})
    if match and not resource.has_versions:
        found.append(false())
    elif match:
        found.append(row_version(scope) == bindparam(MATCH, type_=Text()))
    return found


def check_conflict(resource: Resource, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of `on_conflict`, else of the key. Raises ApiError for an unknown one."""
    for name in names:
        if name not in resource.columns:
            raise no_column(resource, name, resource.columns)
    if not names and not resource.key:
        raise ApiError(400, "42P10", f"{resource.label} has no primary key", hint="on_conflict=…")
    return names or resource.key
