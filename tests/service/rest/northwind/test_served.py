"""Its tables are served as the database has them, to be read and to be written."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from retort.database import db
from retort.models import Order

from ...postgres import Database
from .database import rows, serving

CLASSIC = {"Accept-Profile": "Northwind Classic", "Content-Profile": "Northwind Classic"}


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


def test_a_view_of_sums_can_only_be_read(client: FlaskClient, member: dict[str, str]) -> None:
    assert len(rows(client, "/api/orders_by_customer")) == 2
    assert client.delete("/api/orders_by_customer?orders=eq.1", headers=member).status_code == 405


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
