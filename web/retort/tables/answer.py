"""Asks for what a page shows: its rows, and the SQL that was sent for them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from time import perf_counter
from typing import Any

import simplejson
import sqlparse
from flask import request, url_for
from markupsafe import Markup, escape
from psycopg2 import errorcodes
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..auth.tokens import ANONYMOUS
from ..nesting import nests_deeper
from ..rest.access import as_seen, check_read
from ..rest.answer import check_range, check_single
from ..rest.api import Api
from ..rest.catalog.resource import Resource, names
from ..rest.errors import ApiError, Guarded
from ..rest.read import page_of
from ..rest.request import ApiRequest
from ..rest.sqlstate import away, from_database
from ..rest.statement.select import COUNTED
from ..round_trip import literal
from .address import Parameters, query

DEEPEST = 250  # objects and lists in one another; a page cannot show deeper rows
LONG = 10_000  # characters; to indent longer SQL takes too much time


@dataclass
class Answer:
    path: str
    headers: dict[str, str]
    curl: str
    error: ApiError | None = None
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    offset: int = 0
    limit: int = 0
    total: int | None = None
    """How many rows there are; None if that is not known."""
    is_estimate: bool = False
    """Whether there are only about as many rows as `total` says."""
    statements: list[Markup] = field(default_factory=list[Markup])
    milliseconds: float = 0.0

    @property
    def goes_on(self) -> bool:
        """Whether there may be a next page."""
        if self.is_estimate or self.total is None:
            return len(self.rows) == self.limit
        return bool(self.rows) and self.offset + len(self.rows) < self.total


def ask(api: Api, resource: Resource, parameters: Parameters, key: str | None = None) -> Answer:
    """Rows of the resource and an estimate of their number, or the row with the key, as anybody
    sees them without a token. An error is in the answer."""
    headers = {} if key is not None else {"Prefer": "count=estimated"}
    if resource.schema != api.catalog.schemas[0]:
        headers["Accept-Profile"] = resource.schema
    path = url_for("rest.read_rows", table=resource.name)
    path += ("" if key is None else f"/{key}") + query(parameters)
    lines = [f"-H {shlex.quote(f'{name}: {value}')} " for name, value in headers.items()]
    address = shlex.quote(request.host_url.rstrip("/") + path)
    answer = Answer(path, headers, f"curl {''.join(lines)}{address}")
    started = perf_counter()
    try:
        _fill(api, answer, resource, parameters, key)
    except ApiError as error:
        answer.error = error
    except DBAPIError as error:
        answer.error = from_database(error, api.catalog, has_token=False)
    except PoolTimeout as error:
        answer.error = away(error)
    answer.milliseconds = 1000 * (perf_counter() - started)
    return answer


def _fill(
    api: Api, answer: Answer, resource: Resource, parameters: Parameters, key: str | None
) -> None:
    """Give the answer its rows, and the statements as they were sent. Raises ApiError."""
    check_read([resource], ANONYMOUS)  # before the request can be wrong
    asked = ApiRequest.to_read(resource, tuple(parameters), key)
    send = api.reads.runner(api.contexts.of(ANONYMOUS, resource, key, request))
    secretive = [one for one in api.catalog.resources.values() if one.options.hidden]
    tells = False

    def run(sql: str, parameters: dict[str, Any]) -> Any:
        nonlocal tells
        # A key of several columns may join by one that is hidden.
        tells = tells or any(names(sql, one.name) and one.tells(sql) for one in secretive)
        if not tells:
            answer.statements.append(filled(sql, parameters))
        return send(sql, parameters)

    try:
        _, page = page_of(asked, ANONYMOUS, run)
    except Guarded as error:
        raise as_seen(error, ANONYMOUS) from None
    check_range(asked, page.total)
    if key is not None:
        check_single(asked, page.rows)
    answer.rows = _rows(f"[{page.body or ''}]")
    answer.offset, answer.limit = asked.offset, min(asked.limit or 0, resource.max_rows)
    answer.total = page.total
    answer.is_estimate = (page.total or 0) > COUNTED


def _rows(body: str) -> list[dict[str, Any]]:
    """The rows in a JSON array, with numbers as Decimals. Raises ApiError if they are nested too
    deep."""
    try:
        rows: list[dict[str, Any]] = simplejson.loads(body, use_decimal=True, parse_int=Decimal)
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
