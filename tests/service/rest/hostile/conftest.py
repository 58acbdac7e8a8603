"""Fixtures: an attacker, and a look at every row before and after."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from sqlalchemy import Connection, NullPool, create_engine, func, select

from ...postgres import Server
from ..lab import Stack, stack
from .attacker import Attacker

# Every row of every table, and so every table, as one text.
DUMP = """
CREATE FUNCTION dump.dump() RETURNS text LANGUAGE plpgsql AS $$
DECLARE name text; whole text := ''; rows text;
BEGIN
    FOR name IN SELECT format('%I', tablename) FROM pg_tables
        WHERE schemaname = 'public' ORDER BY 1
    LOOP
        EXECUTE format('SELECT string_agg(t::text, chr(10) ORDER BY t::text) FROM %s t', name)
            INTO rows;
        whole := concat_ws(chr(10), whole, name, rows);
    END LOOP;
    RETURN whole;
END $$
"""


@pytest.fixture(scope="package")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        shared.database.execute("CREATE SCHEMA dump", DUMP)
        yield shared


@pytest.fixture(scope="package")
def owner(shared: Stack) -> Generator[Connection]:
    engine = create_engine(shared.database.owner, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.fixture(autouse=True)
def nothing_written(owner: Connection) -> Generator[None]:
    before = owner.scalar(select(func.dump.dump()))
    assert "oak" in str(before)
    yield
    assert owner.scalar(select(func.dump.dump())) == before


@pytest.fixture
def send(shared: Stack) -> Attacker:
    return Attacker(shared.app.test_client(), shared.header())
