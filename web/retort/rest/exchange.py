"""One request and its answer: parse, resolve, run, respond. Reads are here, writes follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from errno import ECONNRESET
from typing import Any, cast
from urllib.parse import quote, urlencode

from flask import Request, Response, current_app
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..auth.tokens import Identity
from .errors import ApiError
from .execute import Runner, reader, runner, stream
from .fetch import fetch_parameters
from .parse import check_text, parse
from .plan import Plan
from .read import CAP, Output, Page, count_plan, read_plan, stream_plan
from .resources import Resource
from .service import Service
from .tree import Embed, Field, Filter, Query
from .wants import CSV, JSON, NDJSON, OBJECT, Media, media, preferences, range_of

READ_MEDIA = (JSON, OBJECT, CSV, NDJSON)


@dataclass
class Exchange:
    """A request about one resource, or one row of it. With a `connection` it takes part in
    the transaction there."""

    service: Service
    request: Request
    identity: Identity
    resource: Resource
    key: str | None = None
    connection: Connection | None = None

    def __post_init__(self) -> None:
        self.preferences = preferences(self.request.headers)
        parameters = tuple(self.request.args.items(multi=True))
        if self.request.method == "FETCH":
            # What the address says goes first: it is how a page leads to the next.
            paged = {"offset", "limit"}.intersection(self.request.args)
            more = fetch_parameters(self.request.get_data())
            parameters += tuple(one for one in more if one[0] not in paged)
        self.query, self.values = parse(parameters)
        if self.key is not None:
            self.query = self._with_key(self.query, self.key)

    def _with_key(self, query: Query, key: str) -> Query:
        """The query with the values in the path as filters. Raises ApiError."""
        check_text(key)
        names = self.resource.key
        if not names:
            raise ApiError(404, "PGRST125", f"{self.resource.name} has no primary key")
        parts = key.split(",") if len(names) > 1 else [key]
        if len(parts) != len(names):
            raise ApiError(
                400, "PGRST100", f"a key of {self.resource.name} is {','.join(names)}, as in a,b"
            )
        filters: list[Filter] = []
        for name, part in zip(names, parts, strict=True):
            self.values.append(part)
            filters.append(Filter(Field(name), "eq", len(self.values) - 1))
        return replace(query, where=(*filters, *query.where))

    def answer(self) -> Response:
        """GET, HEAD, FETCH."""
        wanted = media(self.request.headers.get("Accept", ""), READ_MEDIA)
        if self.key is not None and wanted.type == JSON:
            wanted = replace(wanted, type=OBJECT)
        self._limits()
        if wanted.type == NDJSON:
            return self._streamed(wanted)
        most = self.resource.api.max_rows or self.service.max_rows
        output = Output(
            "csv" if wanted.type == CSV else "json",
            self.request.method != "HEAD",
            wanted.strip_nulls,
            self.preferences.count,
            # A key has one row at the most.
            capped=self.key is None
            and most is not None
            and (self.limit is None or self.limit > most),
            version=self._has_version(wanted),
        )
        plan = read_plan(self.resource, self.query, output)
        self.service.check_read(plan.touched, self.identity)
        run = self.runner()
        row = Page._make(run(plan.sql, plan.fill(self.values, **{CAP: most})))
        total = self._total(run, row.total, most)
        if total is not None and self.offset > total:
            raise ApiError(
                416,
                "PGRST103",
                "Requested range not satisfiable",
                f"An offset of {self.offset} was requested, but there are only {total} rows.",
                headers={"Content-Range": f"*/{total}"},
            )
        if wanted.is_object:
            self.check_single(row.rows)
        response = Response(
            body_of(wanted, plan, self.values, row.body), content_type=wanted.content_type
        )
        response.headers["Content-Range"] = content_range(self.offset, row.rows, total)
        if row.cut or (total is not None and row.rows < total):
            response.status_code = 200 if wanted.is_object else 206
        if row.cut:
            response.headers["Link"] = f'<{self._next(row.rows)}>; rel="next"'
        if row.version is not None:
            response.set_etag(row.version)
            if self.request.if_none_match.contains_weak(row.version):
                response.status_code, response.data = 304, b""
        self.say_applied(response, {"count", "handling"})
        return response

    @property
    def address(self) -> str:
        """The path of the request, as the client has to write it."""
        return self.request.script_root + self.request.path

    def runner(self) -> Runner:
        if self.connection is not None:
            return runner(self.connection, self.identity)
        return reader(self.service.db, self.identity)

    def check_single(self, rows: int) -> None:
        """Raises ApiError: PGRST116 unless it is one row."""
        if rows == 1:
            return
        if self.key is not None and rows == 0:
            raise ApiError(
                404,
                "PGRST116",
                f"{self.resource.name} has no row {self.key}",
                "The result contains 0 rows",
            )
        raise ApiError(
            406,
            "PGRST116",
            "Cannot coerce the result to a single JSON object",
            f"The result contains {rows} rows",
        )

    def say_applied(self, response: Response, honoured: set[str]) -> None:
        if applied := self.preferences.applied(honoured):
            response.headers["Preference-Applied"] = applied

    def _limits(self) -> None:
        """Offset and limit, by parameter or else by Range, as numbers."""
        query, values = self.query, self.values
        if query.limit is None and query.offset is None and self.request.method != "FETCH":
            offset, limit = range_of(self.request.headers)
            if offset:
                values.append(offset)
                query = replace(query, offset=len(values) - 1)
            if limit is not None:
                values.append(limit)
                query = replace(query, limit=len(values) - 1)
        self.query = query
        self.offset = 0 if query.offset is None else _number(values[query.offset])
        self.limit = None if query.limit is None else _number(values[query.limit])

    def _has_version(self, wanted: Media) -> bool:
        """Whether the answer is a row and nothing else, so that its version is the answer's."""
        return (
            self.key is not None
            and wanted.type == OBJECT
            and not wanted.strip_nulls
            and not self.resource.is_view
            and not any(isinstance(item, Embed) for item in self.query.select)
        )

    def _total(self, run: Runner, counted: int | None, most: int | None) -> int | None:
        count = self.preferences.get("count")
        if count == "planned" or (
            count == "estimated" and most is not None and counted is not None and counted > most
        ):
            plan = count_plan(self.resource, self.query)
            found = run(plan.sql, plan.fill(self.values))
            return max(int(found[0][0]["Plan"]["Plan Rows"]), counted or 0)
        return counted

    def _next(self, rows: int) -> str:
        """The address of what was cut off."""
        others = [
            (n, v) for n, v in self.request.args.items(multi=True) if n not in ("offset", "limit")
        ]
        more = [("offset", str(self.offset + rows))]
        if self.limit is not None:
            more.append(("limit", str(self.limit - rows)))
        return f"{quote(self.address)}?{urlencode(others + more)}"

    def _streamed(self, wanted: Media) -> Response:
        plan = stream_plan(self.resource, self.query, Output(strip_nulls=wanted.strip_nulls))
        self.service.check_read(plan.touched, self.identity)
        chunks = stream(self.service.db, self.identity, plan.sql, plan.fill(self.values))
        first = next(chunks, None)  # what Postgres refuses, it refuses here
        logger = current_app.logger  # while the body is sent there is no application context

        def lines() -> Iterator[str]:
            chunk = first
            try:
                while chunk:
                    yield "\n".join(chunk) + "\n"
                    chunk = next(chunks, None)
            except DBAPIError as error:
                reason = str(error.orig).partition("\n")[0]
                logger.warning("database: %s; a stream ends before its time", reason)
                # The connection is closed without the end of the body: the client can see it.
                raise ConnectionResetError(ECONNRESET, reason) from None

        response = Response(lines(), content_type=wanted.content_type)
        response.call_on_close(chunks.close)
        return response


def _number(value: object) -> int:
    return cast(int, value)


def content_range(offset: int, rows: int, total: int | None) -> str:
    whole = "*" if total is None else total
    return f"{offset}-{offset + rows - 1}/{whole}" if rows else f"*/{whole}"


def header(plan: Plan, values: list[Any]) -> str:
    """The first line of a CSV."""
    names = [key if isinstance(key, str) else str(values[key]) for key in plan.keys]
    quoted = [
        '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') else name
        for name in names
    ]
    return ",".join(quoted)


def body_of(wanted: Media, plan: Plan, values: list[Any], body: str | None) -> str:
    if wanted.type == CSV:
        return header(plan, values) + "\n" + (body or "") + ("\n" if body else "")
    if wanted.is_object:
        return body or ""
    return f"[{body or ''}]"
