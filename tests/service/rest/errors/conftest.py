"""Fixtures: the stack and the lab, where a project's name can be that of an error."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ...postgres import Server
from ..lab import Stack, stack


@pytest.fixture(scope="package")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        # A project may be called "raise 53100", and then it does.
        shared.database.execute(
            """
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'this is how it fails' USING ERRCODE = substr(NEW.name, 7);
            END $$
            """,
            """
            CREATE TRIGGER fail BEFORE INSERT ON projects FOR EACH ROW
            WHEN (NEW.name LIKE 'raise %') EXECUTE FUNCTION fail()
            """,
            "CREATE SCHEMA other CREATE TABLE secrets (id int)",
        )
        yield shared
