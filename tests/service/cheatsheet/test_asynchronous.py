"""A run with asyncio: asyncpg's connections have the rights and the limits of all others."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import NullPool, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from retort.cheatsheet.recipe import Chapter
from retort.cheatsheet.runs.runner import Runner
from retort.cheatsheet.runs.sandbox import LIMITS, STATEMENT_TIMEOUT
from retort.database import db

from ..application import settings_on
from ..postgres import Database
from ..snapshot import snapshot
from .running import run, shown


def asked(*statements: Any) -> Callable[[], list[Any]]:
    """A recipe that commits each statement, and gives the value that each returns."""

    def function() -> list[Any]:
        url = db.engine.url.set(drivername="postgresql+asyncpg")
        engine = create_async_engine(url, poolclass=NullPool)

        async def ask() -> list[Any]:
            async with AsyncSession(engine) as session:
                values: list[Any] = []
                for statement in statements:
                    values.append(await session.scalar(statement))
                    await session.commit()
                return values

        return asyncio.run(ask())

    return function


def test_what_a_run_may_take_is_limited(runner: Runner) -> None:
    limits = LIMITS | {"statement_timeout": STATEMENT_TIMEOUT, "role": runner.sandbox.role}
    ask = asked(*(select(func.current_setting(name)) for name in limits))
    assert shown(runner, ask, shared=True) == "; ".join(map(repr, limits.values()))


def test_a_statement_that_takes_too_long_is_cancelled(runner: Runner) -> None:
    said = shown(runner, asked(select(func.pg_sleep(60))), shared=True)
    assert "canceling statement due to statement timeout" in said


def test_a_url_may_have_what_only_libpq_knows(shared: Database) -> None:
    url = shared.web.update_query_dict({"connect_timeout": "5", "sslmode": "prefer"})
    runner = Runner(settings_on(url))
    assert shown(runner, asked(select(1)), shared=True) == "1"
    runner.sandbox.close()


@pytest.mark.parametrize(
    "statement",
    ["SELECT name FROM public.persons", "DELETE FROM orders", "CREATE TABLE public.mine (id int)"],
)
def test_the_real_tables_are_out_of_reach(runner: Runner, statement: str) -> None:
    said = shown(runner, asked(text(statement)), shared=True)
    assert said.startswith("ProgrammingError")
    assert "permission denied" in said


def test_what_commits_is_undone_when_its_connection_is_closed(
    runner: Runner, database: Database
) -> None:
    before = snapshot(database.owner)
    change = text("UPDATE persons SET name = 'Zoe' WHERE id = 1 RETURNING name")
    name = text("SELECT name FROM persons WHERE id = 1")
    record = run(runner, asked(change, name), shared=True)
    assert [row[0] for row in record.result.rows] == ["'Zoe'", "'Amy'"]
    assert [statement.sql.split()[0] for statement in record.statements] == [
        *("BEGIN", "UPDATE", "COMMIT"),
        *("BEGIN", "SELECT", "COMMIT"),
    ]
    assert record.statements[-2].plan is not None
    assert snapshot(database.owner) == before


def test_it_needs_connections_of_its_own(runner: Runner) -> None:
    assert "has to be `shared`" in shown(runner, asked(select(1)))


def test_outside_of_a_run_asyncpg_connects_where_its_url_says(database: Database) -> None:
    # Without what only libpq knows, which a given server's URL has.
    url = database.web.difference_update_query(["connect_timeout"])

    async def who() -> str | None:
        engine = create_async_engine(url.set(drivername="postgresql+asyncpg"))
        async with engine.connect() as connection:
            name = await connection.scalar(select(func.current_user()))
        await engine.dispose()
        return name

    assert asyncio.run(who()) == database.web.username


def test_a_library_that_is_not_there_is_named(runner: Runner) -> None:
    chapter = Chapter("Z", "Tests")
    chapter.recipe("Test", keywords="", links=(), needs="library flask xyzzy")(lambda: 1)
    ran = runner.run(chapter.recipes[0], {})
    assert ran.is_lacking
    assert ran.result.text == (
        "it needs the library xyzzy, which is not installed here: pip install flask xyzzy"
    )
