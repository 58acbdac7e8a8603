"""Errors as PostgREST's clients expect them: four keys, and a code that means something."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app
from psycopg2 import errorcodes
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from .resources import Catalog

RETRY_AFTER = "5"  # seconds


class ApiError(Exception):
    """An answer that is an error: HTTP status, code, and texts for people."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: object = None,
        hint: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers or {}
        self.body = {"code": code, "message": message, "details": details, "hint": hint}

    def response(self) -> Response:
        # Details may quote what was sent, lone surrogates included: ASCII holds all.
        response = Response(
            json.dumps(self.body), self.status, content_type="application/json; charset=utf-8"
        )
        response.headers["Proxy-Status"] = f"PostgREST; error={self.code}"
        response.headers.update(self.headers)
        return response


def denied(message: str, *, has_token: bool, hint: str | None = None) -> ApiError:
    """42501: 401 to whoever has no token yet, else 403."""
    if has_token:
        return ApiError(403, errorcodes.INSUFFICIENT_PRIVILEGE, message, hint=hint)
    return ApiError(
        401,
        errorcodes.INSUFFICIENT_PRIVILEGE,
        message,
        hint=hint or "Send a token: Authorization: Bearer …",
        headers={"WWW-Authenticate": "Bearer"},
    )


# SQLSTATE, or its first two characters, to status: as PostgREST documents them, but for
# what it answers with 500 though only the client can mend it.
STATUS = {
    "23503": 409,
    "23505": 409,
    "23514": 400,
    "25006": 405,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "42501": 403,
    "53400": 500,
    "55P03": 503,
    "57014": 400,
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
    "58": 500,
    "F0": 500,
    "HV": 500,
    "XX": 500,
}


# These quote a whole row.
WHOLE_ROW = {errorcodes.NOT_NULL_VIOLATION, errorcodes.CHECK_VIOLATION, "44000"}
KEY = re.compile(r"[^(]*\((.*?)\)=")


def from_database(error: DBAPIError, catalog: Catalog, *, has_token: bool) -> ApiError:
    """What Postgres said, for the client: its own code and words, but no SQL, and nothing of
    a table or a column that is not served."""
    orig: Any = error.orig
    state: str | None = getattr(orig, "pgcode", None)
    if state is None:  # no answer from a server at all
        return away(error)
    diag: Any = orig.diag
    status = STATUS.get(state) or STATUS.get(state[:2]) or 400
    message: str = diag.message_primary
    details: str | None = diag.message_detail
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        current_app.logger.error("database: %s %s", state, message)
    if state == errorcodes.INSUFFICIENT_PRIVILEGE:
        return denied(message, has_token=has_token)
    if details is not None and diag.table_name is not None:
        key = KEY.match(details)
        names = [] if key is None else key[1].split(", ")
        if state in WHOLE_ROW or not catalog.shows(diag.schema_name, diag.table_name, names):
            details = None
    if details is None and (where := diag.constraint_name or diag.column_name):
        details = f"{'constraint' if diag.constraint_name else 'column'} {where}"
    headers = {"Retry-After": RETRY_AFTER} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return ApiError(status, state, message, details, diag.message_hint, headers)


def away(error: Exception) -> ApiError:
    """503: the database does not answer."""
    reason = str(getattr(error, "orig", error)).partition("\n")[0]
    current_app.logger.error("database: %s", reason)
    return ApiError(
        503,
        "PGRST001",
        "The database does not answer",
        hint="Try again",
        headers={"Retry-After": RETRY_AFTER},
    )


def from_http(error: HTTPException) -> ApiError:
    """An error of Flask's in the same four keys: a method, a size, a host."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    headers = dict(error.get_headers())
    headers.pop("Content-Type", None)
    code = "PGRST125" if status == HTTPStatus.NOT_FOUND else f"HTTP{status:d}"
    return ApiError(status, code, re.sub(r"\s+", " ", str(error.description)), headers=headers)
