"""What a request to write becomes: a statement, and its parameters.

The model's Python is called with the rows before the statement is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from werkzeug.http import parse_etags

from .catalog.resource import Operation, Resource, Rows
from .errors import ApiError
from .model import before, fill, on_update
from .request import ApiRequest
from .request.body import bad_body, chosen, dump
from .request.headers import CSV
from .request.query import Filter, Slot
from .statement import Statement
from .statement.dml import MATCH, Insert, check_conflict, delete_rows, insert_rows, update_rows
from .statement.output import Output
from .statement.values import BODY


@dataclass(frozen=True)
class Write:
    """A write to run: its operation, its statement, and the parameters of this beside the values of
    the request."""

    operation: Operation
    statement: Statement
    parameters: dict[str, object]
    needs_rows: bool = False
    """Whether it fails if it writes no row."""
    same: tuple[str, ...] = ()
    """The columns of the key that Postgres compares with the address, to write none that differ."""


def change_of(asked: ApiRequest) -> Write | None:
    """The write that the request asks for; None if there is nothing to write. Raises ApiError."""
    return _WRITES[asked.method](asked)


def nothing(asked: ApiRequest) -> Statement:
    """What would give the answer to a write of nothing, which need not run. Raises ApiError."""
    query = replace(asked.query, where=())
    return delete_rows(asked.resource, query, _output(asked), match=False)


def _insert(asked: ApiRequest) -> Write | None:
    resource, resolution = asked.resource, asked.preferences.get("resolution")
    rows, given = chosen(resource, asked.rows, asked.columns)
    columns = before(resource, "insert", rows, given)
    fill_missing = asked.preferences.get("missing") == "default"
    merge = resolution == "merge-duplicates"
    if not columns and (merge or len(rows) > 1):
        # For several rows of nothing but defaults, INSERT has to name a column.
        columns, fill_missing = tuple(resource.writable)[:1], True
        if not columns:
            raise bad_body(f"Rows of {resource.name} are inserted one by one", "none has a value")
    how = Insert(
        columns,
        fill_missing=fill_missing,
        conflict=check_conflict(resource, asked.on_conflict) if resolution else None,
        merge=merge,
        defaults=_defaults(resource, columns, given),
    )
    if not rows:
        return None
    statement = insert_rows(resource, asked.query, _output(asked), how)
    return Write("insert", statement, {BODY: _json(asked, rows)} | on_update(resource))


def _update(asked: ApiRequest) -> Write | None:
    if len(asked.rows) > 1:
        raise bad_body("PATCH takes one object")
    rows, columns = chosen(asked.resource, asked.rows, asked.columns)
    if not rows or not columns:
        return None
    _check_filtered(asked, "UPDATE")
    fill_missing = asked.preferences.get("missing") == "default"
    if fill_missing:
        fill(asked.resource, rows, columns)
    return _updated(asked, rows, columns, fill_missing=fill_missing)


def _updated(
    asked: ApiRequest, rows: Rows, given: tuple[str, ...], *, fill_missing: bool = False
) -> Write:
    columns = before(asked.resource, "update", rows, given)
    version = asked.version
    statement = update_rows(
        asked.resource,
        asked.query,
        _output(asked),
        columns,
        fill_missing=fill_missing,
        match=version is not None,
    )
    return Write("update", statement, {BODY: _json(asked, rows), MATCH: version})


def _put(asked: ApiRequest) -> Write:
    _check_whole(asked, "PUT")
    if len(asked.rows) != 1:
        raise bad_body("PUT takes one object")
    resource, key = asked.resource, _key_of_url(asked)
    given_key = {name: str(asked.values[slot]) for name, slot in key.items()}
    row = given_key | asked.rows[0]
    # What is written in two ways may be the same; Postgres knows.
    differ = [
        name
        for name, value in given_key.items()
        if (row[name] if isinstance(row[name], str) else dump(row[name])) != value
    ]
    only_new = parse_etags(asked.if_none_match).star_tag
    if differ and (asked.if_match or only_new):
        raise other_key(differ)
    rows, given = chosen(resource, [row], None)
    if asked.if_match:
        return _updated(asked, rows, given)
    columns = before(resource, "insert", rows, given)
    how = Insert(
        columns,
        conflict=resource.key,
        merge=not only_new,
        defaults=_defaults(resource, columns, given),
        same=tuple((name, key[name]) for name in differ),
    )
    statement = insert_rows(resource, asked.query, _output(asked), how)
    parameters: dict[str, object] = {BODY: _json(asked, rows)} | on_update(resource)
    return Write("insert", statement, parameters, needs_rows=only_new, same=tuple(differ))


def other_key(names: Sequence[str]) -> ApiError:
    """Error PGRST115: these columns of the key differ; none does if a trigger left the row out."""
    return ApiError(
        400,
        "PGRST115",
        "Payload values do not match URL in primary key column(s)",
        f"column {', '.join(names)}" if names else "The row was not written",
    )


def _delete(asked: ApiRequest) -> Write:
    _check_filtered(asked, "DELETE")
    version = asked.version
    statement = delete_rows(asked.resource, asked.query, _output(asked), match=version is not None)
    return Write("delete", statement, {MATCH: version})


_WRITES: dict[str, Callable[[ApiRequest], Write | None]] = {
    "POST": _insert,
    "PATCH": _update,
    "PUT": _put,
    "DELETE": _delete,
}


def _output(asked: ApiRequest) -> Output:
    return Output(
        "csv" if asked.media.type == CSV else "json",
        body=asked.wants_rows,
        strip_nulls=asked.media.strip_nulls,
        one=asked.wants_one or asked.method == "PUT",
        key=asked.wants_key,
        version=asked.key is not None
        and asked.method != "DELETE"
        and asked.resource.has_versions
        and asked.preferences.get("timezone") is None,
    )


def _json(asked: ApiRequest, rows: Rows) -> str:
    """The rows as the client wrote them, since a column of text or json keeps what it is given;
    where Python has a part in them, what it makes of them."""
    if (
        asked.json is not None
        and asked.resource.mapper is None
        and all(row.items() <= own.items() for row, own in zip(rows, asked.rows, strict=True))
    ):
        return asked.json
    return dump(rows)


def _defaults(
    resource: Resource, columns: tuple[str, ...], given: tuple[str, ...]
) -> frozenset[str]:
    """The columns whose values come from the model's `default=`, which is for new rows only."""
    known = {c.name for c in resource.table.columns if c.default is not None}
    return frozenset(known.intersection(columns).difference(given))


def _check_filtered(asked: ApiRequest, verb: Literal["UPDATE", "DELETE"]) -> None:
    _check_whole(asked, verb)
    if not asked.query.where and not asked.resource.unfiltered:
        raise ApiError(
            400,
            "21000",
            f"{verb} requires a WHERE clause",
            hint="Add a filter, such as id=eq.1",
        )


def _check_whole(asked: ApiRequest, verb: Literal["PUT", "UPDATE", "DELETE"]) -> None:
    if asked.query.limit is not None or asked.query.offset is not None:
        message = f"limit/offset querystring parameters are not allowed for {verb}"
        raise ApiError(400, "PGRST114", message)


def _key_of_url(asked: ApiRequest) -> dict[str, Slot]:
    """The key that a PUT names by filters. Raises ApiError PGRST105."""
    found = {
        given.field.column: given.value
        for given in asked.query.where
        if isinstance(given, Filter)
        and isinstance(given.value, int)
        and given.operator == "eq"
        and not (given.negated or given.quantifier or given.field.path)
    }
    if set(found) != set(asked.resource.key) or len(found) != len(asked.query.where):
        raise ApiError(
            405,
            "PGRST105",
            "Filters must include all and only primary key columns with 'eq' operators",
        )
    return found
