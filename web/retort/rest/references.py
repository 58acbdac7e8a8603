"""References in a batch: a value that the answer to an earlier request shows, like a key that the
database generated.

`{"$ref": "0.id"}` as a column's value in a body is the `id` of the row that the first answer shows.
So is `$0.id` in a path: as the key, or as what a filter compares with. It is never a name.
"""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import quote, unquote

import simplejson
from psycopg2 import errorcodes

from ..nesting import nests_deeper
from .errors import ApiError
from .request import HAVE_ROWS
from .request.parse_filter import RESERVED

REF = "$ref"
IN_BODY = re.compile(r"(\d+)\.(.+)", re.DOTALL)
# After the dot there is no digit, since `$5.00` is a price.
IN_PATH = re.compile(r"\$(\d+)\.(\D.*)")
ANYWHERE = re.compile(r"\$\d+\.[^\d/?&]")
COMPARED = re.compile(r"((?:not\.)?(?:eq|neq|gte?|lte?)\.)(\$.*)")


class Answers:
    """What the answers of a batch show so far."""

    def __init__(self, most_bytes: int) -> None:
        self.room = most_bytes
        """How many bytes of values may yet be referred to: many references may be to a long one."""
        self.bodies: list[str | None] = []
        """Each as JSON; None for one that is none."""
        self.rows: dict[int, Any] = {}
        """Those that were read again, since a reference is to them."""

    def value(self, place: int, column: str) -> Any:
        """The value in the one row that an answer shows. Raises ApiError."""
        if place >= len(self.bodies):
            raise _bad(f"There is no request {place} before this one")
        if place not in self.rows:
            try:
                self.rows[place] = _one_row(self.bodies[place])
            except RecursionError:
                raise _too_deep(place) from None
        row = self.rows[place]
        if not isinstance(row, dict):
            hint = "Let it have the header Prefer: return=representation"
            raise _bad(f"The answer to request {place} does not show one row", hint)
        if column not in row:
            raise _bad(f"The answer to request {place} has no {column[:100]}")
        value = cast(dict[str, Any], row)[column]
        if nests_deeper(value):
            raise _too_deep(place)
        self.room -= len(simplejson.dumps(value))
        if self.room < 0:
            message = "The references of the batch have more bytes than API_MAX_BYTES allows"
            raise ApiError(413, errorcodes.PROGRAM_LIMIT_EXCEEDED, message)
        return value


def _one_row(body: str | None) -> Any:
    shown: Any = simplejson.loads(body or "null", use_decimal=True)
    rows = cast(list[Any], shown if isinstance(shown, list) else [shown])
    return rows[0] if len(rows) == 1 else None


def in_path(path: str, answers: Answers) -> str:
    """The path of a request, like `persons/1?id=eq.1`, with values for its references.

    Raises ApiError.
    """
    address, mark, query = path.partition("?")
    table, slash, key = address.removeprefix("/").partition("/")
    parameters = [_parameter(parameter, answers) for parameter in query.split("&")]
    if ANYWHERE.search(table) or (ANYWHERE.search(key) and not IN_PATH.fullmatch(key)):
        raise _misplaced(path)
    return f"{table}{slash}{_text(key, answers)}{mark}{'&'.join(parameters)}"


def in_body(method: str, body: Any, answers: Answers) -> Any:
    """The body, likewise. Raises ApiError."""
    if method not in HAVE_ROWS:
        return body
    if isinstance(body, list):
        return [_row(row, answers) for row in cast(list[Any], body)]
    return _row(body, answers)


def _parameter(parameter: str, answers: Answers) -> str:
    name, equals, value = parameter.partition("=")
    compared = COMPARED.fullmatch(value)
    is_filter = unquote(name).rpartition(".")[2] not in RESERVED
    if compared and is_filter and IN_PATH.fullmatch(compared[2]):
        return f"{name}{equals}{compared[1]}{_text(compared[2], answers)}"
    if ANYWHERE.search(parameter):
        raise _misplaced(parameter)
    return parameter


def _text(source: str, answers: Answers) -> str:
    """A reference's value as a path has it; a text that is no reference as it is."""
    found = IN_PATH.fullmatch(source)
    if found is None:
        return source
    value = answers.value(int(found[1]), unquote(found[2]))
    if value is None or isinstance(value, dict | list):
        raise _bad(f"{source} is {simplejson.dumps(value)[:100]}, which no path can have")
    return quote(value if isinstance(value, str) else simplejson.dumps(value), safe="")


def _row(row: Any, answers: Answers) -> Any:
    if not isinstance(row, dict):
        return row
    return {name: _of_column(value, answers) for name, value in cast(dict[str, Any], row).items()}


def _of_column(value: Any, answers: Answers) -> Any:
    if not isinstance(value, dict):
        return value
    given = cast(dict[str, Any], value)
    reference = given.get(REF) if len(given) == 1 else None
    # Else it is JSON that has a `$ref` of its own, as a JSON Schema has.
    found = IN_BODY.fullmatch(reference) if isinstance(reference, str) else None
    return answers.value(int(found[1]), found[2]) if found else given


def _too_deep(place: int) -> ApiError:
    message = f"The answer to request {place} is nested too deep to be referred to"
    return ApiError(413, errorcodes.STATEMENT_TOO_COMPLEX, message)


def _misplaced(source: str) -> ApiError:
    return _bad(
        f"A reference is not for this place: {source[:100]}",
        "It is a key, or what eq, neq, gt, gte, lt or lte compares with; a $ in a text is %24",
    )


def _bad(message: str, hint: str | None = None) -> ApiError:
    return ApiError(400, "PGRST102", message, hint=hint)
