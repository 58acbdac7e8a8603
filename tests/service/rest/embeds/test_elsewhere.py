"""Keys lead to other served schemas, and into no other."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from .conftest import Rows


@pytest.mark.parametrize(
    ("path", "schema", "found"),
    [
        ("trips?select=x:stars(id)", "ways", [{"id": 1}]),
        ("trips?select=x:star(id)", "ways", [{"id": 1}]),
        ("trips?select=x:stars!star(id)", "ways", [{"id": 1}]),
        ("trips?select=x:stars!inner(id)", "ways", [{"id": 1}]),
        ("stars?select=x:trips(id)", "far", [[{"id": 1}]]),
        ("stars?select=x:trips!trips_star_fkey(stars(id))", "far", [[{"stars": {"id": 1}}]]),
        # A table of the same schema is meant before one of another.
        ("trips?select=x:places(id)", "ways", [{"id": 1}]),
        ("trips?select=x:places!near(id)", "ways", [{"id": 1}]),
        ("trips?select=x:places!away(id)", "ways", [{"id": 2}]),
        ("trips?select=x:away(id)", "ways", [{"id": 2}]),
        ("places?select=x:trips(id)&id=eq.2", "far", [[{"id": 1}]]),
    ],
)
def test_a_key_leads_across(rows: Rows, path: str, schema: str, found: list[Any]) -> None:
    assert [row["x"] for row in rows(path, schema)] == found


def test_what_nobody_serves_leads_nowhere(refused: Rows) -> None:
    assert refused("places?select=stars(*)")[:2] == (400, "PGRST200")
    assert refused("notes?select=links(*)")[:2] == (400, "PGRST200")


def test_both_tables_have_their_pages(client: FlaskClient) -> None:
    page = client.get("/tables/ways.trips/1").text
    for url in ("/tables/far.stars/1", "/tables/ways.places/1", "/tables/far.places/2"):
        assert url in page
        assert client.get(url).status_code == 200


def test_a_foreign_table_is_served(client: FlaskClient) -> None:
    found = client.get("/api/info").get_json()["resources"]["ways"]["abroad"]
    assert found == {"columns": ["id", "name"], "key": [], "writable": False}
    row = client.get("/api/openapi.json").get_json()["components"]["schemas"]["abroad"]
    assert row["description"] == "Not here."
    assert "/tables/ways.abroad" in client.get("/tables").text
    # Postgres is asked for its rows.
    body = client.get("/api/abroad?select=name&id=eq.1").get_json()
    assert body["message"] == 'foreign-data wrapper "nothing" has no handler'
