"""The values that a write gives to columns: the body's, and what stands for a missing one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnDefault,
    DefaultClause,
    FromClause,
    Table,
    Text,
    TextClause,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    true,
)

from ..catalog.resource import Resource
from .names import free
from .scope import Expression

# Names of bind parameters; the last is followed by a column's place.
BODY = "body"
ON_UPDATE = "on_update_"


def at(table: Table, name: str) -> Column[Any]:
    """A column by its name in the database."""
    return next(found for found in table.columns if found.name == name)


def given(
    table: Table, names: tuple[str, ...], *, fill_missing: bool
) -> tuple[dict[str, Expression], FromClause]:
    """The columns of the body's rows as Postgres reads them from JSON, and what to select them
    from. What a row lacks is its default if `fill_missing`, else NULL."""
    document = cast(bindparam(BODY, type_=Text()), JSON)
    types = [column(name, at(table, name).type) for name in names]

    # Beside it, an UPDATE has the table under its own name.
    own = free("_body", [table.name])

    def record(function: Any) -> Any:
        return function.table_valued(*types).render_derived(name=own, with_types=True)

    if not fill_missing:
        rows = record(func.json_to_recordset(document))
        return {name: rows.c[name] for name in names}, rows
    elements = func.json_array_elements(document).table_valued(
        column("value", JSON), name=free("_element", [table.name, own])
    )
    rows = record(func.json_to_record(elements.c.value))
    values: dict[str, Expression] = {}
    for name in names:
        is_missing = elements.c.value.op("->")(literal(name, Text())).is_(None)
        values[name] = case((is_missing, _default(at(table, name))), else_=rows.c[name])
    return values, elements.join(rows, true())


def _default(found: Column[Any]) -> Any:
    """What Postgres, or SQLAlchemy's SQL default, would give the column."""
    table = found.table
    is_serial = found is table.autoincrement_column and found.server_default is None
    if found.identity is not None or is_serial:
        parts = [table.schema, table.name] if table.schema else [table.name]
        name = ".".join(part.replace('"', '""').join('""') for part in parts)
        return func.nextval(func.pg_get_serial_sequence(name, found.name))
    default = found.default or found.server_default
    if isinstance(default, ColumnDefault) and default.is_clause_element:
        return default.arg
    if not isinstance(default, DefaultClause):
        return null()
    if isinstance(default.arg, str):
        return cast(literal(str(default.arg), Text()), found.type)
    return default.arg.self_group() if isinstance(default.arg, TextClause) else default.arg


def defaults(resource: Resource) -> dict[str, Expression]:
    """What SQLAlchemy adds to every INSERT that does not say otherwise."""
    found: dict[str, Expression] = {}
    for each in resource.table.columns:
        if isinstance(each.default, ColumnDefault) and each.default.is_clause_element:
            found[each.name] = each.default.arg
        elif each.name == resource.version and each.server_default is None:
            found[each.name] = literal_column("1")
    return found


def on_update(resource: Resource) -> dict[str, Expression]:
    """What SQLAlchemy adds to every UPDATE that does not say otherwise."""
    found: dict[str, Expression] = {}
    for each in resource.table.columns:
        update = each.onupdate
        if isinstance(update, ColumnDefault) and update.is_clause_element:
            found[each.name] = update.arg
        elif each.name == resource.version:
            found[each.name] = each + 1
    return found


def python_on_update(table: Table) -> dict[Any, Any]:
    """The same for an `onupdate=` in Python, whose values are bind parameters."""
    return {
        each: cast(bindparam(f"{ON_UPDATE}{place}", type_=Text()), each.type)
        for place, each in enumerate(table.columns)
        if isinstance(each.onupdate, ColumnDefault) and not each.onupdate.is_clause_element
    }
