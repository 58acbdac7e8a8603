"""Where the document is, of which schema and in which form."""

import pytest
from flask.testing import FlaskClient

from ...postgres import Database
from .document import Make, document, names

pytestmark = pytest.mark.reads


@pytest.mark.alone
def test_another_schema_is_asked_for_by_its_profile(make: Make, sales: None) -> None:
    client = make(api_schemas=["public", "sales"])
    first, other = document(client), document(client, **{"Accept-Profile": "sales"})
    assert "/persons" in first["paths"]
    assert "/types" not in first["paths"]
    assert "/persons" not in other["paths"]
    profiles = ["Accept-Profile", "Content-Profile"]
    assert names(other, other["paths"]["/types"]) == profiles
    assert names(other, other["paths"]["/pairs/{key}"]) == ["key", *profiles]
    assert other["components"]["parameters"]["Accept-Profile"]["schema"]["enum"] == ["sales"]
    assert names(first, first["paths"]["/persons"]) == []
    refused = client.get("/api/", headers={"Accept-Profile": "nowhere"})
    assert refused.get_json()["code"] == "PGRST106"


@pytest.mark.parametrize(
    ("accept", "type_"),
    [
        ("*/*", "application/json"),
        ("text/html,*/*;q=0.8", "application/json"),
        ("application/json", "application/json"),
        ("application/openapi+json", "application/openapi+json"),
    ],
)
def test_its_media_type_is_the_one_asked_for(client: FlaskClient, accept: str, type_: str) -> None:
    assert client.get("/api/", headers={"Accept": accept}).mimetype == type_


def test_no_other_media_type_is_there(client: FlaskClient) -> None:
    response = client.get("/api/", headers={"Accept": "text/csv"})
    assert (response.status_code, response.get_json()["code"]) == (406, "PGRST107")


def test_it_has_an_address_with_a_name(client: FlaskClient) -> None:
    assert document(client, "/api/openapi.json") == document(client)


@pytest.mark.parametrize(
    ("prefix", "base", "address"),
    [
        ("/api", "http://localhost", "/api"),
        ("/v1/data", "http://localhost/behind", "/behind/v1/data"),
        ("", "http://localhost", "/"),
    ],
)
def test_it_names_where_it_is(make: Make, prefix: str, base: str, address: str) -> None:
    client = make(api_prefix=prefix)
    response = client.get(f"{prefix}/openapi.json", base_url=base)
    assert response.get_json()["servers"] == [{"url": address}]
    assert "http:" not in response.text
    page = client.get(f"{prefix}/docs", base_url=base)
    assert f'data-url="{address.rstrip("/")}/openapi.json"' in page.text


def test_a_table_of_the_same_name_comes_first(make: Make, sales: None, database: Database) -> None:
    database.execute(
        "CREATE TABLE sales.docs (id int PRIMARY KEY)",
        "CREATE TABLE sales.info (id int PRIMARY KEY)",
        "INSERT INTO sales.docs VALUES (7)",
        "INSERT INTO sales.info VALUES (8)",
        "GRANT SELECT ON ALL TABLES IN SCHEMA sales TO PUBLIC",
    )
    client = make(api_schemas=["sales"])
    assert client.get("/api/docs").get_json() == [{"id": 7}]
    assert client.get("/api/docs/7").get_json() == {"id": 7}
    assert client.get("/api/info").get_json() == [{"id": 8}]
    assert document(client)["paths"]["/info"]["get"]["tags"] == ["info"]


@pytest.mark.alone
def test_a_table_without_an_address_is_left_out(make: Make, sales: None) -> None:
    client = make(api_schemas=["sales"])
    found = document(client)
    assert "/odd%20-name-/{key}" in found["paths"]
    assert not [path for path in found["paths"] if "%2F" in path]
    assert "odd/name" not in {tag["name"] for tag in found["tags"]}
    assert client.get("/api/odd%2Fname").status_code == 404
