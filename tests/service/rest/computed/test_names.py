"""A function of a row may be called anything, and so may its schema."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from ...application import application, settings_on
from ...postgres import Server

pytestmark = pytest.mark.reads

SCHEMA = "50% %(x)s"
# What SQLAlchemy, Python's templates or psycopg2 would take for something of their own.
NAMES = ["100%", "%(expr)s", "%s%%", "a.b", "a\\b", "to_tsvector", "substring", "next_value", "now"]


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with server.clone() as database:
        web = database.web.username
        functions = [
            f'CREATE FUNCTION "{SCHEMA}"."{name}"("{SCHEMA}".people) RETURNS {returns} STABLE '
            f"LANGUAGE sql AS $$ SELECT {found} $$"
            for name in NAMES
            for name, returns, found in (
                (name, "text", "$1.name || '!'"),
                (f"{name} of", f'SETOF "{SCHEMA}".people', "$1.*"),
            )
        ]
        database.execute(
            f'CREATE SCHEMA "{SCHEMA}"',
            f'CREATE TABLE "{SCHEMA}".people (id int PRIMARY KEY, name text)',
            f"INSERT INTO \"{SCHEMA}\".people VALUES (1, 'Ada')",
            *functions,
            f'GRANT USAGE ON SCHEMA "{SCHEMA}" TO {web}',
            f'GRANT SELECT ON "{SCHEMA}".people TO {web}',
        )
        with application(settings_on(database.web, API_SCHEMAS=SCHEMA)) as app:
            yield app.test_client()


@pytest.mark.parametrize("name", NAMES)
def test_any_name_will_do(client: FlaskClient, name: str) -> None:
    column, embed = (f'"{each}"'.replace("\\", "\\\\") for each in (name, f"{name} of"))
    asked = {"select": f"x:{column},y:{embed}(name)", column: "eq.Ada!", "order": column}
    response = client.get("/api/people", query_string=asked)
    assert response.get_json() == [{"x": "Ada!", "y": [{"name": "Ada"}]}]
