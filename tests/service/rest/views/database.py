"""A database whose tables are in one schema, and views of them in that, in another, and below."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient

from ...application import application, settings_on
from ...postgres import Database, Server

TABLES = """
CREATE SCHEMA shop;
CREATE SCHEMA front;
CREATE SCHEMA low;
CREATE TABLE shop.people (
    id int PRIMARY KEY, name text, boss_id int CONSTRAINT people_boss REFERENCES shop.people
);
CREATE TABLE shop.clients (id int PRIMARY KEY, name text);
CREATE TABLE shop.projects (
    id int PRIMARY KEY,
    name text,
    client_id int CONSTRAINT projects_client REFERENCES shop.clients,
    lead_id int CONSTRAINT projects_lead REFERENCES shop.people,
    state text DEFAULT 'new'
);
CREATE TABLE shop.members (
    person_id int CONSTRAINT members_person REFERENCES shop.people,
    project_id int CONSTRAINT members_project REFERENCES shop.projects,
    PRIMARY KEY (person_id, project_id)
);
CREATE TABLE shop.rooms (house text, "no" int, name text, PRIMARY KEY (house, "no"));
CREATE TABLE shop.desks (
    id int PRIMARY KEY,
    house text,
    "no" int,
    person_id int UNIQUE CONSTRAINT desks_person REFERENCES shop.people,
    CONSTRAINT desks_room FOREIGN KEY (house, "no") REFERENCES shop.rooms
);
INSERT INTO shop.people VALUES (1, 'Ada', NULL), (2, 'Bo', 1), (3, 'Cy', 1);
INSERT INTO shop.clients VALUES (1, 'Acme'), (2, 'Zeta');
INSERT INTO shop.projects VALUES (1, 'roof', 1, 1), (2, 'wall', 1, 2), (3, 'door', 2, NULL);
INSERT INTO shop.members VALUES (1, 1), (2, 1), (2, 2);
INSERT INTO shop.rooms VALUES ('A', 1, 'hall'), ('A', 2, 'loft'), ('B', 1, 'barn');
INSERT INTO shop.desks VALUES (1, 'A', 1, 1), (2, 'A', 2, 2), (3, NULL, 1, NULL);

-- Only views of views are served in front, and the one between is not.
CREATE VIEW low.projects AS SELECT id AS "the id (1)", name AS title, client_id AS c, lead_id AS l
    FROM shop.projects;
CREATE VIEW front.projects AS
    SELECT "the id (1)" AS id, title, c AS client, l, upper(title) AS loud FROM low.projects;
CREATE VIEW front.clients AS SELECT name, id AS "no" FROM shop.clients;
CREATE MATERIALIZED VIEW front.people AS WITH found AS (SELECT * FROM shop.people)
    SELECT (SELECT count(*) FROM shop.members WHERE person_id = found.id) AS jobs, * FROM found;
CREATE VIEW front.members AS SELECT person_id, project_id AS job FROM shop.members;
CREATE VIEW front.desks AS SELECT * FROM shop.desks JOIN shop.rooms USING (house, "no");
CREATE VIEW front.rooms AS SELECT * FROM shop.rooms;
CREATE VIEW front.houses AS SELECT house FROM shop.rooms;
CREATE VIEW front.works AS
    SELECT p.id AS person, p.name AS who, j.id AS job, j.client_id AS client
    FROM shop.people p JOIN shop.members m ON m.person_id = p.id
    LEFT JOIN shop.projects j ON j.id = m.project_id;
CREATE VIEW front.twice AS SELECT p.* FROM shop.people p JOIN shop.members ON person_id = p.id;
CREATE VIEW front.all_names AS
    SELECT id, name FROM shop.people UNION ALL SELECT id, name FROM shop.clients;

-- Here tables and views are both served.
CREATE VIEW shop.staff AS SELECT id AS nr, name, boss_id AS boss FROM shop.people;
CREATE VIEW shop.jobs AS SELECT id, name, client_id, lead_id, lead_id AS also_lead_id
    FROM shop.projects;
"""


@contextmanager
def viewed(server: Server) -> Generator[Database]:
    """Give a database with these, of which the schemas but `low` may be used."""
    with server.clone() as database:
        web = database.web.username
        database.execute(
            TABLES,
            f"GRANT USAGE ON SCHEMA shop, front TO {web}, {web}_member",
            f"GRANT ALL ON ALL TABLES IN SCHEMA shop, front TO {web}, {web}_member",
        )
        yield database


@contextmanager
def serving(database: Database, schemas: str) -> Generator[FlaskClient]:
    with application(settings_on(database.web, API_SCHEMAS=schemas)) as app:
        yield app.test_client()


def rows(client: FlaskClient, path: str, **options: Any) -> Any:
    response = client.get(f"/api/{path}", **options)
    assert response.status_code == 200, response.text
    return response.get_json()
