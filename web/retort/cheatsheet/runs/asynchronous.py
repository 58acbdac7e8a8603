"""What a recipe with asyncio connects to: asyncpg has a connection of its own, with the rights and
the limits of the others, in a transaction that is never committed."""

# asyncpg is no library of the stack's, so nothing is known of its types.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import URL, Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

_connect: ContextVar[Callable[..., Coroutine[Any, Any, Any]] | None] = ContextVar("connect")


@contextmanager
def connected(own: Connection, settings: dict[str, str] | None) -> Generator[None]:
    """Let asyncpg connect in this thread to the server of `own`, with these settings; to none if
    there are none."""
    driver: Any = own.connection.driver_connection
    server = driver.info
    # What it is to check of TLS; the rest may be for libpq alone.
    query = {name: value for name, value in own.engine.url.query.items() if name.startswith("ssl")}
    options = URL.create("postgresql", query=query)

    async def connect(**_: Any) -> Any:
        if settings is None:
            raise RuntimeError("a recipe with asyncpg has to be `shared`")
        import asyncpg  # noqa: PLC0415

        connection = await asyncpg.connect(
            str(options),
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=server.dbname,
            timeout=2,  # seconds
            server_settings=settings,
        )
        # Nothing commits it: asyncpg makes a savepoint for what SQLAlchemy begins in it.
        await connection.transaction().start()
        return connection

    token = _connect.set(connect)
    try:
        yield
    finally:
        _connect.reset(token)


class Dialect(PGDialect_asyncpg):
    """asyncpg's, connected to the run under way if there is one."""

    supports_statement_cache = True

    def connect(self, *arguments: Any, **options: Any) -> Any:
        if (connect := _connect.get(None)) is not None:
            options = {"async_creator_fn": connect}
        return super().connect(*arguments, **options)


# Recipes name asyncpg in their URLs as their readers do.
registry.register("postgresql.asyncpg", __name__, "Dialect")
