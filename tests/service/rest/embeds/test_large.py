"""Four hundred tables, each with keys to others, in two schemas: a start takes no longer the more
there are, but for what Python makes of each."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack

import pytest
from flask.testing import FlaskClient
from sqlalchemy import NullPool, create_engine, event

from retort.rest.catalog.reflect import reflect

from ...application import application, settings_on
from ...page import Page
from ...postgres import Database, Server
from ...processor import within
from ...ways import gone
from .tables import granted

TABLES = 400
SECONDS = 2  # of the processor's time, so that it does not count what else the machine does
KEYS = 3  # from each table

# What the other tests measure the coverage of.
pytestmark = pytest.mark.no_cover


def schema_of(number: int) -> str:
    return "even" if number % 2 == 0 else "odd"


def tables(count: int) -> list[str]:
    """Each leads to the first, as to who made a row, and to others of both schemas."""
    texts = ", ".join(f"text_{number} text" for number in range(10))
    keys = [
        f"ALTER TABLE {schema_of(number)}.t{number} ADD to_{key} int REFERENCES "
        f"{schema_of(there)}.t{there}"
        for number in range(count)
        for key in range(KEYS)
        for there in [number * key * 7 % count]
    ]
    return [
        "CREATE SCHEMA even",
        "CREATE SCHEMA odd",
        *(
            f"CREATE TABLE {schema_of(number)}.t{number} (id int PRIMARY KEY, {texts})"
            for number in range(count)
        ),
        *keys,
        "CREATE VIEW even.some AS SELECT * FROM even.t0",
        "INSERT INTO even.t0 (id) VALUES (0)",
    ]


@pytest.fixture(scope="module")
def large(server: Server) -> Generator[Database]:
    with server.clone() as database:
        made = "; ".join([*tables(TABLES), *granted(database.web.username or "", "even", "odd")])
        database.execute(made)
        yield database


@pytest.fixture(scope="module")
def client(large: Database) -> Generator[FlaskClient]:
    with application(settings_on(large.web, API_SCHEMAS="even,odd")) as app:
        yield app.test_client()


def statements(database: Database) -> int:
    """How many it takes to look at both schemas."""
    engine = create_engine(database.web, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    sent: list[object] = []
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    found = reflect(engine, ["even", "odd"], ["public"])
    keys = [key for key in found.keys.foreign if key.table in found.tables]
    assert len(found.tables) == len(keys) / KEYS + 1
    return len(sent)


def test_as_many_statements_as_for_a_few_tables(large: Database, server: Server) -> None:
    with server.clone() as small:
        small.execute("; ".join([*tables(4), *granted(small.web.username or "", "even", "odd")]))
        assert statements(small) == statements(large)


def test_a_start_is_quick(large: Database) -> None:
    with ExitStack() as started:
        with within(SECONDS):
            app = started.enter_context(application(settings_on(large.web, API_SCHEMAS="even,odd")))
        assert app.test_client().get("/api/t0").get_json()[0]["id"] == 0


def test_the_document_is_made_once(client: FlaskClient) -> None:
    for profile in ("even", "odd"):
        headers = {"Accept-Profile": profile}
        first = client.get("/api/", headers=headers)
        assert len(first.get_json()["paths"]) > TABLES
        assert "retort/rest/openapi/document.py" not in gone(
            lambda headers=headers: client.get("/api/", headers=headers)
        )
        assert client.get("/api/", headers=headers).data == first.data


def test_the_page_of_a_row_that_all_tables_point_to(client: FlaskClient) -> None:
    with within(SECONDS):
        page = Page(client.get("/tables/even.t0/0"))
    assert page.status == 200
    assert len([cells for cells in page.rows if cells[-1].endswith("→ id")]) > TABLES
