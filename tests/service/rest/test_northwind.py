"""A database that was there first, prepared by nobody but its owner, as the manual says."""

import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from retort.auth.tokens import tokens
from retort.database import db
from retort.models import Order

from ..application import application, settings_on
from ..page import Page
from ..postgres import Database, Server, execute

ROOT = Path(__file__).parents[3]
MANUAL = ROOT / "web/retort/rest/README.md"
CLASSIC = {"Accept-Profile": "Northwind Classic", "Content-Profile": "Northwind Classic"}
AS_IT_IS = {"ready": True, "database": "ok", "schema": "served as it is, without db-init"}


def steps(role: str, schema: str = "public") -> list[str]:
    """What the manual tells the owner to do, for roles that are this test's alone."""
    section = MANUAL.read_text(encoding="utf-8").split("\n## An existing database\n")[1]
    sql = section.split("```sql\n")[1].split("```")[0]
    sql = re.sub(r"\bweb\b", role, sql.replace("web_member", f"{role}_member"))
    return sql.replace("public", schema).replace("…", "hunter2").split(";\n")[:-1]


@contextmanager
def northwind(server: Server) -> Generator[Database]:
    """Give a Northwind of its own, with the roles that the manual asks for."""
    role = f"web_{secrets.token_hex(4)}"
    try:
        with server.empty() as owner:
            execute(owner, (ROOT / "tests/service/rest/northwind.sql").read_text(encoding="utf-8"))
            execute(owner, *steps(role), *steps(role, '"Northwind Classic"')[3:])
            yield Database(owner, owner.set(username=role, password="hunter2"))
    finally:
        execute(server.url("postgres"), f"DROP ROLE IF EXISTS {role}, {role}_member")


@contextmanager
def serving(database: Database, **changed: str) -> Generator[FlaskClient]:
    """Give a client of an application that serves it."""
    given = {"API_SCHEMAS": "public,Northwind Classic"} | changed
    with application(settings_on(database.web, **given)) as app:
        yield app.test_client()


@pytest.fixture(scope="module")
def shared(server: Server) -> Generator[Database]:
    """One for all tests that leave it as it is."""
    with northwind(server) as database:
        yield database


@pytest.fixture(scope="module")
def client(shared: Database) -> Generator[FlaskClient]:
    with serving(shared) as client:
        yield client


@pytest.fixture
def changing(server: Server) -> Generator[Database]:
    with northwind(server) as database:
        yield database


@pytest.fixture
def member(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(client.application).issue('me')}"}


def rows(client: FlaskClient, path: str, **options: Any) -> Any:
    response = client.get(path, **options)
    assert response.status_code == 200, response.text
    return response.get_json()


# -- what is served


def test_a_table_called_as_a_model_is_served_as_the_database_has_it(client: FlaskClient) -> None:
    assert rows(client, "/api/orders?order=order_id&limit=1") == [
        {
            "order_id": 10248,
            "customer_id": "VINET",
            "employee_id": 5,
            "order_date": "1996-07-04",
        }
    ]
    assert rows(client, "/api/orders/10643")["customer_id"] == "ALFKI"


def test_its_keys_are_followed(client: FlaskClient) -> None:
    path = "/api/orders?select=order_id,customers(company_name),order_details(quantity,products("
    path += "product_name,categories(category_name)))&order_id=eq.10643"
    assert rows(client, path) == [
        {
            "order_id": 10643,
            "customers": {"company_name": "Alfreds Futterkiste"},
            "order_details": [
                {
                    "quantity": 20,
                    "products": {
                        "product_name": "Aniseed Syrup",
                        "categories": {"category_name": "Condiments"},
                    },
                }
            ],
        }
    ]
    through = rows(client, "/api/products?select=product_name,orders(order_id)&product_id=eq.1")
    assert through == [{"product_name": "Chai", "orders": [{"order_id": 10248}]}]


def test_a_table_may_refer_to_itself(client: FlaskClient) -> None:
    path = "/api/employees?select=last_name,boss:reports_to(last_name)&employee_id=eq.1"
    assert rows(client, path) == [{"last_name": "Davolio", "boss": {"last_name": "Fuller"}}]


def test_names_may_be_in_mixed_case_and_have_spaces(
    client: FlaskClient, member: dict[str, str]
) -> None:
    path = '/api/Order%20Details?select="Unit Price",Orders("Ship City",Customers("Company Name"))'
    assert rows(client, path + '&"Line No"=eq.1', headers=CLASSIC) == [
        {
            "Unit Price": 45.6,
            "Orders": {"Ship City": "Berlin", "Customers": {"Company Name": "Alfreds Futterkiste"}},
        }
    ]
    new = client.post(
        "/api/Order%20Details",
        json={"OrderID": 1, "Line No": 3, "Unit Price": 2.5},
        headers=CLASSIC | member,
    )
    assert new.status_code == 201
    assert rows(client, "/api/Order%20Details/1,3", headers=CLASSIC)["Unit Price"] == 2.5
    hint = client.get("/api/ORDERS", headers=CLASSIC).get_json()["hint"]
    assert hint == "Perhaps you meant the table 'Northwind Classic.Orders'"


def test_tables_called_as_the_log_ins_are_served_if_they_are_not_that(client: FlaskClient) -> None:
    path = "/api/accounts?select=account_id,customers(company_name)"
    assert rows(client, path) == [
        {"account_id": 7, "customers": {"company_name": "Alfreds Futterkiste"}}
    ]
    assert len(rows(client, "/api/login_attempts")) == 1


def test_a_model_does_not_fit_where_a_column_holds_something_else(client: FlaskClient) -> None:
    assert rows(client, "/api/projects")[0]["budget"] == 1000


def test_what_a_model_says_of_who_may_holds_for_the_table(
    client: FlaskClient, member: dict[str, str]
) -> None:
    assert client.get("/api/notes").status_code == 401
    assert rows(client, "/api/notes", headers=member) == [{"note_id": 1, "body": "call them"}]


@pytest.mark.parametrize("table", ["persons", "persons_projects"])
def test_a_model_without_a_table_is_not_there(client: FlaskClient, table: str) -> None:
    response = client.get(f"/api/{table}")
    assert (response.status_code, response.get_json()["code"]) == (404, "PGRST205")
    assert table not in client.get("/tables").text
    assert table not in client.get("/api/openapi.json").text


def test_a_model_is_served_where_the_table_has_its_columns(changing: Database) -> None:
    """And those alone."""
    changing.execute(
        "CREATE TABLE persons (id int PRIMARY KEY, name varchar(9), email text, manager_id int "
        "REFERENCES persons, tags varchar(9)[], profile json, version smallint DEFAULT 1, "
        "created_at timestamp, updated_at date, secret text, code int UNIQUE)",
        "CREATE TABLE visits (id int PRIMARY KEY, person_id int REFERENCES persons, "
        "code int REFERENCES persons (code))",
        "INSERT INTO persons VALUES (1, 'Ann', NULL, NULL, '{}', '{}', 1, now(), now(), 'x', 5)",
        "INSERT INTO visits VALUES (1, 1, 5)",
        f"GRANT SELECT ON persons, visits TO {changing.web.username}",
    )
    with serving(changing) as client:
        (ann,) = rows(client, "/api/persons")
        assert {"name", "updated_at"} <= ann.keys()
        assert "secret" not in ann
        assert rows(client, "/api/visits?select=persons(name)") == [{"persons": {"name": "Ann"}}]
        # A key to a column that the model has not leads nowhere.
        assert client.get("/api/visits?select=code(*)").status_code == 400
        assert client.get("/", headers={"Accept": "*/*"}).text == "Hello, Ann!\n"
        assert client.get("/tables/visits/1").status_code == 200


@pytest.mark.parametrize(
    "api", [False, {"hidden": {"amount"}}, {"before": print}, {"after": print}]
)
def test_a_table_is_not_served_where_only_its_model_could_keep_what_it_says(
    shared: Database, monkeypatch: pytest.MonkeyPatch, api: Any
) -> None:
    monkeypatch.setattr(Order, "__api__", api, raising=False)
    with serving(shared) as client:
        assert client.get("/api/orders").status_code == 404
        assert client.get("/api/customers?select=orders(*)").status_code == 400
        assert client.get("/api/products?select=order_details(*)").status_code == 200


def test_the_start_tells_which_model_does_not_fit(
    shared: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(shared, LOG_FORMAT="text"):
        said = capsys.readouterr()
    line = (
        "the table orders does not have the columns of its model: id, person_id, status, amount, "
    )
    assert line + "placed_at; it is served without the model" in said.err + said.out


# -- what is written


def test_rows_are_written_one_by_one_and_in_a_batch(
    client: FlaskClient, member: dict[str, str]
) -> None:
    new = {"order_id": 1, "customer_id": "VINET"}
    assert client.post("/api/orders", json=new).status_code == 401
    assert client.post("/api/orders", json=new, headers=member).status_code == 201
    change = client.patch("/api/orders/1", json={"customer_id": "ALFKI"}, headers=member)
    assert change.status_code == 204
    put = client.put("/api/order_details/1,2", json={"quantity": 3}, headers=member)
    assert put.status_code == 201
    batch = client.post(
        "/api/",
        json=[
            {"method": "DELETE", "path": "/order_details?order_id=eq.1"},
            {"method": "DELETE", "path": "/orders/1"},
            {"path": "/orders?select=order_id,order_details(quantity)&order=order_id"},
        ],
        headers=member,
    )
    assert batch.status_code == 200
    assert [row["order_id"] for row in batch.get_json()[2]["body"]] == [10248, 10643]
    wrong = client.post("/api/orders", json={"id": 1}, headers=member)
    assert (wrong.status_code, wrong.get_json()["code"]) == (400, "PGRST204")


def test_a_view_can_only_be_read(client: FlaskClient, member: dict[str, str]) -> None:
    assert len(rows(client, "/api/orders_by_customer")) == 2
    assert client.delete("/api/orders_by_customer?orders=eq.1", headers=member).status_code == 405


# -- everything beside it


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
            args=["account", "a@b.c"], input="0123456789\n"
        )
        assert made.exit_code == 1
        assert made.output.startswith("Error: this database has no accounts: ")


def test_a_recipe_says_that_it_cannot_run(client: FlaskClient) -> None:
    response = client.get("/cheatsheet/count")
    assert response.status_code == 503
    assert "not prepared for the cheat sheet" in response.text


def test_a_read_is_one_round_trip_there_too(client: FlaskClient) -> None:
    sent: list[str] = []
    with client.application.app_context():
        engine = db.engines["read"]

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    rows(client, "/api/orders?select=*,order_details(*)")
    event.remove(engine, "before_cursor_execute", note)
    assert len(sent) == 1
