"""Whatever else the rule of a view has, its columns are traced, and the start does not fail."""

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from ...postgres import Database, Server
from .database import rows, serving, viewed

VIEWS = r'''
CREATE TABLE odd."Order ""x""" (
    "id} :resno 9 " int PRIMARY KEY,
    "({TARGETENTRY :resorigtbl 1 :resorigcol 1 \" int
        CONSTRAINT "to, client" REFERENCES shop.clients
);
INSERT INTO odd."Order ""x""" VALUES (1, 2);
CREATE VIEW odd.quoted AS SELECT * FROM odd."Order ""x""";
CREATE VIEW odd."renamed {" AS SELECT "id} :resno 9 " AS ") :resno 1 ",
    "({TARGETENTRY :resorigtbl 1 :resorigcol 1 \" AS "\ " FROM odd.quoted;
CREATE VIEW odd.clients AS SELECT * FROM shop.clients;
CREATE VIEW odd.sublinks AS SELECT
    (SELECT id FROM shop.people ORDER BY id LIMIT 1) AS first,
    CASE WHEN EXISTS (SELECT id FROM shop.people) THEN '({TARGETENTRY :resno 3 ' END AS second,
    client_id, id, rank() OVER (ORDER BY id) AS place
    FROM (SELECT * FROM shop.projects UNION ALL SELECT * FROM shop.projects) AS twice
    JOIN LATERAL (SELECT client_id AS other) AS _ ON true;
CREATE VIEW odd.nested AS SELECT few.client_id AS c, more.id FROM (
    SELECT client_id, id FROM (SELECT * FROM shop.projects WHERE id IN (SELECT id FROM shop.people)
        ORDER BY name LIMIT 9) AS inner_ GROUP BY client_id, id HAVING count(*) > 0
    ) AS few LEFT JOIN shop.projects AS more USING (id);
CREATE VIEW odd.recursive AS WITH RECURSIVE up AS (
    SELECT id, boss_id FROM shop.people UNION SELECT up.id, p.boss_id FROM up
    JOIN shop.people p ON p.id = up.boss_id) SELECT * FROM up;
CREATE VIEW odd.whole AS SELECT projects, xmin, tableoid, ctid FROM shop.projects;
CREATE VIEW odd.expanded AS SELECT (clients).* FROM (SELECT clients FROM shop.clients) AS _;
CREATE VIEW odd.calls AS SELECT * FROM generate_series(1, 3) AS n, unnest(ARRAY[1]) AS m;
CREATE VIEW odd.constants AS VALUES (1, 'a'), (2, 'b');
CREATE VIEW odd.nothing AS SELECT;
CREATE VIEW odd.own AS SELECT oid, relname FROM pg_class;
CREATE VIEW odd.standard AS SELECT table_name FROM information_schema.tables;
CREATE MATERIALIZED VIEW odd.kept AS SELECT * FROM odd."renamed {";
CREATE VIEW odd.one AS SELECT 1 AS id;
CREATE VIEW odd.other AS SELECT id FROM odd.one;
CREATE OR REPLACE VIEW odd.one AS SELECT id FROM odd.other;
ALTER TABLE shop.rooms DROP name CASCADE;
CREATE VIEW odd.dropped AS SELECT * FROM shop.rooms;
CREATE TABLE odd.parts (id int PRIMARY KEY, client_id int REFERENCES shop.clients)
    PARTITION BY RANGE (id);
CREATE TABLE odd.part PARTITION OF odd.parts FOR VALUES FROM (1) TO (9);
INSERT INTO odd.parts VALUES (1, 2);
CREATE VIEW odd.whole_parts AS SELECT * FROM odd.parts;
'''


@pytest.fixture(scope="module")
def odd(server: Server) -> Generator[Database]:
    with viewed(server) as database:
        database.execute("CREATE SCHEMA odd", *VIEWS.replace(":", r"\:").split(";\n")[:-1])
        web = database.web.username
        database.execute(
            f"GRANT USAGE ON SCHEMA odd TO {web}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA odd TO {web}",
        )
        yield database


@pytest.fixture(scope="module")
def client(odd: Database) -> Generator[FlaskClient]:
    with serving(odd, "odd") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("quoted?select=clients(name)", {"clients": {"name": "Zeta"}}),
        ("renamed {?select=clients(name)", {"clients": {"name": "Zeta"}}),
        ("kept?select=clients(name)", {"clients": {"name": "Zeta"}}),
        ("nested?select=c,clients(name)&order=id", {"c": 1, "clients": {"name": "Acme"}}),
        ("whole_parts?select=clients(name)", {"clients": {"name": "Zeta"}}),
        ('clients?select="renamed {"(*)&id=eq.1', {"renamed {": []}),
    ],
)
def test_a_key_is_found(client: FlaskClient, path: str, first: object) -> None:
    assert rows(client, path)[0] == first


def test_what_is_of_no_table_has_no_key(client: FlaskClient) -> None:
    found = client.get("/api/info").get_json()["resources"]["odd"]
    keys = {name: tuple(view["key"]) for name, view in found.items() if view["key"]}
    tables = {'Order "x"': ("id} :resno 9 ",), "parts": ("id",), "part": ("id",)}
    assert {name: key for name, key in keys.items() if name not in tables} == {
        "quoted": ("id} :resno 9 ",),
        "renamed {": (") :resno 1 ",),
        "kept": (") :resno 1 ",),
        "clients": ("id",),
        "nested": ("id",),
        "dropped": ("house", "no"),
        "whole_parts": ("id",),
    }


@pytest.mark.parametrize("view", ["sublinks", "recursive", "calls", "constants", "own", "standard"])
def test_it_is_served_all_the_same(client: FlaskClient, view: str) -> None:
    assert client.get(f"/api/{view}?limit=1").status_code == 200
    assert client.get(f"/api/{view}?select=clients(*)").status_code == 400


def test_views_that_read_one_another_are_postgres_matter(client: FlaskClient) -> None:
    refused = client.get("/api/one")
    assert (refused.status_code, refused.get_json()["code"]) == (500, "42P17")
