"""A database that is there already: clients, their projects, invoices and workers."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from flask.testing import FlaskClient

from ..application import application, settings_on
from ..postgres import Server

TABLES = (
    "CREATE SCHEMA works",
    "CREATE DOMAIN works.plan AS json",
    "CREATE TABLE works.clients (id int PRIMARY KEY, name text)",
    """CREATE TABLE works.projects (
        id int PRIMARY KEY, name text, client_id int REFERENCES works.clients,
        more jsonb, plan json, drawn works.plan
    )""",
    """CREATE TABLE works.invoices (
        id int PRIMARY KEY, project_id int REFERENCES works.projects, total numeric, paid bool
    )""",
    "CREATE TABLE works.workers (id int PRIMARY KEY, name text)",
    """CREATE TABLE works.shifts (
        project_id int REFERENCES works.projects, worker_id int REFERENCES works.workers,
        PRIMARY KEY (project_id, worker_id)
    )""",
    """CREATE TABLE works.reserved (
        id int PRIMARY KEY, "order" int, "select" int, "limit" int, "offset" int, "and" int,
        "or" int, "not" int, columns int, on_conflict int
    )""",
    "INSERT INTO works.clients VALUES (1, 'Acme'), (2, 'Bolt'), (3, 'Corp')",
    """INSERT INTO works.projects VALUES
        (1, 'Anvil', 1, '{"a key": 1, "ключ": "x", "d-e": {"f!": [1, 2]}, "k": 3}', '{"k": 1}',
            '{"k": 1}'),
        (2, 'Bridge', 1, '{"a key": 2, "k": 4}', '{"k":  1}', '{"k":  1}'),
        (3, 'Crane', 2, '{"k": 3}', '{"k": 2}', '{"k": 2}'),
        (4, 'Dam', NULL, NULL, NULL, NULL)""",
    """INSERT INTO works.invoices VALUES
        (1, 1, 10, true), (2, 1, 20, false), (3, 2, 30, true), (4, 3, 40, true),
        (5, 3, NULL, false), (6, NULL, 5, true)""",
    "INSERT INTO works.workers VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy')",
    "INSERT INTO works.shifts VALUES (1, 1), (1, 2), (2, 1), (3, 2)",
    "INSERT INTO works.reserved SELECT n, n, n, n, n, n, n, n, n, n FROM generate_series(1, 2) n",
    "GRANT USAGE ON SCHEMA works TO PUBLIC",
    "GRANT ALL ON ALL TABLES IN SCHEMA works TO PUBLIC",
)


@contextmanager
def works(server: Server, **changed: str) -> Generator[FlaskClient]:
    """A client of it, for as many tests as like to; settings may be changed."""
    with server.clone() as database:
        database.execute(*(statement.replace(":", r"\:") for statement in TABLES))
        settings = settings_on(database.web, API_SCHEMAS="works", **changed)
        with application(settings) as app:
            yield app.test_client()
