"""What a function of the database says that the answer is: `RAISE SQLSTATE 'PT402'` names a status,
and `'PGRST'` all of the answer, as in PostgREST."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .errors import ApiError

PGRST = "PGRST"
PT = re.compile(r"PT([2-5]\d\d)")

NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# They say where an answer ends, which is not for its author to say.
FRAMING = {
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


def _headers(given: dict[str, str]) -> dict[str, str]:
    """As WSGI takes them. Raises ValueError for what would be no header, or another answer."""
    for name, value in given.items():
        if not NAME.fullmatch(name) or name.lower() in FRAMING or CONTROL.search(value):
            raise ValueError(name)
    return {name: value.encode().decode("latin-1") for name, value in given.items()}


class Message(BaseModel):
    """What the MESSAGE of a 'PGRST' has to be, in JSON."""

    model_config = ConfigDict(strict=True)

    code: str
    message: str
    details: str | None = None
    hint: str | None = None


class Detail(BaseModel):
    """What its DETAIL has to be."""

    model_config = ConfigDict(strict=True)

    status: int = Field(ge=200, le=599)
    status_text: str | None = None
    headers: Annotated[dict[str, str], AfterValidator(_headers)]


def raised(state: str, diag: Any) -> ApiError | None:
    """The answer; None for an SQLSTATE that is no such word."""
    message, detail = diag.message_primary, diag.message_detail
    if found := PT.fullmatch(state):
        status = int(found[1])
        return ApiError(status, state, message, detail, diag.message_hint, reason=message)
    if state != PGRST:
        return None
    try:
        body = Message.model_validate_json(message)
    except ValidationError:
        return _malformed(
            f"Invalid JSON value for MESSAGE: '{message}'",
            "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional "
            "keys: 'details', 'hint'.",
        )
    try:
        head = Detail.model_validate_json(detail or "")
    except ValidationError:
        return _malformed(
            f"Invalid JSON value for DETAIL: '{detail}'"
            if detail
            else "DETAIL is missing in the RAISE statement",
            "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional "
            "key: 'status_text'.",
        )
    return ApiError(
        head.status,
        body.code,
        body.message,
        body.details,
        body.hint,
        head.headers,
        head.status_text,
    )


def _malformed(details: str, hint: str) -> ApiError:
    message = """Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error"""
    return ApiError(500, "PGRST121", message, details, hint)
