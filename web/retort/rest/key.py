"""The key of a row in an address: its parts, each percent-encoded, with commas between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_to_bytes

from flask import Blueprint
from werkzeug.routing import BaseConverter

from .errors import ApiError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class KeyConverter(BaseConverter):
    """The rest of a path, with any slashes in it, which are decoded by then."""

    regex = "(?s:.+)"  # line ends too
    part_isolating = False


def have_keys(routes: Blueprint) -> None:
    """Let the rules of `routes` that are added after this have a `<key:key>`."""

    def add(state: Any) -> None:
        state.app.url_map.converters["key"] = KeyConverter

    routes.record(add)


def key_in(environ: WSGIEnvironment, decoded: str) -> str:
    """Take the key that a route found, which was decoded as a whole; give it as an address has it,
    so that a comma or slash in one of its parts is told from others.

    Raises ApiError PGRST125 where the key has a slash that was not encoded.
    """
    if decoded.isascii() and decoded.isalnum():
        return decoded
    # What the client sent: not in WSGI's standard, but all servers have it.
    sent = environ.get("RAW_URI", environ.get("REQUEST_URI", quote(decoded, safe=",")))
    last = sent.partition("?")[0].rpartition("/")[2]
    parts = [
        unquote_to_bytes(part.encode("latin-1")).decode(errors="replace")
        for part in last.split(",")
    ]
    if ",".join(parts) != decoded:
        raise ApiError(
            404,
            "PGRST125",
            "Invalid path specified in request URL",
            hint="A slash in a key is written %2F",
        )
    return to_key(parts)


def to_key(parts: list[str]) -> str:
    """The parts of a key as an address has them."""
    return ",".join(quote(part, safe="") for part in parts)


def parts_of(key: str, number: int) -> list[str]:
    """The parts of a key, which has as many as the table's key has columns if it is right."""
    return [unquote(part) for part in (key.split(",") if number > 1 else [key])]
