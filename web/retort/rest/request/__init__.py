"""All that a client asked, read once: nothing after this looks at the request again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote, unquote

from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.http import parse_etags

from ..catalog import Catalog
from ..catalog.resource import Resource
from ..errors import ApiError
from ..key import parts_of
from .body import rows_of
from .fetch import fetch_parameters
from .headers import (
    CSV,
    JSON,
    NDJSON,
    NO_PREFERENCES,
    OBJECT,
    Media,
    Preferences,
    media,
    outside,
    preferences,
    range_of,
    schema_of,
)
from .parse import Parameters, check_text, parse
from .query import Field, Filter, Query, Slot
from .scanner import Scanner

READS = ("GET", "HEAD", "FETCH")
WRITES = ("POST", "PATCH", "PUT", "DELETE")
HAVE_ROWS = ("POST", "PATCH", "PUT")

READ_MEDIA = (JSON, OBJECT, CSV, NDJSON)
WRITE_MEDIA = (JSON, OBJECT, CSV)
AS_JSON = Media(JSON)


@dataclass(frozen=True)
class ApiRequest:
    """A request about one resource, or about one row of it, which has a `key`."""

    method: str
    address: str
    """The path, encoded as a client has to write it."""
    parameters: Parameters
    """Those of the address, for the address of the next page."""
    resource: Resource
    key: str | None
    """As the address has it; see `key`."""
    query: Query
    values: Sequence[object]
    """What the slots in the query stand for."""
    media: Media = AS_JSON
    preferences: Preferences = NO_PREFERENCES
    rows: Sequence[dict[str, Any]] = ()
    """The rows of the body."""
    json: str | None = None
    """The list of them as the client wrote it, if the body is JSON."""
    columns: tuple[str, ...] | None = None
    """The keys of the rows that are written; None for all."""
    on_conflict: tuple[str, ...] = ()
    """The unique columns that tell that a row exists already; empty for the primary key's."""
    if_match: str = ""
    if_none_match: str = ""
    profile: str | None = None
    """What the answer's Content-Profile has to say."""

    @classmethod
    def of(
        cls,
        request: Request,
        resource: Resource,
        key: str | None,
        profile: str | None,
        *,
        heeds_tx: bool,
    ) -> ApiRequest:
        """Read a request about `resource`. Raises ApiError if it does not parse."""
        given = tuple(request.args.items(multi=True))
        parameters, is_write = given, request.method in WRITES
        if request.method == "FETCH":
            # The address overrules the body, since it is how a page links to the next.
            paged = {"offset", "limit"}.intersection(request.args)
            more = fetch_parameters(request.get_data())
            parameters += tuple(one for one in more if one[0] not in paged)
        query, values = _query(resource, key, parameters)
        if request.method in ("GET", "HEAD"):
            query = _ranged(query, values, request.headers)
        accept = request.headers.get("Accept", "")
        wanted = media(accept, WRITE_MEDIA if is_write else READ_MEDIA)
        if key is not None and wanted.type == JSON:
            wanted = Media(OBJECT, wanted.strip_nulls)
        return cls(
            request.method,
            _address(request.script_root + request.path, key),
            given,
            resource,
            key,
            query,
            tuple(values),
            wanted,
            preferences(request.headers, heeds_tx=heeds_tx),
            profile=profile,
            **_write_of(request, resource) if is_write else {},
            **_tags_of(request.headers) if is_write or key is not None else {},
        )

    @classmethod
    def to_read(cls, resource: Resource, parameters: Parameters, key: str | None) -> ApiRequest:
        """A request of our own, for rows as JSON and an estimate of their number, or for the one
        row with the key.

        Raises ApiError if the parameters do not parse.
        """
        query, values = _query(resource, key, parameters)
        wishes = Preferences({} if key is not None else {"count": "estimated"})
        return cls("GET", "", parameters, resource, key, query, values, preferences=wishes)

    @property
    def offset(self) -> int:
        """How many rows to skip."""
        return _number(self.query.offset, self.values) or 0

    @property
    def limit(self) -> int | None:
        """The most rows that the client wants; None if it does not say."""
        return _number(self.query.limit, self.values)

    @property
    def version(self) -> str | None:
        """The row version that `If-Match` asks for; None for any. Raises ApiError."""
        tags = parse_etags(self.if_match)
        if not self.if_match or tags.star_tag:
            return None
        strong = tags.as_set()
        if self.key is None or len(strong) > 1:
            raise ApiError(400, "PGRST100", "If-Match takes one ETag, at the address of one row")
        # Weak tags match no row; Werkzeug gives None for an empty one.
        check_text(tag := next(iter(strong), None) or "")
        return tag

    @property
    def wants_one(self) -> bool:
        """Whether it is about one row."""
        return self.media.is_object or self.key is not None

    @property
    def wants_rows(self) -> bool:
        """Whether the answer to a write shows the rows."""
        return self.preferences.get("return") == "representation"

    @property
    def wants_key(self) -> bool:
        """Whether the answer to a write shows the key of a new row."""
        return self.method == "POST" and self.preferences.get("return") == "headers-only"


def resource_of(request: Request, catalog: Catalog, table: str) -> Resource:
    """What the request is about: a table in the schema that its headers name.

    Raises ApiError: PGRST106 for the schema, PGRST205 for the table.
    """
    header = "Content-Profile" if request.method in WRITES else "Accept-Profile"
    return catalog.get(schema_of(request.headers, header, catalog.schemas), table)


def _query(
    resource: Resource, key: str | None, parameters: Parameters
) -> tuple[Query, list[object]]:
    """What the parameters ask for; if the path has a key, of that row alone. Raises ApiError."""
    query, values = parse(parameters)
    if _number(query.offset, values) and _number(query.limit, values) == 0:
        raise outside("No row is behind an offset with a limit of 0.")
    if key is None:
        return query, values
    names = resource.key
    if not names:
        raise ApiError(404, "PGRST125", f"{resource.name} has no primary key")
    if not resource.shows_key:
        raise ApiError(400, "PGRST100", f"the key of {resource.name} cannot be asked for")
    parts = parts_of(key, len(names))
    for part in parts:
        check_text(part)
    if len(parts) != len(names):
        expected = f"the key of {resource.name} has {len(names)} parts: {','.join(names)}"
        raise ApiError(400, "PGRST100", expected)
    first = len(values)
    values += parts
    filters = (Filter(Field(name), "eq", first + place) for place, name in enumerate(names))
    return replace(query, where=(*filters, *query.where)), values


def _number(slot: Slot | None, values: Sequence[object]) -> int | None:
    return None if slot is None else cast(int, values[slot])


@lru_cache(256)
def _address(path: str, key: str | None) -> str:
    return quote(path) if key is None else quote(path.removesuffix(unquote(key))) + key


def _write_of(request: Request, resource: Resource) -> dict[str, Any]:
    """The fields that only a write has."""
    rows, json = (), None
    if request.method in HAVE_ROWS:
        rows, json = rows_of(resource, request.get_data(), request.mimetype)
    return {
        "rows": rows,
        "json": json,
        "columns": _names("columns", request.args.get("columns")),
        "on_conflict": _names("on_conflict", request.args.get("on_conflict")) or (),
    }


def _tags_of(headers: Headers) -> dict[str, Any]:
    """The ETags, which only a request for a single row, or a write, has."""
    names = {"if_match": "If-Match", "if_none_match": "If-None-Match"}
    return {name: headers.get(header, "") for name, header in names.items()}


def _ranged(query: Query, values: list[object], headers: Headers) -> Query:
    """The query, with those of its rows only that a `Range` names too. Raises ApiError PGRST103 if
    there can be none."""
    limit = _number(query.limit, values)
    if limit == 0:
        return query
    first, last = range_of(headers)
    if (first, last) == (0, None):
        return query
    start = _number(query.offset, values) or 0
    ends = [end for end in (last, None if limit is None else start + limit - 1) if end is not None]
    first = max(first, start)
    if ends and min(ends) < first:
        raise outside("No row is in both the Range header and limit and offset.")
    values.append(first)
    query = replace(query, offset=len(values) - 1)
    if ends:
        values.append(min(ends) - first + 1)
        query = replace(query, limit=len(values) - 1)
    return query


def _names(parameter: str, text: str | None) -> tuple[str, ...] | None:
    """A list of names, each quoted or not."""
    if text is None:
        return None
    scanner = Scanner(f"{parameter} parameter", text)
    found = [scanner.word()]
    while scanner.take_spaced(","):
        found.append(scanner.word())
    scanner.need_end()
    return tuple(found)
