"""What Postgres gave for a request, as a response."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from operator import itemgetter
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import parse_etags

from .errors import ApiError
from .request import ApiRequest
from .request.headers import CSV, outside
from .request.parse import Parameters
from .statement import Statement
from .statement.dml import Written
from .statement.select import Page

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Found(Response):
    """The answer to a read. Its address is encoded already: that Werkzeug does it once more takes,
    measured, 2 % of the time of a row."""

    address: str | None = None
    """What Content-Location says."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        if self.address is not None:
            headers.add("Content-Location", self.address)
        return headers


def answer_page(asked: ApiRequest, statement: Statement, page: Page) -> Response:
    """The answer to a read. Raises ApiError: PGRST116 if one row was asked for and there are none
    or several, PGRST103 if the offset is beyond the last row."""
    if asked.media.is_object:
        check_single(asked, page.rows)
    check_range(asked, page.total)
    response = Found(_body(asked, statement, page.body), content_type=asked.media.content_type)
    response.headers["Content-Range"] = _content_range(asked.offset, page.rows, page.total)
    if asked.method != "FETCH":  # whose query no address has
        response.address = _location(asked)
    # That there are more rows than the one that was asked for, only a count tells.
    if (page.cut and not asked.media.is_object) or page.rows < (page.total or 0):
        response.status_code = 206
    if page.cut:
        response.headers["Link"] = f'<{_next(asked, page.rows)}>; rel="next"'
    if page.version is not None:
        response.set_etag(page.version)
        if parse_etags(asked.if_none_match).contains_weak(page.version):
            response.status_code, response.data = 304, b""
    honoured = {"handling"} if page.total is None else {"count", "handling"}
    say(asked, response, honoured)
    return response


def answer_write(
    asked: ApiRequest, statement: Statement, row: Written | None, status: int
) -> Response:
    """The answer to a write. `row` is what the statement gave; None if nothing was to write."""
    if status == HTTPStatus.NO_CONTENT or not asked.wants_rows:
        response = Response(status=status)
        del response.headers["Content-Type"]
    else:
        body = _body(asked, statement, None if row is None else row.body)
        response = Response(body, status, content_type=asked.media.content_type)
    rows = 0 if row is None else row.rows
    total = None if asked.preferences.count is None else rows
    shown = rows if asked.method == "PATCH" else 0
    response.headers["Content-Range"] = _content_range(0, shown, total)
    if row is not None and row.version is not None:
        response.set_etag(row.version)
    if row is not None and row.key is not None:
        filters = {n: "is.null" if v is None else f"eq.{v}" for n, v in row.key.items()}
        response.headers["Location"] = f"{asked.address}?{urlencode(filters)}"
    honoured = {"return", "handling"}
    if total is not None:
        honoured.add("count")
    if asked.method in ("POST", "PATCH"):
        honoured.add("missing")
    if asked.method == "POST":
        honoured.add("resolution")
    elif asked.method != "PUT" and asked.preferences.max_affected is not None:
        honoured.add("max-affected")
    say(asked, response, honoured)
    return response


def check_range(asked: ApiRequest, total: int | None) -> None:
    """Raises ApiError PGRST103 if the offset is beyond the last row."""
    if total is not None and asked.offset > total:
        raise outside(
            f"An offset of {asked.offset} was requested, but there are only {total} rows.",
            {"Content-Range": f"*/{total}"},
        )


def check_single(asked: ApiRequest, rows: int) -> None:
    """Raises ApiError PGRST116 unless `rows` is 1."""
    if rows == 1:
        return
    if asked.key is not None and rows == 0:
        raise ApiError(
            404,
            "PGRST116",
            f"{asked.resource.name} has no row {unquote(asked.key)}",
            "The result contains 0 rows",
        )
    raise not_single(rows)


def not_single(rows: int, hint: str | None = None) -> ApiError:
    """Error PGRST116: the rows are not one."""
    return ApiError(
        406,
        "PGRST116",
        "Cannot coerce the result to a single JSON object",
        f"The result contains {rows} rows",
        hint,
    )


def _body(asked: ApiRequest, statement: Statement, body: str | None) -> str:
    if asked.media.type == CSV:
        return f"{_header(asked, statement)}\n{body or ''}"
    if asked.media.is_object:
        return body or ""
    return f"[{body or ''}]"


def _header(asked: ApiRequest, statement: Statement) -> str:
    """The first line of a CSV."""
    names = [key if isinstance(key, str) else str(asked.values[key]) for key in statement.keys]
    quoted = [
        '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\r\n') else name
        for name in names
    ]
    return ",".join(quoted)


def _content_range(offset: int, rows: int, total: int | None) -> str:
    whole = "*" if total is None else total
    return f"{offset}-{offset + rows - 1}/{whole}" if rows else f"*/{whole}"


def _location(asked: ApiRequest) -> str:
    """The address of what was read, the same for the same parameters in any order."""
    query = _sorted(asked.parameters)
    return f"{asked.address}?{query}" if query else asked.address


@lru_cache(128)
def _sorted(parameters: Parameters) -> str:
    return urlencode(sorted(parameters, key=itemgetter(0)))


def _next(asked: ApiRequest, rows: int) -> str:
    """The address of the rows that were cut off."""
    others = [(n, text) for n, text in asked.parameters if n not in ("offset", "limit")]
    more = [("offset", str(asked.offset + rows))]
    if asked.limit is not None:
        more.append(("limit", str(asked.limit - rows)))
    return f"{asked.address}?{urlencode(others + more)}"


def say(asked: ApiRequest, response: Response, honoured: set[str]) -> None:
    """Add which preferences were honoured, and which schema the answer is from."""
    honoured |= {"timezone", "tx"}
    if asked.preferences.given and (applied := asked.preferences.applied(honoured)):
        response.headers["Preference-Applied"] = applied
    if asked.profile is not None:
        response.headers["Content-Profile"] = asked.profile
