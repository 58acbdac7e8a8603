"""A request as WSGI has it."""

from __future__ import annotations

import io
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# PEP 3333: what is the same in every request.
SAME: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "gunicorn",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
# The body is read already, so its length is known however it came.
FRAMING = ("HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING")


def environ(
    request: Any, server: Any, client: Any, body: io.IOBase, length: int
) -> WSGIEnvironment:
    """Take a request whose head Gunicorn has read, the addresses of both ends as sockets give
    them, its body, and how many bytes that has; give PEP 3333's environment."""
    if isinstance(server, str | bytes):  # the path of a socket of Unix
        server, client = ("localhost", ""), ("",)
    made: WSGIEnvironment = SAME | {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": _path(request.raw_path),
        "RAW_URI": request.raw_path.decode("latin-1"),  # as Gunicorn has it: not decoded
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": "HTTP/1.1" if request.version == (1, 1) else "HTTP/1.0",
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": body,
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
    }
    if length:
        made["CONTENT_LENGTH"] = str(length)
    for name, value in request.headers_bytes:
        if (key := _key(name)) in made:
            made[key] += "; " if key == "HTTP_COOKIE" else ","
            made[key] += value.decode("latin-1")
        elif key not in FRAMING:
            made[key] = value.decode("latin-1")
    return made


def _path(target: bytes) -> str:
    """The path of a request's target, which proxies may send as a whole address."""
    if not target.startswith(b"/") and b"://" in target:
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    return (unquote_to_bytes(target) if b"%" in target else target).decode("latin-1")


@lru_cache(256)  # clients name their headers as they like
def _key(name: bytes) -> str:
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"
