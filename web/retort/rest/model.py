"""What a model's Python does to rows that are written: defaults, validators, hooks."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum as PythonEnum
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from sqlalchemy import JSON, Column, ColumnDefault, Enum
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import set_committed_value

from .catalog.resource import Operation, Resource, Rows
from .catalog.types import DIALECT
from .errors import ApiError
from .request.body import dump
from .statement.values import ON_UPDATE

MOST_DIGITS = 100  # of a whole number that a validator is given


def before(
    resource: Resource, operation: Operation, rows: Rows, columns: tuple[str, ...]
) -> tuple[str, ...]:
    """Apply the model's defaults, validators and hook to the rows, as a flush of the ORM would.
    Changes the rows; gives the columns that they have then.

    Raises ApiError 23514 if a validator or the hook refuses.
    """
    for column in resource.table.columns:
        default = column.default if operation == "insert" else column.onupdate
        if not isinstance(default, ColumnDefault) or default.is_clause_element:
            continue
        for row in rows:
            if column.name not in row:
                row[column.name] = _stored(column, _call(default))
        columns = tuple(dict.fromkeys((*columns, column.name)))
    try:
        if resource.mapper is not None and resource.mapper.validators:
            for row in rows:
                _validate(resource.mapper, resource, row, columns)
        if resource.options.before is not None:
            resource.options.before(operation, rows)
            known = {column.name for column in resource.table.columns}
            added = {name for row in rows for name in row if name in known}
            columns = tuple(dict.fromkeys((*columns, *sorted(added))))
    except ValueError as error:
        raise _refused(resource, error) from error
    return columns


def fill(resource: Resource, rows: Rows, columns: tuple[str, ...]) -> None:
    """Give the rows what Python's `default=` gives for those of the columns that they lack."""
    for name in columns:
        default = resource.columns[name].default
        if isinstance(default, ColumnDefault) and not default.is_clause_element:
            for row in rows:
                row.setdefault(name, _stored(resource.columns[name], _call(default)))


def after(resource: Resource, operation: Operation, written: Rows) -> None:
    """Call the model's hook with the rows as written. Raises ApiError 23514 if it refuses."""
    if resource.options.after is None:
        return
    try:
        resource.options.after(operation, written)
    except ValueError as error:
        raise _refused(resource, error) from error


def _refused(resource: Resource, error: ValueError) -> ApiError:
    return ApiError(400, "23514", str(error), f"{resource.label} refuses it")


def _call(default: ColumnDefault) -> Any:
    # SQLAlchemy wraps a callable, so that it takes a context.
    arg: Any = default.arg
    return arg(None) if default.is_callable else arg


def on_update(resource: Resource) -> dict[str, object]:
    """The bind parameters with what Python's `onupdate=` gives, for rows that an upsert updates."""
    found: dict[str, object] = {}
    for place, column in enumerate(resource.table.columns):
        default = column.onupdate
        if isinstance(default, ColumnDefault) and not default.is_clause_element:
            value = to_jsonable_python(_stored(column, _call(default)))
            found[f"{ON_UPDATE}{place}"] = dump(value) if isinstance(value, dict) else value
    return found


def _validate(
    mapper: Mapper[Any], resource: Resource, row: dict[str, Any], columns: tuple[str, ...]
) -> None:
    instance = mapper.class_manager.new_instance()
    attributes = {
        mapper.get_property_by_column(resource.columns[name]).key: name
        for name in columns
        if name in row and name in resource.columns
    }
    for attribute, name in attributes.items():
        column = resource.columns[name]
        value, fits = _python(column, row[name])
        if not fits and attribute in mapper.validators:
            raise ApiError(400, "22P02", f"invalid input for type {column.type}", f"column {name}")
        set_committed_value(instance, attribute, value)
    for attribute, name in attributes.items():
        # A missing value is for Postgres to refuse.
        if attribute in mapper.validators and (
            row[name] is not None or resource.columns[name].nullable
        ):
            setattr(instance, attribute, getattr(instance, attribute))
            row[name] = _stored(resource.columns[name], getattr(instance, attribute))


def _stored(column: Column[Any], value: Any) -> Any:
    """The value as the database stores it, which the column's type decides for an enum."""
    processor = column.type.bind_processor(DIALECT) if isinstance(value, PythonEnum) else None
    return processor(value) if processor and isinstance(column.type, Enum) else value


def _python(column: Column[Any], value: Any) -> tuple[Any, bool]:
    """The value as a validator expects it, and whether it could be made so."""
    try:
        type_ = column.type.python_type
    except NotImplementedError:
        return value, True
    if value is None or isinstance(column.type, JSON):
        return value, True
    if type_ is str:  # Postgres, too, makes a text of other JSON
        return value if isinstance(value, str) else dump(value), True
    # Python would take long to write out its digits.
    is_long = type_ is int and isinstance(value, Decimal) and abs(value.adjusted()) > MOST_DIGITS
    try:
        if isinstance(column.type, Enum):
            read: Any = cast(Any, column.type).result_processor(DIALECT, None)
            return read(value), True
        return (value, False) if is_long else (TypeAdapter[Any](type_).validate_python(value), True)
    except (ValidationError, LookupError):
        return value, False
