"""Logs: each line is a JSON object, or readable text on a terminal, and has the request's id.

What the line of a request says is in `access_log`.
"""

from __future__ import annotations

import logging.config
import re
import sys
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import psycopg2
from flask import has_request_context, request
from sqlalchemy.exc import DBAPIError

from .settings import StackSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REQUEST_ID = "X-Request-ID"
QUOTES = re.compile(r': "|(?<=value) "|\n')  # where Postgres begins to quote values
_ACCEPTABLE = re.compile(r"[\w.:-]{1,128}", re.ASCII)


def request_id(environ: WSGIEnvironment) -> str:
    """The id of the request with this WSGI environment: what the client or the proxy sent as
    X-Request-ID, if it is acceptable, or else a random one."""
    if "retort.request_id" not in environ:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        environ["retort.request_id"] = given if _ACCEPTABLE.fullmatch(given) else token_hex(16)
    return environ["retort.request_id"]


class AddRequestId(logging.Filter):
    """Adds the request's id to whatever is logged while a request is served."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context():
            record.request_id = request_id(request.environ)
        return True


def without_values(message: str) -> str:
    """What Postgres says of an error, up to the first value that it quotes."""
    return QUOTES.split(message, maxsplit=1)[0]


class HideValues(logging.Filter):
    """Takes values out of a database error that was not expected. SQLAlchemy's `hide_parameters`
    hides its own, but not those in the words of Postgres."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        while error:
            if isinstance(error, psycopg2.Error | DBAPIError) and error.args:
                error.args = (without_values(str(error.args[0])), *error.args[1:])
            error = error.__cause__ or error.__context__
        return True


def config(settings: StackSettings) -> dict[str, Any]:
    """The configuration for logging.config.dictConfig, and Gunicorn's logconfig_dict."""
    level = settings.log_level.upper()
    form = settings.log_format or ("text" if sys.stderr.isatty() else "json")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": AddRequestId}, "values": {"()": HideValues}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "%(levelname)s %(name)s %(message)s",
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
            },
            "text": {
                "()": "logging.Formatter",
                "fmt": "%(asctime)s %(levelname)-7s %(message)s  [%(request_id)s]",
                "datefmt": "%H:%M:%S",
                "defaults": {"request_id": "-"},
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["request_id"] if settings.log_values else ["request_id", "values"],
                "formatter": form,
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": level, "propagate": True},
            "gunicorn.access": {"level": level, "propagate": True},
            "sqlalchemy.engine": {"level": "INFO" if settings.sqlalchemy_echo else "WARNING"},
        },
    }


def init_app(settings: StackSettings) -> None:
    logging.config.dictConfig(config(settings))
