"""Of a table that a role may read in part, the pages show that part."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from ..application import application, settings_on
from ..page import Page
from ..postgres import Database, Server
from ..server_log import heard
from .browser import get


@pytest.fixture(scope="module")
def parted(server: Server) -> Generator[Database]:
    with server.clone() as database:
        web = database.web.username
        database.execute(
            "CREATE TABLE firms (id int PRIMARY KEY, name text, closed text)",
            "CREATE TABLE staff (id int PRIMARY KEY, boss_id int REFERENCES firms, closed text)",
            "CREATE TABLE bills (id int PRIMARY KEY, firm_id int REFERENCES firms, closed text)",
            "CREATE TABLE parts (id int PRIMARY KEY, bill_id int REFERENCES bills)",
            "CREATE TABLE keyless (id int PRIMARY KEY, open text)",
            "CREATE TABLE tags (id int PRIMARY KEY)",
            "CREATE TABLE tagged (firm_id int REFERENCES firms, tag_id int REFERENCES tags, "
            "PRIMARY KEY (firm_id, tag_id))",
            "CREATE TABLE firms_parts (firm_id int REFERENCES firms, part_id int REFERENCES parts, "
            "PRIMARY KEY (firm_id, part_id))",
            "INSERT INTO firms VALUES (1, 'Acme', 'c'), (2, 'Bolt', 'c')",
            "INSERT INTO staff VALUES (7, 1, 'c'), (8, 1, 'c')",
            "INSERT INTO bills VALUES (5, 1, 'c')",
            "INSERT INTO parts VALUES (9, 5)",
            "INSERT INTO keyless VALUES (1, 'seen')",
            "INSERT INTO tags VALUES (3)",
            "INSERT INTO tagged VALUES (1, 3)",
            f"GRANT SELECT (id, name) ON firms TO {web}",
            f"GRANT SELECT (id, boss_id) ON staff TO {web}",
            f"GRANT SELECT (firm_id) ON bills TO {web}",
            f"GRANT SELECT ON parts, tags, tagged TO {web}",
            f"GRANT SELECT (firm_id) ON firms_parts TO {web}",
            f"GRANT SELECT (open) ON keyless TO {web}",
        )
        yield database


@pytest.fixture
def client(parted: Database) -> Generator[FlaskClient]:
    settings = settings_on(parted.web, API_SCHEMAS="public", THREADS="1")
    with application(settings) as app:
        yield app.test_client()


def relations(page: Page) -> list[list[str]]:
    return [cells for cells in page.rows if len(cells) == 3]


def test_the_list_names_the_columns_that_can_be_read(client: FlaskClient) -> None:
    page = get(client, "/tables")
    assert "<code>id</code>, <code>name</code></p>" in page.html
    assert "closed" not in page.html


def test_a_page_shows_the_columns_that_can_be_read(client: FlaskClient) -> None:
    page = get(client, "/tables/firms")
    assert page.status == 200
    assert page.columns == {"id": ["1", "2"], "name": ["Acme", "Bolt"]}
    assert page.links["1"] == "/tables/firms/1"
    assert "closed" not in page.html  # in the form neither
    request = "/api/firms?select=id,name&order=id&limit=25"
    assert page.links[request] == request
    assert client.get(request).status_code == 200


def test_they_are_filtered_and_sorted(client: FlaskClient) -> None:
    page = get(client, "/tables/firms")
    assert get(client, page.sent(column="name", operator="like", value="B*")).columns == {
        "id": ["2"],
        "name": ["Bolt"],
    }
    backwards = get(client, get(client, page.links["name"]).links["name"])
    assert backwards.columns["name"] == ["Bolt", "Acme"]


def test_a_page_of_no_rows_has_the_same_columns(client: FlaskClient) -> None:
    assert [*get(client, "/tables/firms?id=eq.9").columns] == ["id", "name"]


def test_a_row_shows_them_and_where_it_leads_by_them(client: FlaskClient) -> None:
    page = get(client, "/tables/firms/1")
    assert page.status == 200
    assert dict(cells for cells in page.rows if len(cells) == 2) == {"id": "1", "name": "Acme"}
    assert sorted(relations(page)[1:]) == [
        ["bills", "1", "bills.firm_id → id"],
        ["firms_parts", "0", "firms_parts.firm_id → id"],
        ["staff", "2", "staff.boss_id → id"],
        ["tagged", "1", "tagged.firm_id → id"],
        ["tags", "1", "through tagged"],
    ]
    assert get(client, page.links["bills"]).columns == {"firm_id": ["1"]}


def test_an_association_leads_to_them(client: FlaskClient) -> None:
    firms = get(client, get(client, "/tables/tags/3").links["firms"])
    assert firms.columns["name"] == ["Acme"]
    assert "closed" not in firms.html


def test_a_key_that_cannot_be_read_leads_nowhere(client: FlaskClient) -> None:
    assert get(client, "/tables/keyless").columns == {"open": ["seen"]}
    page = get(client, "/tables/parts")
    assert page.columns == {"id": ["9"], "bill_id": ["5"]}
    assert not any(url.startswith("/tables/bills") for url in page.links.values())
    assert relations(get(client, "/tables/parts/9")) == []


@pytest.mark.parametrize("path", ["/tables/firms?select=*", "/tables/firms?closed=eq.c"])
def test_what_is_asked_for_by_name_is_refused_as_by_the_api(client: FlaskClient, path: str) -> None:
    assert get(client, path).status == 401


@pytest.mark.parametrize("path", ["/tables/firms", "/tables/firms/2", "/tables/staff/7"])
def test_it_is_one_round_trip(client: FlaskClient, parted: Database, path: str) -> None:
    statements = heard(client.application, parted)
    get(client, "/tables")  # which columns there are is known for a few seconds
    statements.clear()
    assert get(client, path).status == 200
    assert len(statements) == 1


def test_where_no_column_can_be_read_all_is_refused(client: FlaskClient, parted: Database) -> None:
    web = parted.web.username
    parted.execute(f"REVOKE SELECT (open) ON keyless FROM {web}")
    try:
        assert "keyless" not in get(client, "/tables").html
        assert get(client, "/tables/keyless").status == 401
    finally:
        parted.execute(f"GRANT SELECT (open) ON keyless TO {web}")
