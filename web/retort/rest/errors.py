"""Errors as PostgREST's clients expect them: an object with four keys, and PostgREST's codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from flask import Response
from psycopg2 import errorcodes
from werkzeug.exceptions import HTTPException

from ..errors import remedy

if TYPE_CHECKING:
    from .catalog.resource import Resource

MayRead: TypeAlias = "Callable[[Resource], bool]"

COMPACT = (",", ":")  # between the parts of JSON
# What may stand in the head of an answer.
REASON = re.compile(r"[\x20-\x7e]{1,200}")
CODE = re.compile(r"[\w.-]{1,200}", re.ASCII)


class ApiError(Exception):
    """An answer that is an error: HTTP status, code, and texts for people. Its `reason` stands
    beside the status, in place of the usual one."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: object = None,
        hint: str | None = None,
        headers: dict[str, str] | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.headers, self.reason = status, code, headers or {}, reason
        self.body = {"code": code, "message": message, "details": details, "hint": hint}

    def response(self) -> Response:
        # Details may quote the request. It may have lone surrogates, which JSON can have in ASCII.
        response = Response(
            json.dumps(self.body, separators=COMPACT),
            self.status,
            content_type="application/json; charset=utf-8",
        )
        # A function of the database may have raised it, in any words.
        if self.reason and REASON.fullmatch(self.reason):
            response.status = f"{self.status} {self.reason}"
        if CODE.fullmatch(self.code):
            response.headers["Proxy-Status"] = f"PostgREST; error={self.code}"
        response.headers.update(self.headers)
        return response


class Guarded(ApiError):
    """An error `about` resources, which names what may have been meant, as far as whoever asks may
    read that: see `access.as_seen`. As it is, it names nothing."""

    def __init__(self, make: Callable[[MayRead], ApiError], *about: Resource) -> None:
        bare = make(lambda _: False)
        super().__init__(bare.status, bare.code, str(bare), bare.body["details"])
        self.make, self.about = make, about


def denied(
    message: str, *, has_token: bool, details: str | None = None, hint: str | None = None
) -> ApiError:
    """Error 42501, as 401 if the request has no token, else as 403."""
    if has_token:
        return ApiError(403, errorcodes.INSUFFICIENT_PRIVILEGE, message, details, hint)
    return ApiError(
        401,
        errorcodes.INSUFFICIENT_PRIVILEGE,
        message,
        details,
        hint or "Send a token: Authorization: Bearer …",
        headers={"WWW-Authenticate": "Bearer"},
    )


def too_large() -> ApiError:
    return ApiError(
        413,
        errorcodes.PROGRAM_LIMIT_EXCEEDED,
        "The answer would have more bytes than API_MAX_BYTES allows",
        hint="Ask for fewer rows, columns or embeds. A read of many rows can be a stream: ask for "
        "application/x-ndjson",
    )


def from_http(error: HTTPException, most_bytes: int | None) -> ApiError:
    """An error that Flask found, like a wrong method, size or host, in the same four keys. A body
    may have `most_bytes`."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    headers = dict(error.get_headers())
    headers.pop("Content-Type", None)
    code = "PGRST125" if status == HTTPStatus.NOT_FOUND else f"HTTP{status:d}"
    hint = (
        f"Send at most {most_bytes} bytes"
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        else remedy(error)
    )
    message = re.sub(r"\s+", " ", str(error.description))
    return ApiError(status, code, message, hint=hint, headers=headers)
