"""What a recipe connects to: its engines have the URL `postgresql+cheatsheet://`, whose dialect
connects to the run under way, and not to a server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine.reflection import ObjectScope

from .record import recording

URL = "postgresql+cheatsheet://"


class Link:
    """A recipe's connection: a part of the run's one transaction."""

    def __init__(self, links: Links, real: Any) -> None:
        self.links = links
        self.real: Any = real
        self.savepoint = f"link_{id(self)}"
        self.is_begun = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def cursor(self, *args: Any, **options: Any) -> Any:
        cursor = self.real.cursor(*args, **options)
        cursor.link = self
        return cursor

    def _execute(self, statement: str) -> None:
        with self.real.cursor() as cursor:
            cursor.execute(statement)

    def begin(self) -> None:
        self._execute(f"SAVEPOINT {self.savepoint}")
        self.is_begun = True

    def commit(self) -> None:
        if self.is_begun:
            self.is_begun = False
            self._execute(f"RELEASE {self.savepoint}")

    def rollback(self) -> None:
        if self.is_begun:
            self.is_begun = False
            self._execute(f"ROLLBACK TO {self.savepoint}; RELEASE {self.savepoint}")

    def set_isolation_level(self, level: int) -> None:
        raise psycopg2.NotSupportedError("the run's one transaction has begun already")

    def close(self) -> None:
        with suppress(psycopg2.Error):  # the server has ended it
            self.rollback()
            self.links.idle.append(self)

    def end(self) -> None:
        """Lead nowhere any more: the run is over, though a pool of the recipe's may hold this."""
        self.real, self.is_begun = None, False


class SharedLink(Link):
    """A connection with a transaction of its own, whose COMMIT is a ROLLBACK."""

    def begin(self) -> None:
        self.is_begun = True  # psycopg2 sends it with the first statement

    def commit(self) -> None:
        self.rollback()

    def rollback(self) -> None:
        if self.is_begun:
            self.is_begun = False
            self.real.rollback()

    def set_isolation_level(self, level: int) -> None:
        self.real.set_isolation_level(level)

    def end(self) -> None:
        self.real.invalidate()  # so that no lock and no isolation level is left
        super().end()


@dataclass
class Links:
    """What the engines of a run have connected to."""

    own: Connection
    shared: Engine | None
    every: list[Link] = field(default_factory=list)
    idle: list[Link] = field(default_factory=list)
    type_memos: defaultdict[object, dict[Any, Any]] = field(
        default_factory=lambda: defaultdict(dict)
    )  # of each dialect

    def connect(self) -> Link:
        """A connection that was closed before, or else a new one."""
        if self.idle:
            return self.idle.pop()
        if self.shared is not None:
            link = SharedLink(self, self.shared.raw_connection())
        else:
            link = Link(self, self.own.connection.driver_connection)
        self.every.append(link)
        return link

    def end(self) -> None:
        for link in self.every:
            link.end()


_links: ContextVar[Links] = ContextVar("links")


@contextmanager
def connected(own: Connection, shared: Engine | None) -> Generator[None]:
    """Let the engines of this thread connect to `own`, or to new connections of `shared`."""
    links = Links(own, shared)
    token = _links.set(links)
    try:
        yield
    finally:
        _links.reset(token)
        links.end()


class Dialect(PGDialect_psycopg2):
    """psycopg2's, connected to the run under way."""

    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        options["use_native_hstore"] = False
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]

    @property
    def _type_memos(self) -> dict[Any, Any]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What SQLAlchemy remembers of each type. It ends with the run: what is known of an Enum
        leads back to its table, so that the tables of recipes would never be freed."""
        return _links.get().type_memos[self]

    def connect(self, *args: Any, **options: Any) -> Any:
        return _links.get().connect()

    def on_connect(self) -> None:
        """Do nothing: its own dialect has prepared the real connection."""

    def initialize(self, connection: Connection) -> None:
        with recording(None):
            super().initialize(connection)  # pyright: ignore[reportUnknownMemberType]
            # Here, since it would otherwise ask for this once in the midst of a recipe.
            self._load_pg_am_btree_oid(connection)  # pyright: ignore[reportUnknownMemberType]

    def _pg_class_filter_scope_schema(
        self, query: Any, schema: Any, scope: Any, pg_class_table: Any = None
    ) -> Any:
        """Let reflection find the run's tables, which are temporary, as it finds others."""
        anything = ObjectScope.ANY if scope is ObjectScope.DEFAULT else scope
        alchemys: Any = super()
        return alchemys._pg_class_filter_scope_schema(query, schema, anything, pg_class_table)

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.begin()


def has_extension(name: str) -> bool:
    """Whether the server of the run under way has an extension."""
    found = _links.get().own.exec_driver_sql("SELECT FROM pg_extension WHERE extname = %s", (name,))
    return found.rowcount > 0


registry.register("postgresql.cheatsheet", __name__, "Dialect")
