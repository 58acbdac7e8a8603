"""Fixtures: applications with other settings, and a schema without models."""

import pytest
from flask.testing import FlaskClient

from ...application import MakeApp
from ...postgres import Database
from .document import Make


@pytest.fixture
def make(make_app: MakeApp) -> Make:
    """Gives a client of an application with other settings."""

    def make(**changed: object) -> FlaskClient:
        return make_app(**changed).test_client()

    return make


@pytest.fixture
def sales(database: Database) -> None:
    """Another schema, which nobody has written models for."""
    database.execute(
        "CREATE SCHEMA sales",
        "CREATE DOMAIN sales.short AS varchar(5)",
        "CREATE TYPE sales.mood AS ENUM ('good', 'bad')",
        """CREATE TABLE sales.types (
            id serial PRIMARY KEY,
            always int GENERATED ALWAYS AS IDENTITY,
            twice int GENERATED ALWAYS AS (2) STORED,
            flag boolean NOT NULL DEFAULT true,
            small smallint NOT NULL DEFAULT 1,
            float_ double precision NOT NULL DEFAULT 1.5,
            number numeric NOT NULL DEFAULT 1.5,
            char_ varchar(10) NOT NULL DEFAULT 'a',
            short sales.short NOT NULL DEFAULT 'a',
            mood sales.mood DEFAULT 'good',
            day date NOT NULL DEFAULT '2026-02-03',
            clock time NOT NULL DEFAULT '12:30',
            clock_tz timetz NOT NULL DEFAULT '12:30+00',
            moment timestamp NOT NULL DEFAULT '2026-02-03 12:30',
            moment_tz timestamptz NOT NULL DEFAULT '2026-02-03 12:30+00',
            uuid uuid NOT NULL DEFAULT gen_random_uuid(),
            bytes bytea NOT NULL DEFAULT '\\x00',
            address inet NOT NULL DEFAULT '127.0.0.1',
            span interval NOT NULL DEFAULT '1 day',
            range int4range NOT NULL DEFAULT '[1,2)',
            grid int[] NOT NULL DEFAULT '{1,2}',
            json jsonb NOT NULL DEFAULT '{"a": 1}',
            point point DEFAULT '(1,2)'
        )""",
        "COMMENT ON TABLE sales.types IS 'One of each.'",
        "COMMENT ON COLUMN sales.types.flag IS 'Up or down.'",
        "INSERT INTO sales.types DEFAULT VALUES",
        "CREATE TABLE sales.pairs (a int, b int REFERENCES sales.types, PRIMARY KEY (a, b))",
        "CREATE TABLE sales.keyless (id int)",
        "CREATE VIEW sales.shown AS SELECT id FROM sales.types",
        """CREATE TABLE sales."odd {name}" (id int PRIMARY KEY, "a.b" int, "order" int)""",
        """CREATE TABLE sales."odd -name-" (id int PRIMARY KEY)""",
        """CREATE TABLE sales."odd/name" (id int PRIMARY KEY)""",
        "GRANT USAGE ON SCHEMA sales TO PUBLIC",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sales TO PUBLIC",
    )
