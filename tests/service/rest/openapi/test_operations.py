"""The document has the operations that the API answers, and says who may."""

import pytest
from flask.testing import FlaskClient

from retort.auth.models import Account
from retort.database import db
from retort.models import Project

from .document import Document, Make, document, operations, token

pytestmark = pytest.mark.reads

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
OWN = {
    ("/", "GET"),
    ("/", "POST"),
    ("/info", "GET"),
    ("/login", "POST"),
    ("/logout", "POST"),
}


def answered(client: FlaskClient, tables: list[str], **headers: str) -> set[tuple[str, str]]:
    """The operations on these tables that the API answers, whatever it says."""
    found: set[tuple[str, str]] = set()
    for table in tables:
        for path, address in ((f"/{table}", "?id=eq.0"), (f"/{table}/{{key}}", "/0")):
            for method in METHODS:
                response = client.open(
                    f"/api/{table}{address}", method=method, headers=token(client) | headers
                )
                not_there = '"PGRST125"' in response.text or '"PGRST205"' in response.text
                if response.status_code != 405 and not not_there:
                    found.add((path, method))
    return found


@pytest.mark.alone
def test_it_has_what_the_api_answers_for_each_model_and_nothing_else(client: FlaskClient) -> None:
    tables = [table.name for table in db.metadata.sorted_tables]
    assert Account.__tablename__ in tables
    found = answered(client, tables)
    keyless = {("/notes", "PUT"), ("/notes/{key}", "PUT")}  # the database alone chooses their keys
    assert len(found | keyless) == 9 * len({path.split("/")[1] for path, _ in found})
    assert not found & keyless
    assert operations(document(client)) - OWN == found


def test_it_has_what_the_api_answers_beside_the_tables(client: FlaskClient) -> None:
    tables = {path for table in ("notes", "orders", "persons", "projects") for path in (table,)}
    own = {
        (path, method)
        for path, method in operations(document(client))
        if path.split("/")[1] not in tables
    }
    assert own == {
        (path, method)
        for path in ("/", "/info", "/login", "/logout")
        for method in METHODS
        if client.open(f"/api{path}", method=method).status_code not in (404, 405)
    }
    assert own == OWN


@pytest.mark.alone
def test_a_view_and_a_table_without_a_key_take_what_is_described(make: Make, sales: None) -> None:
    client = make(api_schemas=["public", "sales"])
    found = document(client, **{"Accept-Profile": "sales"})
    tables = ["keyless", "shown", "pairs"]
    profiles = {"Accept-Profile": "sales", "Content-Profile": "sales"}
    there = {
        (path, method) for path, method in operations(found) if path[1:].split("/")[0] in tables
    }
    assert there >= {("/keyless", "GET"), ("/shown", "GET"), ("/pairs/{key}", "PATCH")}
    assert {each for each in there if "pairs" not in each[0]} == answered(
        client, ["keyless", "shown"], **profiles
    )
    assert "keyless.new" not in found["components"]["schemas"]


def test_what_nobody_may_write_can_only_be_read(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Project, "__api__", {"write": []}, raising=False)
    found = operations(document(make()))
    assert {method for path, method in found if path.startswith("/projects")} == {"GET"}


# -- who may


def test_it_says_where_a_token_is_needed(client: FlaskClient) -> None:
    found = document(client)
    needed: list[Document] = [{"bearerAuth": []}]
    assert found["components"]["securitySchemes"]["bearerAuth"]["scheme"] == "bearer"
    assert found["security"] == [{}, *needed]
    assert "security" not in found["paths"]["/persons"]["get"]
    assert found["paths"]["/persons"]["post"]["security"] == needed
    assert found["paths"]["/persons/{key}"]["delete"]["security"] == needed
    assert found["paths"]["/notes"]["get"]["security"] == needed
    assert found["paths"]["/login"]["post"]["security"] == []


def test_it_says_which_roles(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    api = {"read": "anyone", "write": ["editor", "admin"]}
    monkeypatch.setattr(Project, "__api__", api, raising=False)
    found = document(make(api_read="token"))
    assert found["paths"]["/persons"]["get"]["security"] == [{"bearerAuth": []}]
    assert "security" not in found["paths"]["/projects"]["get"]
    assert found["paths"]["/projects"]["patch"]["security"] == [
        {"bearerAuth": ["admin"]},
        {"bearerAuth": ["editor"]},
    ]
