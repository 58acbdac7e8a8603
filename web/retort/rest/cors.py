"""Which pages of other origins may read the API in a browser."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from .request import READS, WRITES

EXPOSED = (
    "Content-Range, Content-Location, Content-Profile, Location, Preference-Applied, "
    "Proxy-Status, ETag, Link"
)


def allow(origins: Sequence[str], response: Response) -> Response:
    """Let pages of `origins` see the response; `*` means any."""
    response.headers.add("Vary", "Accept, Authorization, Accept-Profile, Prefer, Range")
    origin = request.headers.get("Origin")
    if origin is None or not (origin in origins or "*" in origins):
        return response
    response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Vary"] += ", Origin"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join([*READS, *WRITES])
        asked = request.headers.get("Access-Control-Request-Headers", "Authorization")
        response.headers["Access-Control-Allow-Headers"] = asked
        response.headers["Access-Control-Max-Age"] = "86400"
    return response
