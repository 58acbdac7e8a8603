"""A view tells and writes nothing that a model keeps back."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from ...application import settings_on
from ...postgres import Database, Server
from ..application import application_of
from ..lab import db, lab

VIEWS = """
CREATE VIEW seen_shelves AS SELECT id, name, room_id, keeper_id AS k, tenant FROM shelves;
CREATE VIEW seen_rooms AS SELECT id AS nr, name FROM rooms;
CREATE VIEW seen_boxes AS SELECT id, shelf_id, content FROM boxes;
CREATE VIEW seen_vaults AS SELECT id, room_id, code FROM vaults;
CREATE VIEW seen_guests AS SELECT id, name FROM guests;
CREATE VIEW lone_invitations AS SELECT guest_id, party_id FROM secret_invitations;
CREATE VIEW free AS SELECT now() AS at;
CREATE TABLE others (id int PRIMARY KEY, vault_id bigint REFERENCES vaults,
    keeper bigint REFERENCES shelves, name text);
CREATE VIEW seen_others AS SELECT * FROM others;
INSERT INTO others VALUES (1, 1, 1, 'one');
"""


@pytest.fixture(scope="module")
def database(server: Server) -> Generator[Database]:
    """The lab's, with views of its tables."""
    with server.clone() as database:
        with lab(database, settings_on(database.web)):
            pass
        web = database.web.username
        database.execute(VIEWS, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {web}, {web}_member")
        yield database


@pytest.fixture(scope="module")
def client(database: Database) -> Generator[FlaskClient]:
    with application_of(db, settings_on(database.web, API_SCHEMAS="public")) as app:
        yield app.test_client()


def rows(client: FlaskClient, path: str) -> object:
    response = client.get(f"/api/{path}")
    assert response.status_code == 200, response.text
    return response.get_json()


def code(client: FlaskClient, path: str) -> str:
    response = client.get(f"/api/{path}")
    assert response.status_code in (400, 401), response.text
    return response.get_json()["code"]


def test_what_a_view_shows_is_its_makers_decision(client: FlaskClient) -> None:
    assert rows(client, "seen_shelves?select=k,tenant&id=eq.1") == [
        {"k": 2, "tenant": "tenant-secret"}
    ]
    assert rows(client, "seen_vaults?select=code") == [{"code": "vault-secret"}]


def test_views_and_models_embed_each_other(client: FlaskClient) -> None:
    assert rows(client, "shelves?select=name,seen_rooms(name)&id=eq.1") == [
        {"name": "oak", "seen_rooms": {"name": "cellar"}}
    ]
    assert rows(client, "seen_shelves?select=rooms(name)&id=eq.1") == [
        {"rooms": {"name": "cellar"}}
    ]
    assert rows(client, "rooms?select=seen_shelves(name)&id=eq.1") == [
        {"seen_shelves": [{"name": "oak"}, {"name": "pine"}]}
    ]
    # Through a table that has no model of its own.
    assert rows(client, "seen_guests?select=parties!open_invitations(name)") == [
        {"parties": [{"name": "open"}]}
    ]
    # A key that leads to what is closed leads to the view that opens it.
    assert rows(client, "others?select=seen_vaults(id)") == [{"seen_vaults": {"id": 1}}]


def test_a_key_of_a_hidden_column_makes_no_embed(client: FlaskClient) -> None:
    """Though the view shows the column: the key's name would tell what it is."""
    for path in ("seen_shelves?select=k(*)", "seen_shelves?select=rooms!k(*)"):
        assert code(client, path) == "PGRST200"
    assert code(client, "rooms?select=seen_shelves!shelves_keeper_id_fkey(*)") == "PGRST200"


def test_a_key_of_a_closed_table_makes_no_embed(client: FlaskClient) -> None:
    assert code(client, "seen_vaults?select=rooms(*)") == "PGRST200"
    assert code(client, "rooms?select=seen_vaults(*)") == "PGRST200"
    assert code(client, "seen_guests?select=parties!secret_invitations(*)") == "PGRST200"
    assert code(client, "guests?select=parties!lone_invitations(*)") == "PGRST200"


def test_a_table_for_some_roles_is_for_them_alone_from_a_view_too(client: FlaskClient) -> None:
    assert rows(client, "seen_boxes?select=content&id=eq.1") == [{"content": "gold"}]
    assert code(client, "seen_shelves?select=boxes(content)") == "42501"
    assert code(client, "seen_guests?select=parties!staff_invitations(*)") == "42501"


@pytest.mark.parametrize("path", ["/api/", "/api/info", "/tables", "/tables/seen_vaults/1"])
def test_nothing_tells_of_what_is_closed(client: FlaskClient, path: str) -> None:
    found = client.get(path)
    assert found.status_code == 200
    for name in ("secret_invitations", "vaults_room_id", "keeper_id"):
        assert name not in found.text


def test_a_view_of_a_models_table_is_not_written_to(client: FlaskClient) -> None:
    """The model would not be asked: its validators, its hooks, and who may write."""
    for view in ("seen_shelves", "seen_rooms", "seen_vaults", "lone_invitations"):
        assert client.options(f"/api/{view}").headers["Allow"] == "OPTIONS,GET,HEAD,FETCH"
    assert "DELETE" in client.options("/api/seen_others").headers["Allow"]


def test_a_view_of_nothing_is_served(client: FlaskClient) -> None:
    assert len(client.get("/api/free").get_json()) == 1
