"""Where reads go: to the primary, or to a standby as long as one serves."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_sqlalchemy import SQLAlchemy
from psycopg2 import errorcodes
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from .. import deadline
from ..standby import Standby
from .context import Context
from .run import Runner, alone, autocommit_engine, reader, stream


@dataclass(frozen=True)
class Reads:
    """To the primary."""

    db: SQLAlchemy

    def runner(self, context: Context) -> Runner:
        """Runs each statement by itself, once more if the server had closed the connection."""
        return reader(autocommit_engine(self.db), context)

    def stream(
        self, context: Context, sql: str, parameters: dict[str, Any], most: int
    ) -> Generator[list[str]]:
        """The text of each row, some at a time, but no more than `most`."""
        return stream(self.db.engine, context, sql, parameters, most)


@dataclass(frozen=True)
class StandbyReads(Reads):
    """To the standby. What that refuses, the primary is asked: so an error is always the primary's
    word, like that of a table that the standby does not have yet."""

    standby: Standby

    def runner(self, context: Context) -> Runner:
        primary = super().runner(context)
        if not self._serves():
            return primary
        standby = alone(self.standby.engine, context)

        def run(sql: str, parameters: dict[str, Any]) -> Any:
            try:
                return standby(sql, parameters)
            except (DBAPIError, PoolTimeout) as error:
                self._check_may_go_on(error)
                return primary(sql, parameters)

        return run

    def stream(
        self, context: Context, sql: str, parameters: dict[str, Any], most: int
    ) -> Generator[list[str]]:
        if not self._serves():
            yield from super().stream(context, sql, parameters, most)
            return
        engine = self.standby.engine.execution_options(isolation_level="READ COMMITTED")
        chunks = stream(engine, context, sql, parameters, most)
        try:
            first = next(chunks, None)
        except (DBAPIError, PoolTimeout) as error:
            self._check_may_go_on(error)
            chunks = super().stream(context, sql, parameters, most)
            first = next(chunks, None)
        with closing(chunks):
            if first:
                yield first
                yield from chunks

    def _serves(self) -> bool:
        """Whether it serves this request, which may ask for what was just written."""
        return self.standby.serves() and not request.cache_control.no_cache

    def _check_may_go_on(self, error: DBAPIError | PoolTimeout) -> None:
        """Raises the error of a request that has no time left for the primary."""
        state = getattr(error.orig, "pgcode", None) if isinstance(error, DBAPIError) else None
        if state is None:
            self.standby.failed(error)
        if deadline.is_over() or state == errorcodes.QUERY_CANCELED:
            raise error
