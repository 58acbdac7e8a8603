"""Gunicorn's access lines, in the form of all other log lines. Only Gunicorn imports this."""

import logging
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

from gunicorn.glogging import Logger
from gunicorn.http.wsgi import Response

from .health import PATHS as UNLOGGED  # except at LOG_LEVEL=debug
from .settings import StackSettings

SECRET_NAMES = ("pass", "pwd", "secret", "token", "key", "auth", "sig", "session", "code", "jwt")


def names(query: str) -> str:
    """A query string without values: the names of its parameters. What has no name is a value."""
    parts = (part.partition("=") for part in query.split("&"))
    return "&".join(quote(unquote_plus(name)) if sign else "***" for name, sign, _ in parts)


def redact(query: str) -> str:
    """A query string without the values of parameters that are named like secrets."""
    return urlencode(
        [
            (name, "***" if any(part in name.lower() for part in SECRET_NAMES) else value)
            for name, value in parse_qsl(query, keep_blank_values=True)
        ],
        safe="*",
    )


class AccessLogger(Logger):
    """Logs a request when its answer is sent, without the cost of Gunicorn's atoms."""

    def __init__(self, cfg: Any) -> None:
        super().__init__(cfg)
        self._shown = redact if StackSettings.load().log_values else names

    def access(
        self,
        resp: Response,
        req: object,
        environ: MutableMapping[str, Any],
        request_time: timedelta,
    ) -> None:
        path = quote(environ["PATH_INFO"].encode("latin-1"))
        level = logging.DEBUG if path in UNLOGGED else logging.INFO
        if not self.access_log.isEnabledFor(level):
            return
        if environ["QUERY_STRING"]:
            path += f"?{self._shown(environ['QUERY_STRING'])}"
        method, status = environ["REQUEST_METHOD"], resp.status_code
        milliseconds = round(request_time.total_seconds() * 1000, 1)
        self.access_log.log(
            level,
            "%s %s %s %s ms",
            method,
            path,
            status,
            milliseconds,
            extra={
                "method": method,
                "path": path,
                "status": status,
                "bytes": resp.sent,
                "ms": milliseconds,
                "client": environ.get("REMOTE_ADDR"),
                "user_agent": environ.get("HTTP_USER_AGENT"),
                "request_id": environ.get("retort.request_id"),
            },
        )
