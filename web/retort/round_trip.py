"""Sends a statement in one round trip, on a connection of the pool and past SQLAlchemy's own
execution, with which a small read takes, measured, twice as long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from logging import INFO
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import adapt, cursor
from sqlalchemy import BindParameter, ClauseElement, Engine, Table
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import DBAPIError

from . import deadline, hooks
from .prepared import PREPARED, Prepared

T = TypeVar("T")

MAX_NAME = 63  # bytes of a name in Postgres

BEFORE = "retort.before"  # in the `info` of a connection: SQL to be sent where nothing else is


class _Dialect(PGDialect_psycopg2):
    _backslash_escapes = False  # as the server says, unless it was told otherwise

    class preparer(PGDialect_psycopg2.preparer):  # noqa: N801
        # SQLAlchemy lacks some words that Postgres takes for no name without quotes.
        reserved_words = PGDialect_psycopg2.preparer.reserved_words | {
            "collation", "concurrently", "lateral", "system_user", "tablesample"
        }  # fmt: skip

    class statement_compiler(PGDialect_psycopg2.statement_compiler):  # noqa: N801
        def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **options: Any) -> str:
            # A text or number that stands in the statement itself is part of the SQL, so that
            # Postgres can plan with it. Other values of a model's expressions need their type.
            is_literal = options.get("literal_binds")
            if not is_literal and bindparam.unique and type(bindparam.value) in (str, int):
                return literal(bindparam.value).replace("%", "%%")
            return super().visit_bindparam(bindparam, *args, **options)  # type: ignore[no-any-return]

        def _truncated_identifier(self, ident_class: str, name: Any) -> str:
            # SQLAlchemy shortens labels that fit, and counts characters where Postgres cuts at
            # bytes: the numbers that make aliases of one table differ would be cut off.
            if ident_class == "bindparam":
                return super()._truncated_identifier(ident_class, name)
            found = self.truncated_names.get(("name", name))
            if found is None:
                found = name.apply_map(self.anon_map)
                if len(found.encode()) > MAX_NAME:
                    found = f"name {len(self.truncated_names)}"
                self.truncated_names["name", name] = found
            return found

        def visit_table(self, table: Any, *args: Any, **options: Any) -> str:
            options.get("tables", set()).add(table)
            return super().visit_table(table, *args, **options)  # type: ignore[no-any-return]


_DIALECT = _Dialect()


def compiled(statement: ClauseElement, schema: str | None = None) -> tuple[str, dict[str, Any]]:
    """Take a statement of SQLAlchemy's, give its SQL as psycopg2 takes it, and its parameters, of
    which those are None that have no value yet. A table without a schema is of `schema` there."""
    places = {None: schema} if schema else None
    done = statement.compile(
        dialect=_DIALECT, schema_translate_map=places, render_schema_translate=bool(schema)
    )
    return str(done), dict(done.params or {})


def literally(expression: ClauseElement) -> tuple[str, set[Table]]:
    """Take an expression; give it as SQL, with its values in it, and the tables that it selects
    from. Raises sqlalchemy.exc.CompileError for a value that cannot be there."""
    tables: set[Table] = set()
    options = {"literal_binds": True, "tables": tables}
    return str(expression.compile(dialect=_DIALECT, compile_kwargs=options)), tables


def literal(value: Any) -> str:
    """A value as psycopg2 writes it into a statement."""
    if not isinstance(value, str):
        return adapt(value).getquoted().decode()
    quoted = value.replace("'", "''")
    return f"'{quoted}'" if "\\" not in value else "E'" + quoted.replace("\\", "\\\\") + "'"


def fetch(
    engine: Engine,
    sql: str,
    parameters: Mapping[str, object],
    *,
    before: str = "",
    may_prepare: bool = True,
    cursor_factory: type[cursor] | None = None,
) -> Sequence[Any]:
    """Take SQL as psycopg2 has it, other SQL to be sent `before` it in the same round trip, and
    whether Postgres may plan it for the next time; give all rows, as they come from the cursor.

    Raises the errors of SQLAlchemy. Where the engine has listeners, a log or options, SQLAlchemy
    sends the statement, so that they are heeded as ever.
    """
    has_listeners = engine.dispatch.before_cursor_execute or engine.logger.isEnabledFor(INFO)
    if has_listeners or engine.get_execution_options():
        with engine.connect() as connection:
            before = before or connection.info.get(BEFORE, "")
            return connection.exec_driver_sql(before + sql, parameters).all()
    connection: Any = None
    try:
        connection = engine.raw_connection()
        before = before or connection.info.get(BEFORE, "")
        with connection.cursor(cursor_factory=cursor_factory) as sent:
            prepared: Prepared | None = connection.info.get(PREPARED)
            if prepared is None or not may_prepare:
                sent.execute(before + sql, parameters)
            else:
                prepared.execute(sent, sql, parameters, before)
            for tell in hooks.sent:
                tell()
            return sent.fetchall()
    except psycopg2.Error as error:
        for tell in hooks.failed:
            tell(error)
        lost: Any = engine.dialect.is_disconnect
        if is_lost := connection and lost(error, connection.dbapi_connection, None):
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql,
            parameters,
            error,
            psycopg2.Error,
            hide_parameters=engine.hide_parameters,
            connection_invalidated=bool(is_lost),
            dialect=engine.dialect,
        ) from error
    finally:
        if connection is not None:
            connection.close()


def may_be_done(error: DBAPIError) -> bool:
    """Whether Postgres may have done what it was sent last: the connection was lost before it, or a
    pooler in between, said anything else."""
    state = getattr(error.orig, "pgcode", None)
    return error.connection_invalidated and (state is None or state.startswith("08"))


def sent_again(run: Callable[[], T]) -> T:
    """Call `run`, which only reads, and give its result. If the server had closed the connection
    in the meantime, `run` is called once more, on a fresh one, unless the time is over."""
    try:
        return run()
    except DBAPIError as error:
        if not error.connection_invalidated or deadline.is_over():
            raise
        return run()
