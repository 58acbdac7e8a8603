"""Makes errors of the API out of those of Postgres, or of its silence."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from flask import current_app
from psycopg2 import errorcodes
from sqlalchemy.exc import DBAPIError

from ..database import first_line
from .catalog import Catalog
from .context import ENDED
from .errors import ApiError, denied, too_large
from .raised import raised
from .run import MayBeDone
from .statement.dml import NOT_ONE

RETRY_AFTER = "5"  # seconds

# The status for an SQLSTATE, or for its first two characters: PostgREST's, except where that is 500
# although only the client can correct the request, or where the server cannot do it now.
STATUS = {
    "21000": 500,
    "23503": 409,
    "23505": 409,
    "23514": 400,
    "25006": 503,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "25": 500,
    "42501": 403,
    "53400": 500,
    "55P03": 503,
    "57014": 500,
    "08": 503,
    "09": 500,
    "0L": 403,
    "0P": 403,
    "28": 403,
    "2D": 500,
    "38": 500,
    "39": 500,
    "3B": 500,
    "40": 409,
    "53": 503,
    "54": 413,
    "55": 409,
    "57": 503,
    "58030": 503,
    "58": 500,
    "F0": 500,
    "HV": 500,
    "P0001": 400,
    "P0": 500,
    "PT": 500,
    "XX": 500,
}
SEVERAL = "more than one row returned by a subquery used as an expression"  # so `statement.there`
# Of the state 21000, what the client has asked for: a key twice in an upsert, no filter where an
# extension asks for one, one row of a view that has several.
ASKED = re.compile(f"ON CONFLICT .*|.* requires a WHERE clause|{SEVERAL}")

# What is wrong there is the server's own. Its words may tell the paths of its files.
OWN = {
    "25006": "The database takes no writes now",
    "53100": "The database has no room on its disk",
    "53200": "The database has no memory left",
    "53300": "The database has no connection left",
    "58": "The database has failed",
    "F0": "The database has failed",
    "XX": "The database has failed",
}
RAISED = "exec_stmt_raise"  # where Postgres has words from that are a function's: its RAISE

ROWS = re.compile(rf"{re.escape(NOT_ONE)}(\d+)")
TOO_LONG = "requested length too large"  # what `statement.size` has Postgres say

# The details of these quote a whole row, be it of a table below a view.
WHOLE_ROW = {errorcodes.NOT_NULL_VIOLATION, errorcodes.CHECK_VIOLATION, "44000"}
UNKNOWN_ROLE = re.compile('role ".*" does not exist', re.DOTALL)  # that a token names
KEY = re.compile(r"[^(]*\((.*?)\)=")


def from_database(error: DBAPIError, catalog: Catalog, *, has_token: bool) -> ApiError:
    """Postgres' error for the client: its code and its words, but no SQL, and nothing about a table
    or a column that is not served."""
    orig: Any = error.orig
    state: str | None = getattr(orig, "pgcode", None)
    if state is None:  # no answer from a server at all
        return away(error)
    diag: Any = orig.diag
    if (answer := raised(state, diag)) is not None:
        return answer
    message: str = diag.message_primary
    status = _status(state, diag)
    details: str | None = diag.message_detail
    hint: str | None = diag.message_hint
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        current_app.logger.error("database: %s %s", state, message)
    if state == errorcodes.INVALID_PARAMETER_VALUE and f'"{ENDED}"' in message:
        return ApiError(
            401,
            "PGRST303",
            "The log-in of this token has ended",
            hint="Log in again",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    own = OWN.get(state) or OWN.get(state[:2])
    if own and diag.source_function != RAISED:
        message, details, hint = own, None, None
    if state == errorcodes.UNDEFINED_COLUMN and diag.source_function != RAISED:
        details, hint = None, None  # they may suggest a hidden one
    if message == SEVERAL and status == HTTPStatus.BAD_REQUEST:
        hint = "If a view is embedded: it has several rows where there should be one"
    if state == errorcodes.INSUFFICIENT_PRIVILEGE:
        return denied(message, has_token=has_token, details=details, hint=hint)
    if is_too_large(error):
        return too_large()
    details = None if state in WHOLE_ROW else _shown(details, diag, catalog)
    if details is None and (where := diag.constraint_name or diag.column_name):
        details = f"{'constraint' if diag.constraint_name else 'column'} {where}"
    headers = {"Retry-After": RETRY_AFTER} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return ApiError(status, state, message, details, hint, headers)


def _status(state: str, diag: Any) -> int:
    message: str = diag.message_primary
    if state == errorcodes.INVALID_PARAMETER_VALUE and UNKNOWN_ROLE.fullmatch(message):
        return 401
    is_in_function = diag.context is not None
    asked = state == errorcodes.CARDINALITY_VIOLATION and ASKED.fullmatch(message)
    if asked and not is_in_function:
        return 400
    return STATUS.get(state) or STATUS.get(state[:2]) or 400


def _shown(details: str | None, diag: Any, catalog: Catalog) -> str | None:
    """The details, unless they are about what is not served."""
    if details is None or diag.table_name is None:
        return details
    key = KEY.match(details)
    names = [] if key is None else key[1].split(", ")
    return details if catalog.shows(diag.schema_name, diag.table_name, names) else None


def lacks_column(error: DBAPIError) -> bool:
    """Whether a column is missing, or the role lacks the right to see it."""
    missing = errorcodes.INSUFFICIENT_PRIVILEGE, errorcodes.UNDEFINED_COLUMN
    return getattr(error.orig, "pgcode", None) in missing


def is_too_large(error: DBAPIError) -> bool:
    """Whether it is the error of `statement.size`: the answer would have too many bytes."""
    orig: Any = error.orig
    is_limit = getattr(orig, "pgcode", None) == errorcodes.PROGRAM_LIMIT_EXCEEDED
    return is_limit and orig.diag.message_primary == TOO_LONG


def not_one(error: DBAPIError) -> int | None:
    """How many rows a write is of that has to be of one, if that is the error."""
    orig: Any = error.orig
    is_text = getattr(orig, "pgcode", None) == errorcodes.INVALID_TEXT_REPRESENTATION
    found = ROWS.search(orig.diag.message_primary) if is_text else None
    return int(found[1]) if found else None


def away(error: BaseException) -> ApiError:
    """503: the database does not answer."""
    current_app.logger.error("database: %s", first_line(error))
    return ApiError(
        503,
        "PGRST001",
        "The database does not answer",
        hint="Try again",
        headers={"Retry-After": RETRY_AFTER},
    )


def in_doubt(error: MayBeDone) -> ApiError:
    """503: the database does not answer, and may have done what it was asked for."""
    answer = away(error.__cause__ or error)
    answer.body["details"] = "The write may have been done all the same"
    answer.body["hint"] = "Look, or use PUT with a key of your own: it can be sent again"
    return answer
