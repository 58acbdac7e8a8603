"""The parameters that each operation has."""

import re

import pytest
from flask.testing import FlaskClient

from ...postgres import Database
from .document import TEXT, Make, columns, document, names

pytestmark = pytest.mark.reads


def test_every_column_can_be_compared_with(client: FlaskClient) -> None:
    found = document(client)
    item = found["paths"]["/orders"]
    for method in ("get", "patch", "delete"):
        assert set(columns(found, "orders")) <= set(names(found, item[method]))
    assert not set(columns(found, "orders")) & set(names(found, item["post"]))
    amount = found["components"]["parameters"]["orders.amount"]
    pattern = amount["schema"]["pattern"]
    assert amount == {
        "name": "amount",
        "in": "query",
        "description": "numeric(12, 2), as in `eq.…`",
        "schema": TEXT | {"pattern": pattern},
    }
    taken = ("eq.1", "not.in.(1,2)", "like(any).{a,b}", "is.null", "fts(english).a")
    assert all(re.search(pattern, each) for each in taken)
    assert not any(re.search(pattern, each) for each in ("", "1", "eq", "same.1", "xeq.1"))


def test_the_key_in_an_address_has_the_type_of_its_column(client: FlaskClient) -> None:
    (key,) = document(client)["paths"]["/orders/{key}"]["parameters"]
    assert key["schema"] == {"type": "integer", "format": "int64"}


def test_each_operation_has_its_parameters(client: FlaskClient) -> None:
    found = document(client)
    table, row = found["paths"]["/projects"], found["paths"]["/projects/{key}"]
    mine = ["id", "name", "and", "or"]
    assert {method: names(found, table[method]) for method in table if method != "parameters"} == {
        "get": ["select", "order", "limit", "offset", "Range", "Prefer", *mine],
        "post": ["select", "columns", "on_conflict", "Prefer"],
        "patch": ["select", "columns", "Prefer", *mine],
        "put": ["select", "Prefer", "id"],
        "delete": ["select", "Prefer", *mine],
    }
    assert {method: names(found, row[method]) for method in row if method != "parameters"} == {
        "get": ["select", "If-None-Match", "Prefer"],
        "patch": ["select", "columns", "If-Match", "Prefer"],
        "put": ["select", "If-Match", "If-None-Match", "Prefer"],
        "delete": ["select", "If-Match", "Prefer"],
    }
    assert row["parameters"][0]["name"] == "key"
    assert table["get"]["description"] == "`select` may embed `persons(*)`."


def test_names_that_need_quotes(make: Make, sales: None, database: Database) -> None:
    database.execute("""INSERT INTO sales."odd {name}" VALUES (1, 2, 3), (2, 3, 4)""")
    client = make(api_schemas=["sales"])
    found = document(client)
    paths = [path for path in found["paths"] if path.startswith("/odd")]
    assert paths == [
        "/odd%20-name-",
        "/odd%20-name-/{key}",
        "/odd%20%7Bname%7D",
        "/odd%20%7Bname%7D/{key}",
    ]
    given = names(found, found["paths"]["/odd%20%7Bname%7D"]["get"])
    assert given.count("order") == 1
    assert '"a.b"' in given
    rows = client.get("/api/odd%20%7Bname%7D", query_string={'"a.b"': "eq.3"}).get_json()
    assert rows == [{"id": 2, "a.b": 3, "order": 4}]
