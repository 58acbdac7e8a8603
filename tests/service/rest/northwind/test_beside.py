"""Everything beside the API answers too: its pages, the greeting, health, the log-in."""

import pytest
from flask.testing import FlaskClient

from ...page import Page
from ...postgres import Database
from .database import rows, serving

AS_IT_IS = {"ready": True, "database": "ok", "schema": "served as it is, without db-init"}


@pytest.mark.parametrize(
    "path", ["/tables", "/api/", "/api/openapi.json", "/api/info", "/api/docs", "/cheatsheet", "/"]
)
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
def test_every_page_answers(client: FlaskClient, path: str, accept: str) -> None:
    if path.startswith("/api/") and accept == "text/html":
        accept = "*/*"
    assert client.get(path, headers={"Accept": accept}).status_code == 200


def test_every_table_has_its_page(client: FlaskClient) -> None:
    links = Page(client.get("/tables")).links
    assert {
        "orders",
        "order_details",
        "accounts",
        "Northwind Classic.Order Details",
    } <= links.keys()
    for link in links.values():
        assert client.get(link).status_code in (200, 401), link
    for row in ("orders/10248", "order_details/10248,1", "employees/2"):
        page = Page(client.get(f"/tables/{row}"))
        assert page.status == 200
        assert {client.get(link).status_code for link in page.links.values()} <= {200, 401}


def test_readyz_is_ready(client: FlaskClient) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()) == (200, AS_IT_IS)


def test_readyz_is_ready_beside_anothers_migrations(changing: Database) -> None:
    changing.execute(
        "CREATE TABLE alembic_version (version_num text)",
        "INSERT INTO alembic_version VALUES ('3fa2b1c4d5e6')",
        f"GRANT SELECT ON alembic_version TO {changing.web.username}",
    )
    with serving(changing) as client:
        response = client.get("/readyz")
        assert (response.status_code, response.get_json()) == (200, AS_IT_IS)
        assert "order_id" in rows(client, "/api/orders")[0]
        assert client.get("/api/alembic_version").status_code == 404
        assert client.get("/api/accounts").status_code == 404  # it might be ours after all


def test_without_a_schema_to_serve_it_waits_for_db_init(shared: Database) -> None:
    with serving(shared, API_SCHEMAS="") as client:
        response = client.get("/readyz")
    assert response.status_code == 503
    assert "run db-init" in response.get_json()["schema"]


def test_the_greeting_is_for_whoever_comes_whatever_persons_are(changing: Database) -> None:
    with serving(changing) as client:
        for persons in (
            "TABLE persons (person_id int)",
            "TABLE persons (id uuid, name text)",
            "TABLE persons (id int, name jsonb)",
            "VIEW persons AS SELECT 1 AS id, now() AS name",
        ):
            kind = persons.split()[0]
            changing.execute(
                f"CREATE {persons}", f"GRANT SELECT ON persons TO {changing.web.username}"
            )
            for accept in ("text/html", "application/json", "*/*"):
                response = client.get("/", headers={"Accept": accept})
                assert response.status_code == 200
                assert "Hello, " in response.text
            changing.execute(f"DROP {kind} persons")


def test_the_page_says_what_is_there(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept": "text/html"}).text
    assert "Hello, stranger!" in page
    assert "It has not prepared this database" in page
    assert "no table <code>persons</code>" in page
    assert "INSERT INTO persons" not in page


def test_the_greeting_says_why_it_knows_nobody(client: FlaskClient) -> None:
    text = client.get("/", headers={"Accept": "*/*"}).text
    assert text.startswith("Hello, stranger!\n")
    assert "no table persons" in text
    found = client.get("/", headers={"Accept": "application/json"}).get_json()
    assert found["greeting"] == "Hello, stranger!"
    assert "/tables" in found["hint"]


def test_nobody_can_log_in_and_nothing_of_somebody_elses_is_touched(changing: Database) -> None:
    changing.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {changing.web.username}")
    with serving(changing) as client:
        response = client.post("/api/login", json={"email": "a@b.c", "password": "0123456789"})
        assert (response.status_code, response.get_json()["code"]) == (404, "PGRST205")
        assert "no accounts" in response.get_json()["message"]
        assert changing.execute("SELECT count(*) FROM login_attempts") == [(1,)]
        made = client.application.test_cli_runner().invoke(
            args=["account", "a@b.c"], input="a long line of words\n"
        )
        assert made.exit_code == 1
        assert made.output.startswith("Error: this database has no accounts: ")


def test_a_recipe_says_that_it_cannot_run(client: FlaskClient) -> None:
    response = client.get("/cheatsheet/count")
    assert response.status_code == 503
    assert "not prepared for the cheat sheet" in response.text
