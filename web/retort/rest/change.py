"""The writes of an exchange: POST, PATCH, PUT, DELETE."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote, urlencode

from flask import Response
from sqlalchemy import Row

from .errors import ApiError
from .exchange import Exchange, body_of, content_range
from .execute import Runner, runner
from .parse import check_text
from .payload import (
    apply_model,
    bad_body,
    columns_of,
    dump,
    on_update,
    parse_csv,
    parse_json,
    refused,
    rows_of,
)
from .plan import Plan
from .read import Output
from .reader import Reader
from .resources import Operation, Rows
from .tree import Filter
from .wants import CSV, JSON, OBJECT, media
from .write import BODY, MATCH, Insert, check_conflict, delete_plan, insert_plan, update_plan

WRITE_MEDIA = (JSON, OBJECT, CSV)


class Change(Exchange):
    """A request that changes rows, in one transaction."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.service.check_write(self.resource, self.identity)
        if not self.resource.can_write:
            raise ApiError(
                405,
                "HTTP405",
                f"{self.resource.name} can only be read",
                "it is a view, or has no primary key",
                headers={"Allow": "GET, HEAD, OPTIONS, FETCH"},
            )
        self.media = media(self.request.headers.get("Accept", ""), WRITE_MEDIA)
        if self.key is not None and self.media.type == JSON:
            self.media = type(self.media)(OBJECT, self.media.strip_nulls)
        self.returning = self.preferences.get("return") or "minimal"
        self.output = Output(
            "csv" if self.media.type == CSV else "json",
            body=self.returning == "representation",
            strip_nulls=self.media.strip_nulls,
        )

    def answer(self) -> Response:
        return {
            "POST": self._insert,
            "PATCH": self._update,
            "PUT": self._put,
            "DELETE": self._delete,
        }[self.request.method]()

    # -- the four methods

    def _insert(self) -> Response:
        if self.key is not None:
            raise ApiError(
                405,
                "HTTP405",
                "POST is for the whole table",
                headers={"Allow": "GET, HEAD, OPTIONS, PATCH, PUT, DELETE"},
            )
        rows = self._rows()
        resolution = self.preferences.get("resolution")
        named = _names("on_conflict", self.request.args.get("on_conflict"))
        given = columns_of(self.resource, rows, self._columns())
        columns = apply_model(self.resource, "insert", rows, given)
        how = Insert(
            # Rows without a key at all are nothing but defaults: one of them has to be named.
            columns or tuple(self.resource.writable)[:1],
            fill_missing=self.preferences.get("missing") == "default" or not columns,
            conflict=check_conflict(self.resource, tuple(named or ())) if resolution else None,
            merge=resolution == "merge-duplicates",
            defaults=self._defaults(columns, given),
            keys=self.returning == "headers-only",
        )
        if not rows:
            return self._nothing(201)
        plan = insert_plan(self.resource, self.query, self.output, how)
        with self._transaction() as run:
            row = self._run(run, "insert", plan, {BODY: dump(rows)} | on_update(self.resource))
        response = self._respond(plan, row, 201 if row.new or not resolution else 200)
        if row.keys and len(row.keys) == 1:
            filters = {name: f"eq.{value}" for name, value in row.keys[0].items()}
            response.headers["Location"] = f"{quote(self.address)}?{urlencode(filters)}"
        return response

    def _update(self) -> Response:
        self._check_filtered("UPDATE")
        rows = self._rows()
        if len(rows) != 1:
            raise bad_body("PATCH takes one object")
        columns = columns_of(self.resource, rows, self._columns())
        if not columns:
            return self._nothing(200 if self.output.body else 204)
        columns = apply_model(self.resource, "update", rows, columns)
        return self._updated(rows[0], columns)

    def _updated(self, row: dict[str, Any], columns: tuple[str, ...]) -> Response:
        match = self._match()
        plan = update_plan(self.resource, self.query, self.output, columns, match is not None)
        with self._transaction() as run:
            found = self._run(run, "update", plan, {BODY: dump(row), MATCH: match})
        return self._respond(plan, found, 200 if self.output.body else 204)

    def _put(self) -> Response:
        rows = self._rows()
        if len(rows) != 1:
            raise bad_body("PUT takes one object")
        row, key = rows[0], self._key_of_url()
        for name, value in key.items():
            given = row.setdefault(name, value)
            if (given if isinstance(given, str) else dump(given)) != value:
                raise ApiError(
                    400,
                    "PGRST115",
                    "Payload values do not match URL in primary key column(s)",
                    f"column {name}",
                )
        named = columns_of(self.resource, rows, None)
        if self.request.headers.get("If-Match"):
            return self._updated(row, apply_model(self.resource, "update", rows, named))
        columns = apply_model(self.resource, "insert", rows, named)
        only_new = self.request.if_none_match.star_tag
        how = Insert(
            columns,
            conflict=self.resource.key,
            merge=not only_new,
            defaults=self._defaults(columns, named),
        )
        plan = insert_plan(self.resource, self.query, self.output, how)
        with self._transaction() as run:
            given: dict[str, object] = {BODY: dump(rows)} | on_update(self.resource)
            found = self._run(run, "insert", plan, given, needs_match=only_new)
        return self._respond(plan, found, 201 if found.new else 200 if self.output.body else 204)

    def _delete(self) -> Response:
        self._check_filtered("DELETE")
        match = self._match()
        plan = delete_plan(self.resource, self.query, self.output, match is not None)
        with self._transaction() as run:
            row = self._run(run, "delete", plan, {MATCH: match})
        return self._respond(plan, row, 200 if self.output.body else 204)

    # -- what they have in common

    def _rows(self) -> Rows:
        body, type_ = self.request.get_data(), self.request.mimetype
        if type_ == CSV:
            return parse_csv(self.resource, body)
        if type_ in ("", JSON, OBJECT) or type_.endswith("+json"):
            return rows_of(parse_json(body))
        raise ApiError(
            415,
            "PGRST102",
            f"Content-Type not acceptable: {type_[:100]}",
            hint=f"Send {JSON} or {CSV}",
        )

    def _defaults(self, columns: tuple[str, ...], given: tuple[str, ...]) -> frozenset[str]:
        """The columns that the model's `default=` added, which are for new rows only."""
        known = {c.name for c in self.resource.table.columns if c.default is not None}
        return frozenset(known.intersection(columns).difference(given))

    def _columns(self) -> list[str] | None:
        return _names("columns", self.request.args.get("columns"))

    def _check_filtered(self, verb: Literal["UPDATE", "DELETE"]) -> None:
        if self.query.limit is not None or self.query.offset is not None:
            raise ApiError(400, "PGRST114", f"limit and offset are not for {verb}")
        if not self.query.where and not self.resource.api.unfiltered:
            raise ApiError(
                400,
                "21000",
                f"{verb} requires a WHERE clause",
                hint="Add a filter, such as id=eq.1",
            )

    def _key_of_url(self) -> dict[str, str]:
        """The key that a PUT names by filters. Raises ApiError PGRST105."""
        found = {
            given.field.column: str(self.values[given.value])
            for given in self.query.where
            if isinstance(given, Filter)
            and isinstance(given.value, int)
            and given.operator == "eq"
            and not (given.negated or given.quantifier or given.field.path)
        }
        if set(found) != set(self.resource.key) or len(found) != len(self.query.where):
            raise ApiError(
                405,
                "PGRST105",
                "Filters must include all and only primary key columns with 'eq' operators",
            )
        return found

    def _match(self) -> str | None:
        """The row version that `If-Match` asks for; None for any. Raises ApiError."""
        tags = self.request.if_match
        if not self.request.headers.get("If-Match") or tags.star_tag:
            return None
        strong = tags.as_set()
        if self.key is None or len(strong) > 1:
            raise ApiError(400, "PGRST100", "If-Match takes one ETag, at the address of one row")
        check_text(tag := next(iter(strong), ""))  # a weak one is no row's
        return tag

    @contextmanager
    def _transaction(self) -> Generator[Runner]:
        if self.connection is not None:
            yield runner(self.connection, self.identity)
            return
        with self.service.db.engine.connect() as connection, connection.begin() as begun:
            yield runner(connection, self.identity)
            if self.service.rolls_back(self.preferences.get("tx")):
                begun.rollback()

    def _run(
        self,
        run: Runner,
        operation: Operation,
        plan: Plan,
        parameters: dict[str, object],
        *,
        needs_match: bool = False,
    ) -> Row[Any]:
        """Run the write, and undo it where the number of rows is not what was asked for."""
        # As to Postgres: who says which rows, or learns of those that are there, reads.
        if self.output.body or self.query.where or self.preferences.get("resolution"):
            self.service.check_read(plan.touched, self.identity)
        row = run(plan.sql, plan.fill(self.values, **parameters))
        if row.rows == 0 and (needs_match or self.request.headers.get("If-Match")):
            raise ApiError(
                412,
                "HTTP412",
                "The row is not as it was: somebody changed or removed it",
                hint="Read it again",
            )
        if self.media.is_object or self.key is not None:
            self.check_single(row.rows)
        most = self.preferences.max_affected
        if most is not None and operation != "insert" and row.rows > most:
            raise ApiError(
                400,
                "PGRST124",
                "Query result exceeds max-affected preference constraint",
                f"The query affects {row.rows} rows",
            )
        if self.resource.api.after is not None:
            try:
                self.resource.api.after(operation, row.written or [])
            except ValueError as error:
                raise refused(self.resource, error) from error
        return row

    def _nothing(self, status: int) -> Response:
        """The answer to a write of nothing. Raises ApiError where one row was asked for."""
        if self.media.is_object or self.key is not None:
            self.check_single(0)
        return self._respond(None, None, status)

    def _respond(self, plan: Plan | None, row: Row[Any] | None, status: int) -> Response:
        """The answer to a write; without a row, to one of nothing."""
        if status == HTTPStatus.NO_CONTENT or not self.output.body:
            response = Response(status=status)
            del response.headers["Content-Type"]
        else:
            body = "[]"
            if plan is not None and row is not None:
                body = body_of(self.media, plan, self.values, row.body)
            response = Response(body, status, content_type=self.media.content_type)
        rows = 0 if row is None else row.rows
        total = rows if self.preferences.get("count") == "exact" else None
        shown = rows if self.request.method == "PATCH" else 0
        response.headers["Content-Range"] = content_range(0, shown, total)
        if row is not None and self.key is not None and self.request.method != "DELETE":
            response.set_etag(row.version)
        honoured = {"return", "handling"}
        if total is not None:
            honoured.add("count")
        if self.request.method == "POST":
            honoured |= {"resolution", "missing"}
        elif self.preferences.max_affected is not None:
            honoured.add("max-affected")
        if self.service.heeds_tx and self.connection is None:
            honoured.add("tx")
        self.say_applied(response, honoured)
        return response


def _names(parameter: str, text: str | None) -> list[str] | None:
    """A list of names, each quoted or not."""
    if text is None:
        return None
    reader = Reader(parameter, text)
    found = [reader.word("a column")] if not reader.done else []
    while reader.take(","):
        found.append(reader.word("a column"))
    reader.need_end()
    return found
