"""INSERT, UPDATE, DELETE: one statement, which also gives the rows as they are afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    JSON,
    Column,
    ColumnDefault,
    DefaultClause,
    Integer,
    Subquery,
    Table,
    TableValuedAlias,
    Text,
    TextClause,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from ..catalog.resource import Resource
from ..errors import ApiError
from ..request.query import Query
from . import Statement
from .output import LINE, PAGE, Output, joined, lines, page_values
from .resolved import Resolved
from .scope import Expression, Scope, conditions, row_version
from .size import NOTHING, fits, sized

# Names of bind parameters; the last is followed by a column's name.
BODY = "body"
MATCH = "match"
ON_UPDATE = "on_update_"
# Names that no column has.
VERSION = "_version_"
IS_NEW = "_is_new_"


class Written(NamedTuple):
    """What a statement of this module gives in its one row."""

    body: str | None
    """None for no rows, or where none is wanted."""
    rows: int
    version: str | None
    """That of the row, where it is one."""
    new: int
    """How many rows there were not before."""
    keys: list[dict[str, Any]] | None
    """The keys of the rows, if they are wanted."""
    written: list[dict[str, Any]] | None
    """All of the rows, for the hook `after`."""


@dataclass(frozen=True, slots=True)
class Insert:
    """How rows are inserted. `columns` are those that the body may give."""

    columns: tuple[str, ...]
    fill_missing: bool = False
    """Whether a column that a row lacks gets its default, and not NULL."""
    conflict: tuple[str, ...] | None = None
    """The unique columns of an upsert; None for a plain INSERT."""
    merge: bool = False
    """Whether an upsert updates the row that exists, and does not leave it alone."""
    defaults: frozenset[str] = frozenset()
    """Those of the columns whose values come from the model, and are for new rows only."""
    keys: bool = False
    """Whether the new rows' keys are wanted, for a Location."""


@lru_cache(256)
def insert_rows(resource: Resource, query: Query, output: Output, how: Insert) -> Statement:
    """Its one row is a `Written`."""
    table = resource.table
    given, from_ = _given(resource, how)
    values = {name: _value(table, name, given, from_, how) for name in how.columns}
    values |= {name: value for name, value in _defaults(resource).items() if name not in values}
    rows = select(*values.values()).select_from(*from_)
    statement = insert(table).from_select([_at(table, n) for n in values], rows, False)
    if how.conflict is not None:
        target = [_at(table, name) for name in how.conflict]
        # DO UPDATE has to set something, even if no column is to change.
        changed: dict[Any, Any] = {
            _at(table, name): statement.excluded[_at(table, name).key]
            for name in [n for n in how.columns if n not in how.defaults] or how.conflict
        }
        if how.merge:
            changed |= {_at(table, n): value for n, value in _on_update(resource, table).items()}
            changed = _python_on_update(table) | changed
            statement = statement.on_conflict_do_update(index_elements=target, set_=changed)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=target)
    # A row that existed before has this transaction's id there, which locked or changed it.
    is_new = literal_column("(xmax = 0)::int", Integer())
    written = _returning(resource, statement, is_new.label(IS_NEW)).cte("written")
    return _statement(resource, query, output, written, keys=how.keys)


@lru_cache(256)
def update_rows(
    resource: Resource, query: Query, output: Output, columns: tuple[str, ...], match: bool
) -> Statement:
    """Its one row is a `Written`."""
    table = resource.table
    given = _record(resource, columns, func.json_to_record)
    values: dict[Any, Any] = {
        _at(table, name): value
        for name, value in _on_update(resource, table).items()
        if name not in columns
    }
    values |= {_at(table, name): given.c[name] for name in columns}
    statement = update(table).values(values).where(*_where(resource, query, match))
    written = _returning(resource, statement).cte("written")
    return _statement(resource, query, output, written)


@lru_cache(256)
def delete_rows(resource: Resource, query: Query, output: Output, match: bool) -> Statement:
    """Its one row is a `Written`."""
    statement = delete(resource.table).where(*_where(resource, query, match))
    written = _returning(resource, statement).cte("written")
    return _statement(resource, query, output, written)


def _statement(
    resource: Resource, query: Query, output: Output, written: CTE, *, keys: bool = False
) -> Statement:
    """SQL that shows the rows written as a read would, and counts them."""
    shown = replace(query, where=(), limit=None, offset=None) if output.body else Query()
    scope = Scope(resource, written)
    rows = Resolved(scope, shown, [])
    page = rows.select(page_values(rows.columns, output)).subquery(PAGE)
    key = [part for name in resource.key for part in (literal(name, Text()), scope.key(name))]
    keys = keys and resource.shows_key

    def of_all(value: Expression) -> Expression:
        return select(value).select_from(written).scalar_subquery()

    found = select(
        (_body(resource, page, rows, output) if output.body else null()).label("body"),
        of_all(func.count()).label("rows"),
        of_all(func.max(written.c[VERSION])).label("version"),
        of_all(func.coalesce(func.sum(written.c[IS_NEW]), 0)).label("new"),
        (of_all(func.json_agg(func.json_build_object(*key))) if keys else null()).label("keys"),
        (_all(resource, written) if resource.options.after else null()).label("written"),
    )
    return Statement.of(found, rows.touched, rows.keys)


def _body(resource: Resource, page: Subquery, rows: Resolved, output: Output) -> Expression:
    found = lines(page, rows.columns, output)
    found = sized(found, found.c[LINE])
    fit = fits(found, resource.max_bytes, NOTHING)
    return select(joined(found, output)).where(fit).scalar_subquery()


def _all(resource: Resource, written: CTE) -> Expression:
    """The rows whole, for the hook after."""
    columns = [written.c[column.key].label(name) for name, column in resource.columns.items()]
    rows = select(*columns).subquery("_whole")
    return select(func.json_agg(rows.table_valued())).scalar_subquery()


def _returning(resource: Resource, statement: Any, is_new: Expression | None = None) -> Any:
    columns = [c for c in resource.table.columns if c.name not in resource.options.hidden]
    keys = [_at(resource.table, n) for n in resource.key if n in resource.options.hidden]
    version = row_version(Scope(resource, resource.table)).label(VERSION)
    new = is_new if is_new is not None else literal_column("0", Integer()).label(IS_NEW)
    return statement.returning(*columns, *keys, version, new)


def _where(resource: Resource, query: Query, match: bool) -> list[Expression]:
    scope = Scope(resource, resource.table)
    found = conditions(scope, query.where, {})
    if match:
        found.append(row_version(scope) == bindparam(MATCH, type_=Text()))
    return found


def _at(table: Table, name: str) -> Column[Any]:
    """A column by its name in the database."""
    return next(found for found in table.columns if found.name == name)


def _record(resource: Resource, names: tuple[str, ...], function: Any) -> TableValuedAlias:
    """The body as rows of typed columns: Postgres' own reading of JSON."""
    types = [column(name, _at(resource.table, name).type) for name in names]
    document = cast(bindparam(BODY, type_=Text()), JSON)
    return function(document).table_valued(*types, name="given").render_derived(with_types=True)


def _given(resource: Resource, how: Insert) -> tuple[Any, list[Any]]:
    """The rows of the body, and what to select them from."""
    if not how.fill_missing:
        given = _record(resource, how.columns, func.json_to_recordset)
        return given, [given]
    document = cast(bindparam(BODY, type_=Text()), JSON)
    element = func.json_array_elements(document).table_valued(column("value", JSON), name="element")
    types = [column(name, _at(resource.table, name).type) for name in how.columns]
    given = (
        func.json_to_record(element.c.value)
        .table_valued(*types, name="given")
        .render_derived(with_types=True)
    )
    return given, [element.join(given, true())]


def _value(table: Table, name: str, given: Any, from_: list[Any], how: Insert) -> Expression:
    if not how.fill_missing:
        return given.c[name]
    element = from_[0].left.c.value
    is_missing = element.op("->")(literal(name, Text())).is_(None)
    return case((is_missing, _default(table, _at(table, name))), else_=given.c[name])


def _default(table: Table, found: Column[Any]) -> Any:
    """What Postgres, or SQLAlchemy's SQL default, would give the column."""
    is_serial = found is table.autoincrement_column and found.server_default is None
    if found.identity is not None or is_serial:
        name = f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'
        return func.nextval(func.pg_get_serial_sequence(name, found.name))
    default = found.default or found.server_default
    if isinstance(default, ColumnDefault) and default.is_clause_element:
        return default.arg
    if not isinstance(default, DefaultClause):
        return null()
    if isinstance(default.arg, str):
        return cast(literal(str(default.arg), Text()), found.type)
    return default.arg.self_group() if isinstance(default.arg, TextClause) else default.arg


def _defaults(resource: Resource) -> dict[str, Expression]:
    """What SQLAlchemy adds to every INSERT that does not say otherwise."""
    found: dict[str, Expression] = {}
    for each in resource.table.columns:
        if isinstance(each.default, ColumnDefault) and each.default.is_clause_element:
            found[each.name] = each.default.arg
        elif each.name == resource.version and each.server_default is None:
            found[each.name] = literal_column("1")
    return found


def _on_update(resource: Resource, table: Table) -> dict[str, Expression]:
    """What SQLAlchemy adds to every UPDATE that does not say otherwise."""
    found: dict[str, Expression] = {}
    for each in table.columns:
        update_ = each.onupdate
        if isinstance(update_, ColumnDefault) and update_.is_clause_element:
            found[each.name] = update_.arg
        elif each.name == resource.version:
            found[each.name] = each + 1
    return found


def _python_on_update(table: Table) -> dict[Any, Any]:
    """The same for an `onupdate=` in Python, whose values are bind parameters."""
    return {
        each: cast(bindparam(f"{ON_UPDATE}{each.name}", type_=Text()), each.type)
        for each in table.columns
        if isinstance(each.onupdate, ColumnDefault) and not each.onupdate.is_clause_element
    }


def check_conflict(resource: Resource, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of `on_conflict`, else of the key. Raises ApiError for an unknown one."""
    for name in names:
        Scope(resource, resource.table).column(name)
    if not names and not resource.key:
        raise ApiError(400, "42P10", f"{resource.label} has no primary key", hint="on_conflict=…")
    return names or resource.key
