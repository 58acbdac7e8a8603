"""A table that another inherits from has the rows of both, so that a key may have several."""

from typing import Any

import pytest

from ...postgres import Database
from .conftest import Send

TWICE = "PGRST116", "The result contains 2 rows"


@pytest.fixture
def vehicles(serve: Any) -> Send:
    return serve(
        "CREATE TABLE shop.vehicles (id int PRIMARY KEY, name text)",
        "CREATE TABLE shop.cars (doors int, PRIMARY KEY (id)) INHERITS (shop.vehicles)",
        "CREATE TABLE shop.trips (id int PRIMARY KEY, vehicle_id int REFERENCES shop.vehicles)",
        "CREATE TABLE shop.plates (id int PRIMARY KEY, trip_id int UNIQUE REFERENCES shop.trips)",
        "CREATE TABLE shop.old_plates () INHERITS (shop.plates)",
        "INSERT INTO shop.vehicles VALUES (1, 'bike'), (2, 'van')",
        "INSERT INTO shop.cars VALUES (2, 'mini', 3), (4, 'bus', 2)",
        "INSERT INTO shop.trips VALUES (1, 1), (2, 2)",
        "INSERT INTO shop.plates VALUES (1, 1), (2, 2)",
        "INSERT INTO shop.old_plates VALUES (3, 2)",
        "GRANT ALL ON ALL TABLES IN SCHEMA shop TO member",
    )


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)]
)
def test_an_address_is_of_one_row(
    vehicles: Send, database: Database, method: str, body: Any
) -> None:
    database.execute("ALTER TABLE shop.trips DROP CONSTRAINT trips_vehicle_id_fkey")
    refused = vehicles(method, "/vehicles/2", body)
    error = refused.get_json()
    assert (refused.status_code, error["code"], error["details"]) == (406, *TWICE)
    kept = database.execute("SELECT name FROM shop.vehicles WHERE id = 2 ORDER BY name")
    assert kept == [("mini",), ("van",)]
    assert vehicles(method, "/vehicles/4", body).status_code in (200, 204)


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/trips?select=id,vehicles(name)", [{"id": 1, "vehicles": {"name": "bike"}}]),
        ("/trips?select=id,...vehicles(name)", [{"id": 1, "name": "bike"}]),
        ("/trips?select=id,vehicle_id!inner(id)", [{"id": 1, "vehicle_id": {"id": 1}}]),
        ("/trips?select=id,plates(id)", [{"id": 1, "plates": {"id": 1}}]),
    ],
)
def test_an_embed_of_one_row_does_not_double_the_row_that_it_is_in(
    vehicles: Send, path: str, rows: Any
) -> None:
    refused = vehicles("GET", path)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "21000")
    assert vehicles("GET", f"{path}&id=eq.1").get_json() == rows


def test_a_list_has_the_rows_of_both(vehicles: Send) -> None:
    rows = vehicles("GET", "/vehicles?select=name,trips(id)&order=name").get_json()
    assert rows == [
        {"name": "bike", "trips": [{"id": 1}]},
        {"name": "bus", "trips": []},
        {"name": "mini", "trips": [{"id": 2}]},
        {"name": "van", "trips": [{"id": 2}]},
    ]
