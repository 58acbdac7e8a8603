"""A request of the API, made by a page: what it answers, and what Postgres was sent."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from time import perf_counter
from typing import Any

import simplejson
import sqlparse
from flask import Request, request, url_for
from markupsafe import Markup, escape
from psycopg2 import errorcodes
from psycopg2.extensions import QuotedString, adapt
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ...auth.tokens import ANONYMOUS
from ...nesting import nests_deeper
from ..errors import ApiError, away, from_database
from ..exchange import Exchange
from ..execute import Runner
from ..resources import Resource
from ..service import Service
from .address import Parameters, query

DEEPEST = 250  # objects and lists in one another, of rows that a page can show
LONG = 10_000  # characters of SQL that are not worth the time to indent them


class Watched(Exchange):
    """An exchange that remembers what it sent."""

    sent: tuple[str, dict[str, Any]] | None = None

    def runner(self) -> Runner:
        run = super().runner()

        def watched(sql: str, parameters: dict[str, Any]) -> Any:
            self.sent = sql, parameters
            return run(sql, parameters)

        return watched


@dataclass
class Answer:
    path: str
    headers: dict[str, str]
    curl: str
    error: ApiError | None = None
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    offset: int = 0
    limit: int = 0
    total: int = 0
    sql: Markup | None = None
    milliseconds: float = 0.0


def ask(
    service: Service, resource: Resource, parameters: Parameters, key: str | None = None
) -> Answer:
    """Ask the API for rows, counted, or for the one that has a key; as anybody, without a
    token."""
    headers = {} if key is not None else {"Prefer": "count=exact"}
    if resource.schema != service.catalog.schemas[0]:
        headers["Accept-Profile"] = resource.schema
    path = url_for("rest.read", table=resource.name, key=key) + query(parameters)
    lines = [f"-H {shlex.quote(f'{name}: {value}')} " for name, value in headers.items()]
    address = shlex.quote(request.host_url.rstrip("/") + path)
    answer = Answer(path, headers, f"curl {''.join(lines)}{address}")
    asked: Any = Request.from_values(path, headers=headers)
    exchange = None
    started = perf_counter()
    try:
        exchange = Watched(service, asked, ANONYMOUS, resource, key)
        response = exchange.answer()
        answer.rows = _rows(response.get_data(), is_one=key is not None)
        if key is None:
            answer.offset, answer.limit = exchange.offset, exchange.limit or 0
            answer.total = int(response.headers["Content-Range"].rpartition("/")[2])
    except ApiError as error:
        answer.error = error
    except DBAPIError as error:
        answer.error = from_database(error, service.catalog, has_token=False)
    except PoolTimeout as error:
        answer.error = away(error)
    answer.milliseconds = 1000 * (perf_counter() - started)
    if exchange is not None and exchange.sent is not None:
        answer.sql = filled(*exchange.sent)
    return answer


def _rows(body: bytes, *, is_one: bool) -> list[dict[str, Any]]:
    """The rows of an answer, their numbers as Decimals. Raises ApiError where they nest too
    deep."""
    try:
        document = simplejson.loads(body, use_decimal=True, parse_int=Decimal)
        rows = [document] if is_one else document
        is_deep = nests_deeper(rows, DEEPEST)
    except RecursionError:
        rows, is_deep = [], True
    if is_deep:
        raise ApiError(
            413, errorcodes.STATEMENT_TOO_COMPLEX, "A value is nested too deep to be shown"
        )
    return rows


def filled(sql: str, parameters: dict[str, Any]) -> Markup:
    """SQL with its parameters in their places, each marked as one."""
    marked = {
        name: Markup("<mark>{}</mark>").format(literal(value)) for name, value in parameters.items()
    }
    return escape(indented(sql)) % marked


@lru_cache(512)
def indented(sql: str) -> str:
    return sql if len(sql) > LONG else sqlparse.format(sql, reindent=True)


def literal(value: Any) -> str:
    """A value as psycopg2 writes it into a statement."""
    adapted = adapt(value)
    if isinstance(adapted, QuotedString):
        adapted.encoding = "utf-8"
    return adapted.getquoted().decode()
