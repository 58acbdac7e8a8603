"""The body of a request: JSON that fits a model of pydantic's, or rows as JSON, CSV or a form."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

import simplejson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from sqlalchemy import JSON

from ...nesting import MAX_DEPTH, nests_deeper
from ..catalog.resource import Resource, Rows, closest
from ..catalog.types import base_type
from ..errors import ApiError
from . import headers

T = TypeVar("T")

DIFFERENT = "All object keys must match"
SURROGATE = re.compile("[\ud800-\udfff]")
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
            twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
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


def validated(type_: TypeAdapter[T], body: bytes, what: str) -> T:
    """Take JSON of a type, which errors call `what`. Raises ApiError PGRST102, which names the
    first part that is wrong."""
    try:
        return type_.validate_python(parse_json(body), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = first.get("ctx", {}).get("error")
        problem = f" {reason}" if isinstance(reason, ValueError) else f": {first['msg']}"
        expected = f"The body must be {what}"
        raise bad_body(f"'{where}'{problem}" if where else expected, expected) from None


def rows_of(resource: Resource, body: bytes, mimetype: str) -> tuple[Rows, str | None]:
    """Take JSON, an object or a list of them, or CSV, or a form; give the rows, and the list as the
    client wrote it, if that is JSON.

    Raises ApiError PGRST102.
    """
    if mimetype == headers.CSV:
        return _csv_rows(resource, text(body)), None
    if mimetype == headers.FORM:
        return [_form_row(resource, text(body))], None
    if mimetype in ("", headers.JSON, headers.OBJECT) or mimetype.endswith("+json"):
        document = parse_json(body)
        source = text(body).removeprefix("\ufeff")  # which Postgres would not take
        if isinstance(document, dict):
            return [document], f"[{source}]"
        if not isinstance(document, list):
            raise bad_body("The body must be one or a list of JSON objects")
        rows = cast(list[Any], document)
        if not all(isinstance(row, dict) for row in rows):
            raise bad_body(DIFFERENT, "The body must be one or a list of JSON objects")
        return rows, source
    raise ApiError(
        415,
        "PGRST102",
        f"Content-Type not acceptable: {mimetype[:100]}",
        hint=f"Send {headers.JSON}, {headers.CSV} or {headers.FORM}",
    )


def _csv_rows(resource: Resource, source: str) -> Rows:
    """The rows of a CSV with a header, in which a cell NULL is null, quoted or not."""
    try:
        lines = list(csv.reader(io.StringIO(source, newline=""), strict=True))
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
    as_json = _as_json(resource, header)

    def cell(name: str, value: str) -> Any:
        if value == "NULL":
            return None
        return parse_json(value.encode()) if name in as_json else value

    return [
        {name: cell(name, value) for name, value in zip(header, line, strict=True)} for line in rows
    ]


def _form_row(resource: Resource, source: str) -> dict[str, Any]:
    """The row of an HTML form."""
    try:
        given = parse_qsl(source, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        raise bad_body("The body is not a form", str(error)) from None
    found = dict(given)
    if len(found) < len(given):
        raise bad_body("The body is not a form", "a column is there twice")
    as_json = _as_json(resource, found)
    return {
        name: parse_json(value.encode()) if name in as_json else value
        for name, value in found.items()
    }


def _as_json(resource: Resource, names: Iterable[str]) -> set[str]:
    """The columns of JSON, whose values in a CSV or a form are JSON too, and not its text."""
    found = {name: resource.columns[name] for name in names if name in resource.columns}
    return {name for name, column in found.items() if isinstance(base_type(column.type), JSON)}


def chosen(
    resource: Resource, rows: Sequence[dict[str, Any]], columns: Sequence[str] | None
) -> tuple[Rows, tuple[str, ...]]:
    """The rows with only the columns to write, and these columns: those that `columns` names, or
    else all, which every row must have. The version is left out, since the server keeps it.

    Raises ApiError: PGRST204 for a column that is not there, 428C9 for one that may not be
    written, PGRST102 for rows that differ.
    """
    if columns is None:
        names = list(rows[0]) if rows else []
        for row in rows:
            if set(row) != set(names):
                raise bad_body(DIFFERENT)
    else:
        names = list(dict.fromkeys(columns))
    for name in names:
        if name not in resource.columns:
            near = closest(name, resource.writable)
            raise ApiError(
                400,
                "PGRST204",
                f"Could not find the '{name}' column of '{resource.name}' in the schema cache",
                hint=f"Perhaps you meant the column '{near}'" if near else None,
            )
        if name not in resource.writable:
            raise ApiError(
                400,
                "428C9",
                f"column {resource.label}.{name} can only be read",
                f"column {name}",
                "Leave it out",
            )
    kept = tuple(name for name in names if name != resource.version)
    return [{name: row[name] for name in kept if name in row} for row in rows], kept


def dump(value: Any) -> str:
    """JSON for Postgres."""
    fallback: Callable[[Any], Any] = to_jsonable_python
    found = simplejson.dumps(value, use_decimal=True, default=fallback, ensure_ascii=False)
    # No text of Postgres has a lone surrogate, so this is left to Postgres to refuse.
    return SURROGATE.sub(lambda one: f"\\u{ord(one[0]):04x}", found)
