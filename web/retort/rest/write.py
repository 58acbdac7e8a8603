"""POST, PATCH, PUT, DELETE: the request, a statement, its run in a transaction, the answer.

The model's Python is called with the rows twice: before the statement is made, and after it ran.
"""

from __future__ import annotations

from flask import Request, Response
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ..auth.tokens import Identity
from .access import check_read, check_write
from .answer import answer_write, check_single, not_single
from .api import Api
from .change import Write, change_of, nothing, other_key
from .errors import ApiError
from .model import after
from .request import ApiRequest, resource_of
from .run import Runner, alone, autocommit_engine, in_doubt_if_lost, transaction, within
from .sqlstate import not_one
from .statement import Statement
from .statement.dml import Written


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
    profile, heeds_tx = api.catalog.profile(resource.schema), api.heeds_tx and connection is None
    asked = ApiRequest.of(request, resource, key, profile, heeds_tx=heeds_tx)
    # As in Postgres, to choose rows, or to learn of those that exist, is to read.
    reads = (
        asked.wants_rows
        or asked.wants_key
        or asked.query.where
        or asked.preferences.get("resolution")
    )
    if reads:
        check_read([resource], identity)  # before the request can be wrong
    change = change_of(asked)
    statement = nothing(asked) if change is None else change.statement
    if reads:
        check_read(statement.touched, identity)
    if change is None:
        return _nothing(asked, statement)
    is_undone = api.undoes(asked.preferences.get("tx"))
    context = api.contexts.of(identity, resource, key, request, asked.preferences.get("timezone"))
    if connection is not None:
        row = _run(asked, change, within(connection, context))
    elif not is_undone and _is_whole(asked, change):
        with in_doubt_if_lost():
            row = _run(asked, change, alone(autocommit_engine(api.db), context))
    else:
        with transaction(api.db, is_undone=is_undone) as own:
            row = _run(asked, change, within(own, context))
    status = _status(asked, is_new=bool(row.new))
    return answer_write(asked, statement, row, status)


def _is_whole(asked: ApiRequest, change: Write) -> bool:
    """Whether nothing can be wrong with the rows once they are written, so that the statement is
    the whole transaction."""
    return (
        asked.resource.options.after is None
        and not change.same
        and (change.operation == "insert" or asked.preferences.max_affected is None)
        # Where no row at all is an error too, a trigger may have done something nevertheless.
        and (change.operation == "insert" or asked.key is not None or not asked.media.is_object)
    )


def _run(asked: ApiRequest, change: Write, run: Runner) -> Written:
    """Run the write. Raises ApiError, which undoes it, if the rows are not those asked for."""
    statement = change.statement
    try:
        row = Written._make(run(statement.sql, statement.fill(asked.values, **change.parameters)))
    except DBAPIError as error:
        if (rows := not_one(error)) is None or not (asked.wants_one or asked.method == "PUT"):
            raise
        hint = "A trigger or row-level security left the row out" if rows == 0 else None
        raise (not_single(rows, hint) if asked.wants_one else other_key([])) from None
    if row.rows == 0 and change.same:
        raise other_key(change.same)
    if row.rows == 0 and (change.needs_rows or asked.if_match):
        raise ApiError(
            412,
            "HTTP412",
            "The row is not as it was: somebody changed or removed it",
            hint="Read it again",
        )
    if asked.wants_one:
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


def _nothing(asked: ApiRequest, statement: Statement) -> Response:
    """The answer to a write of nothing. Raises ApiError where one row was asked for."""
    if asked.wants_one:
        check_single(asked, 0)
    return answer_write(asked, statement, None, _status(asked, is_new=False))


def _status(asked: ApiRequest, *, is_new: bool) -> int:
    merges = asked.preferences.get("resolution") == "merge-duplicates"
    if is_new or (asked.method == "POST" and not merges):
        return 201
    return 200 if asked.wants_rows or asked.method == "POST" else 204
