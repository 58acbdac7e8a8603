"""The body of a write: JSON or CSV to rows, and what the model's own Python says of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from enum import Enum as PythonEnum
from typing import Any, cast

import simplejson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from sqlalchemy import JSON, Column, ColumnDefault, Enum
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import set_committed_value

from ..nesting import MAX_DEPTH, nests_deeper
from .errors import ApiError
from .plan import DIALECT
from .resources import Operation, Resource, Rows, closest

ON_UPDATE = "on_update_"
TOO_DEEP = "Empty or invalid json", f"nested deeper than {MAX_DEPTH}"


def bad_body(message: str, details: str | None = None) -> ApiError:
    return ApiError(400, "PGRST102", message, details)


def text(body: bytes) -> str:
    """Raises ApiError where the body is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise bad_body("The body is not UTF-8", f"at byte {error.start}") from None


def parse_json(body: bytes) -> Any:
    """Take JSON, strictly; numbers keep every digit. Raises ApiError PGRST102."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise bad_body("Empty or invalid json", f'the key "{twice}" is there twice')
        return found

    source = text(body)
    try:
        found = simplejson.loads(source, object_pairs_hook=once, use_decimal=True, allow_nan=False)
    except (simplejson.JSONDecodeError, ArithmeticError) as error:
        raise bad_body("Empty or invalid json", str(error)) from None
    except ValueError:
        raise bad_body("Empty or invalid json", "a whole number has too many digits") from None
    except RecursionError:
        raise bad_body(*TOO_DEEP) from None
    if nests_deeper(found):
        raise bad_body(*TOO_DEEP)
    return found


def parse_csv(resource: Resource, body: bytes) -> Rows:
    """Take CSV with a header; an empty cell, or NULL, is null. Raises ApiError."""
    try:
        lines = list(csv.reader(io.StringIO(text(body), newline=""), strict=True))
    except csv.Error as error:
        raise bad_body("The body is not CSV", str(error)) from None
    if not lines or not lines[0]:
        raise bad_body("The body is not CSV", "there is no header")
    header, rows = lines[0], [line for line in lines[1:] if line]
    if len(set(header)) < len(header):
        raise bad_body("The body is not CSV", "a column is there twice")
    for number, line in enumerate(rows, 2):
        if len(line) != len(header):
            raise bad_body(
                "All lines must have same number of fields",
                f"row {number} has {len(line)}, the header {len(header)}",
            )
    as_json = {name for name in header if isinstance(_type(resource, name), JSON)}

    def cell(name: str, value: str) -> Any:
        if value in ("", "NULL"):
            return None
        return parse_json(value.encode()) if name in as_json else value

    return [
        {name: cell(name, value) for name, value in zip(header, line, strict=True)} for line in rows
    ]


def _type(resource: Resource, name: str) -> Any:
    column = resource.columns.get(name)
    return None if column is None else column.type


def rows_of(document: Any) -> Rows:
    """Take an object or a list of objects. Raises ApiError for anything else."""
    rows = cast(list[Any], document if isinstance(document, list) else [document])
    for row in rows:
        if not isinstance(row, dict):
            raise bad_body("The body must be one or a list of JSON objects")
    return rows


def columns_of(resource: Resource, rows: Rows, chosen: Sequence[str] | None) -> tuple[str, ...]:
    """The columns that a body gives: those chosen, or else those of every row. The version
    is not among them, since the server keeps it. Raises ApiError: PGRST204 for a column that is
    not there, 42501 for one that may not be written, PGRST102 for rows that differ."""
    if chosen is None:
        names = list(rows[0]) if rows else []
        for row in rows:
            if set(row) != set(names):
                raise bad_body("All object keys must match")
    else:
        names = list(dict.fromkeys(chosen))
    for name in names:
        if name not in resource.columns:
            near = closest(name, resource.columns)
            raise ApiError(
                400,
                "PGRST204",
                f"Could not find the '{name}' column of '{resource.name}' in the schema cache",
                hint=f"Perhaps you meant the column '{near}'" if near else None,
            )
        if name not in resource.writable:
            raise ApiError(
                400, "428C9", f"column {resource.label}.{name} can only be read", f"column {name}"
            )
    columns = tuple(name for name in names if name != resource.version)
    for row in rows:  # nothing that follows may take up what was not chosen
        for name in row.keys() - set(columns):
            del row[name]
    return columns


def apply_model(
    resource: Resource, operation: Operation, rows: Rows, columns: tuple[str, ...]
) -> tuple[str, ...]:
    """Let the model's Python have its say, as a flush of the ORM would: defaults,
    validators, the hook before. Changes the rows; gives the columns that they have then.

    Raises ApiError 23514 where a validator or the hook refuses.
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
        if resource.api.before is not None:
            resource.api.before(operation, rows)
            known = {column.name for column in resource.table.columns}
            added = {name for row in rows for name in row if name in known}
            columns = tuple(dict.fromkeys((*columns, *sorted(added))))
    except ValueError as error:
        raise refused(resource, error) from error
    return columns


def refused(resource: Resource, error: ValueError) -> ApiError:
    return ApiError(400, "23514", str(error), f"{resource.label} refuses it")


def _call(default: ColumnDefault) -> Any:
    # SQLAlchemy has wrapped a callable, so that it takes a context.
    arg: Any = default.arg
    return arg(None) if default.is_callable else arg


def on_update(resource: Resource) -> dict[str, object]:
    """The parameters for what Python's `onupdate=` gives the rows that an upsert finds."""
    found: dict[str, object] = {}
    for column in resource.table.columns:
        default = column.onupdate
        if isinstance(default, ColumnDefault) and not default.is_clause_element:
            value = to_jsonable_python(_stored(column, _call(default)))
            found[ON_UPDATE + column.name] = dump(value) if isinstance(value, dict) else value
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
        # That a value is missing, Postgres says.
        if attribute in mapper.validators and (
            row[name] is not None or resource.columns[name].nullable
        ):
            setattr(instance, attribute, getattr(instance, attribute))
            row[name] = _stored(resource.columns[name], getattr(instance, attribute))


def _stored(column: Column[Any], value: Any) -> Any:
    """The value as the database has it: of an enum, what the column's type says."""
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
    if type_ is str:  # to Postgres too, what is no text is the text of its JSON
        return value if isinstance(value, str) else dump(value), True
    try:
        if isinstance(column.type, Enum):
            read: Any = cast(Any, column.type).result_processor(DIALECT, None)
            return read(value), True
        return TypeAdapter[Any](type_).validate_python(value), True
    except (ValidationError, LookupError):
        return value, False


def dump(value: Any) -> str:
    """JSON for Postgres."""
    fallback: Callable[[Any], Any] = to_jsonable_python
    return simplejson.dumps(value, use_decimal=True, default=fallback)
