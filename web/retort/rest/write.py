"""POST, PATCH, PUT, DELETE: the request, a statement, its run in a transaction, the answer.

The model's Python is called with the rows twice: before the statement is made, and after it ran.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from flask import Request, Response
from sqlalchemy import Connection
from werkzeug.http import parse_etags

from ..auth.tokens import Identity
from .access import check_write
from .answer import answer_write, check_single
from .api import Api
from .catalog.resource import Operation, Resource, Rows
from .errors import ApiError
from .model import after, before, fill, on_update
from .request import ApiRequest, resource_of
from .request.body import bad_body, chosen, dump
from .request.headers import CSV
from .request.query import Filter
from .run import Runner, alone, autocommit_engine, told, transaction, within
from .statement import Statement
from .statement.dml import (
    MATCH,
    Insert,
    Written,
    check_conflict,
    delete_rows,
    insert_rows,
    update_rows,
)
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


def write(
    api: Api,
    request: Request,
    identity: Identity,
    table: str,
    key: str | None,
    connection: Connection | None = None,
) -> Response:
    """Write what the request says, in the transaction of `connection`, or else in one of its own.

    Raises ApiError, or sqlalchemy.exc.DBAPIError if Postgres refuses; then nothing is written.
    Raises MayBeDone if nobody knows.
    """
    resource = resource_of(request, api.catalog, table)
    # Before a body is read, which costs time.
    check_write(resource, identity, request.method, key)
    asked = ApiRequest.of(request, resource, key)
    # As in Postgres, to choose rows, or to learn of those that exist, is to read.
    reads = asked.wants_rows or asked.query.where or asked.preferences.get("resolution")
    if reads:
        api.access.check_read([resource], identity)  # before the request can be wrong
    change = _WRITES[asked.method](asked)
    heeds_tx = api.heeds_tx and connection is None
    if change is None:
        return _nothing(asked, heeds_tx=heeds_tx)
    if reads:
        api.access.check_read(change.statement.touched, identity)
    is_undone = api.undoes(asked.preferences.get("tx"))
    context = api.contexts.of(identity, resource, key, request)
    if connection is not None:
        row = _run(asked, change, within(connection, context))
    elif not is_undone and _is_whole(asked, change):
        with told():
            row = _run(asked, change, alone(autocommit_engine(api.db), context))
    else:
        with transaction(api.db, is_undone=is_undone) as own:
            row = _run(asked, change, within(own, context))
    status = _status(asked, is_new=bool(row.new))
    return answer_write(asked, change.statement, row, status, heeds_tx=heeds_tx)


def _insert(asked: ApiRequest) -> Write | None:
    resource, resolution = asked.resource, asked.preferences.get("resolution")
    rows, given = chosen(resource, asked.rows, asked.columns)
    columns = before(resource, "insert", rows, given)
    how = Insert(
        # For rows without any key, which get nothing but defaults, INSERT has to name a column.
        columns or tuple(resource.writable)[:1],
        fill_missing=asked.preferences.get("missing") == "default" or not columns,
        conflict=check_conflict(resource, asked.on_conflict) if resolution else None,
        merge=resolution == "merge-duplicates",
        defaults=_defaults(resource, columns, given),
        key=asked.preferences.get("return") == "headers-only",
    )
    if not rows:
        return None
    statement = insert_rows(resource, asked.query, _output(asked), how)
    return Write("insert", statement, {BODY: dump(rows)} | on_update(resource))


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
    return Write("update", statement, {BODY: dump(rows), MATCH: version})


def _put(asked: ApiRequest) -> Write:
    _check_whole(asked, "PUT")
    if len(asked.rows) != 1:
        raise bad_body("PUT takes one object")
    resource, key = asked.resource, _key_of_url(asked)
    row = key | asked.rows[0]
    for name, value in key.items():
        if (row[name] if isinstance(row[name], str) else dump(row[name])) != value:
            raise ApiError(
                400,
                "PGRST115",
                "Payload values do not match URL in primary key column(s)",
                f"column {name}",
            )
    rows, given = chosen(resource, [row], None)
    if asked.if_match:
        return _updated(asked, rows, given)
    columns = before(resource, "insert", rows, given)
    only_new = parse_etags(asked.if_none_match).star_tag
    how = Insert(
        columns,
        conflict=resource.key,
        merge=not only_new,
        defaults=_defaults(resource, columns, given),
    )
    statement = insert_rows(resource, asked.query, _output(asked), how)
    parameters: dict[str, object] = {BODY: dump(rows)} | on_update(resource)
    return Write("insert", statement, parameters, needs_rows=only_new)


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
        version=asked.key is not None and asked.method != "DELETE" and asked.resource.has_versions,
    )


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


def _key_of_url(asked: ApiRequest) -> dict[str, Any]:
    """The key that a PUT names by filters. Raises ApiError PGRST105."""
    found = {
        given.field.column: str(asked.values[given.value])
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


def _is_whole(asked: ApiRequest, change: Write) -> bool:
    """Whether nothing can be wrong with the rows once they are written, so that the statement is
    the whole transaction."""
    is_insert = change.operation == "insert"
    # The key of a table below a view may be there several times.
    is_row = asked.key is not None and not asked.resource.is_view
    is_one = is_row or (is_insert and len(asked.rows) == 1)
    return (
        asked.resource.options.after is None
        and (is_insert or asked.preferences.max_affected is None)
        and (is_one or not _is_one(asked))
    )


def _run(asked: ApiRequest, change: Write, run: Runner) -> Written:
    """Run the write. Raises ApiError, which undoes it, if the rows are not those asked for."""
    statement = change.statement
    row = Written._make(run(statement.sql, statement.fill(asked.values, **change.parameters)))
    if row.rows == 0 and (change.needs_rows or asked.if_match):
        raise ApiError(
            412,
            "HTTP412",
            "The row is not as it was: somebody changed or removed it",
            hint="Read it again",
        )
    if _is_one(asked):
        check_single(asked, row.rows)
    most = asked.preferences.max_affected
    if most is not None and change.operation != "insert" and row.rows > most:
        raise ApiError(
            400,
            "PGRST124",
            "Query result exceeds max-affected preference constraint",
            f"The query affects {row.rows} rows",
        )
    after(asked.resource, change.operation, row.written or [])
    return row


def _nothing(asked: ApiRequest, *, heeds_tx: bool) -> Response:
    """The answer to a write of nothing. Raises ApiError where one row was asked for."""
    if _is_one(asked):
        check_single(asked, 0)
    status = _status(asked, is_new=False)
    return answer_write(asked, None, None, status, heeds_tx=heeds_tx)


def _is_one(asked: ApiRequest) -> bool:
    return asked.media.is_object or asked.key is not None


def _status(asked: ApiRequest, *, is_new: bool) -> int:
    merges = asked.preferences.get("resolution") == "merge-duplicates"
    if is_new or (asked.method == "POST" and not merges):
        return 201
    return 200 if asked.wants_rows or asked.method == "POST" else 204
