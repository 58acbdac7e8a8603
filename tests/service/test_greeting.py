"""`GET /`: hello, with a name that came out of Postgres."""

import pytest
from flask.testing import FlaskClient

from .postgres import Database

pytestmark = pytest.mark.reads

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_curl_gets_a_line_of_text(client: FlaskClient) -> None:
    response = client.get("/", headers={"Accept": "*/*"})
    assert response.text == "Hello, Amy!\n"
    assert response.content_type == "text/plain; charset=utf-8"


def test_a_program_gets_an_object(client: FlaskClient) -> None:
    response = client.get("/", headers={"Accept": "application/json"})
    assert response.json == {"greeting": "Hello, Amy!", "hint": None}


def test_a_browser_gets_a_page(client: FlaskClient) -> None:
    response = client.get("/", headers={"Accept": BROWSER})
    assert response.content_type == "text/html; charset=utf-8"
    assert "<h1>Hello, Amy!</h1>" in response.text


@pytest.mark.parametrize("accept", [None, "", "image/png", "nonsense"])
def test_whoever_asks_for_nothing_we_have_gets_text(
    client: FlaskClient, accept: str | None
) -> None:
    response = client.get("/", headers={} if accept is None else {"Accept": accept})
    assert response.text == "Hello, Amy!\n"


def test_it_greets_the_first_person_by_id(client: FlaskClient, database: Database) -> None:
    database.execute("INSERT INTO persons (id, name) VALUES (0, 'Zoe')")
    assert client.get("/").text == "Hello, Zoe!\n"


def test_a_row_changed_by_hand_is_seen_at_the_next_request(
    client: FlaskClient, database: Database
) -> None:
    assert client.get("/").text == "Hello, Amy!\n"
    database.execute("UPDATE persons SET name = 'Amélie' WHERE name = 'Amy'")
    assert client.get("/").text == "Hello, Amélie!\n"
    database.execute("DELETE FROM persons WHERE name = 'Amélie'")
    assert client.get("/").text == "Hello, Ben!\n"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_an_empty_table_greets_a_stranger_and_says_how_to_fill_it(
    client: FlaskClient, database: Database, accept: str
) -> None:
    database.execute("DELETE FROM persons")
    response = client.get("/", headers={"Accept": accept})
    assert response.status_code == 200
    assert "Hello, stranger!" in response.text
    assert "make psql" in response.text
    assert "INSERT INTO persons (name) VALUES" in response.text


def test_the_hint_for_an_empty_table_works(client: FlaskClient, database: Database) -> None:
    database.execute("DELETE FROM persons")
    hint = client.get("/").text.split("make psql")[1]
    database.execute(hint.strip())
    assert client.get("/").text == "Hello, Amy!\n"


def test_head_has_no_body(client: FlaskClient) -> None:
    response = client.head("/")
    assert response.status_code == 200
    assert response.data == b""
