"""GET, HEAD, FETCH: the request, a statement, its run, the answer."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from errno import ECONNRESET
from typing import Any

from flask import Request, Response, current_app
from psycopg2 import errorcodes
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..auth.tokens import Identity
from ..database import first_line
from ..logs import without_values
from .access import check_read
from .answer import answer_page, say
from .api import Api
from .catalog.resource import Resource
from .context import Context
from .errors import ApiError, too_large
from .request import ApiRequest, resource_of
from .request.headers import CSV, NDJSON, OBJECT
from .request.query import Embed, Item, Star
from .run import ROWS, ROWS_WITH_EMBEDS, Runner, within
from .sqlstate import is_too_large, lacks_column
from .statement import Statement
from .statement.output import Output
from .statement.select import COUNTED, Page, explain_count, select_lines, select_one, select_page

# Whether row-level security hides rows of a table that a plan reads, be it through a view.
HIDES = """
SELECT coalesce(bool_or(row_security_active(pg_class.oid)), false)
FROM jsonb_path_query(%(plan)s, 'strict $.** ? (exists(@."Relation Name"))') AS node
JOIN pg_class ON relname = node ->> 'Relation Name'
JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = node ->> 'Schema'
"""


def read(
    api: Api,
    request: Request,
    identity: Identity,
    table: str,
    key: str | None,
    connection: Connection | None = None,
) -> Response:
    """Answer with the rows that the request asks for, read on `connection`, or else in one round
    trip of its own.

    Raises ApiError, and sqlalchemy.exc.DBAPIError for what Postgres refuses.
    """
    resource = resource_of(request, api.catalog, table)
    check_read([resource], identity)  # before the request can be wrong
    profile, heeds_tx = api.catalog.profile(resource.schema), api.heeds_tx and connection is None
    asked = ApiRequest.of(request, resource, key, profile, heeds_tx=heeds_tx)
    context = api.contexts.of(identity, resource, key, request, asked.preferences.get("timezone"))
    if asked.media.type == NDJSON:
        return _streamed(api, asked, identity, context)
    run = within(connection, context) if connection else api.reads.runner(context)
    with _refusing_writes():
        statement, page = page_of(asked, identity, run, may_fail=connection is None)
    return answer_page(asked, statement, page)


def page_of(
    asked: ApiRequest, identity: Identity, run: Runner, *, may_fail: bool = True
) -> tuple[Statement, Page]:
    """The statement, and what it gave. `may_fail` says whether another may be tried after one that
    failed. Raises ApiError 42501 if `identity` may not read that."""
    output = _output(asked, exact=not may_fail)
    try:
        return _page_of(asked, identity, run, output)
    except DBAPIError as error:
        # A role with rights on some columns may not see the version, and a view has none.
        if not (may_fail and output.version and lacks_column(error)):
            raise
    return _page_of(asked, identity, run, replace(output, version=False))


def _page_of(
    asked: ApiRequest, identity: Identity, run: Runner, output: Output
) -> tuple[Statement, Page]:
    in_batch = output.exact

    def sent(statement: Statement) -> Any:
        check_read(statement.touched, identity)
        return run(statement.sql, statement.fill(asked.values))

    if asked.key is not None and (one := select_one(asked.resource, asked.query, output)):
        row = sent(one)
        if row and len(row[0]) > asked.resource.max_bytes:
            raise too_large()
        return one, Page(row[0], 1, row[1]) if row else Page(None, 0)
    statement = select_page(asked.resource, asked.query, output)
    try:
        page = Page._make(sent(statement))
    except DBAPIError as error:
        if in_batch or not is_too_large(error):
            raise
        statement = select_page(asked.resource, asked.query, replace(output, exact=True))
        page = Page._make(sent(statement))
    count = asked.preferences.count
    if count == "planned" or (count == "estimated" and (page.total or 0) > COUNTED):
        page = page._replace(total=_planned(asked, run, page))
    return statement, page


@contextmanager
def _refusing_writes() -> Generator[None]:
    """Raises ApiError for a function that would have written in a transaction that only reads."""
    try:
        yield
    except DBAPIError as error:
        orig: Any = error.orig
        if getattr(orig, "pgcode", None) != errorcodes.READ_ONLY_SQL_TRANSACTION:
            raise
        raise ApiError(
            405,
            errorcodes.READ_ONLY_SQL_TRANSACTION,
            orig.diag.message_primary,
            "A function that is called to read cannot write",
            headers={"Allow": "OPTIONS"},
        ) from error


def _planned(asked: ApiRequest, run: Runner, page: Page) -> int | None:
    """How many rows there are, as the planner expects; None where row-level security hides some,
    since the planner counts those too."""
    explain = explain_count(asked.resource, asked.query)
    (found,) = run(explain.sql, explain.fill(asked.values))
    if run(HIDES, {"plan": json.dumps(found)})[0]:
        return None
    seen = max(page.total or 0, asked.offset + page.rows if page.rows else 0)
    return max(int(found[0]["Plan"]["Plan Rows"]), seen)


def _output(asked: ApiRequest, *, exact: bool) -> Output:
    is_one_row = asked.key is not None
    # The row's version is the answer's ETag only if the answer is the row and nothing else.
    has_version = (
        is_one_row
        and asked.media.type == OBJECT
        and not asked.media.strip_nulls
        and asked.resource.has_versions
        and asked.preferences.get("timezone") is None  # in which the same row looks different
        and not any(_is_beyond(asked.resource, item) for item in asked.query.select)
    )
    return Output(
        "csv" if asked.media.type == CSV else "json",
        asked.method != "HEAD",
        asked.media.strip_nulls,
        asked.preferences.count,
        capped=not is_one_row and (asked.limit is None or asked.limit > asked.resource.max_rows),
        version=has_version,
        exact=exact,
    )


def _is_beyond(resource: Resource, item: Star | Item | Embed) -> bool:
    """Whether it may change although the row does not."""
    if isinstance(item, Item):
        return item.field is not None and item.field.column in resource.computed
    return isinstance(item, Embed)


def _streamed(api: Api, asked: ApiRequest, identity: Identity, context: Context) -> Response:
    """Every row, a line each, while Postgres still gives them."""
    output = Output(strip_nulls=asked.media.strip_nulls)
    statement = select_lines(asked.resource, asked.query, output)
    check_read(statement.touched, identity)
    has_embeds = any(isinstance(item, Embed) for item in asked.query.select)
    most = ROWS_WITH_EMBEDS if has_embeds else ROWS
    chunks = api.reads.stream(context, statement.sql, statement.fill(asked.values), most)
    with _refusing_writes():
        first = next(chunks, None)  # raises what Postgres refuses, while a status can still say so
    logger = current_app.logger  # there is no application context while the body is sent

    def lines() -> Iterator[str]:
        chunk = first
        try:
            while chunk:
                yield "\n".join(chunk) + "\n"
                chunk = next(chunks, None)
        except DBAPIError as error:
            reason = without_values(first_line(error))
            logger.warning("database: %s; a stream ends before its time", reason)
            # Closed before the body's end, the connection shows the client that rows are missing.
            raise ConnectionResetError(ECONNRESET, reason) from None

    response = Response(lines(), content_type=asked.media.content_type)
    response.call_on_close(chunks.close)
    say(asked, response, {"handling"})
    return response
