"""A partitioned table is written like any other."""

from typing import Any

import pytest

from .conftest import Send

SHOWN = "return=representation"


@pytest.fixture
def cars(serve: Any) -> Send:
    return serve(
        "CREATE TABLE shop.cars (name text, year int, brand text, PRIMARY KEY (name, year)) "
        "PARTITION BY LIST (year)",
        "CREATE TABLE shop.cars_old PARTITION OF shop.cars FOR VALUES IN (1981, 2001)",
        # With its columns in another order
        "CREATE TABLE shop.cars_new (brand text, year int NOT NULL, name text NOT NULL)",
        "ALTER TABLE shop.cars ATTACH PARTITION shop.cars_new FOR VALUES IN (2021)",
        "INSERT INTO shop.cars VALUES ('DeLorean', 1981, 'DMC')",
        "GRANT ALL ON ALL TABLES IN SCHEMA shop TO member",
    )


def test_rows_are_inserted(cars: Send) -> None:
    rows = [{"name": "Enzo", "year": 2001}, {"name": "Roma", "year": 2021}]
    new = cars("POST", "/cars?select=name,year", rows, Prefer=f"{SHOWN},count=exact")
    assert (new.status_code, new.get_json(), new.headers["Content-Range"]) == (201, rows, "*/2")
    one = cars("POST", "/cars", {"name": "F", "year": 2021}, Prefer="return=headers-only")
    assert one.headers["Location"] == "/api/cars?name=eq.F&year=eq.2021"


@pytest.mark.parametrize(
    ("resolution", "years", "status", "names"),
    [
        ("merge-duplicates", (1981, 2021), 201, ["DeLorean", "DeLorean"]),
        ("merge-duplicates", (1981,), 200, ["DeLorean"]),
        ("ignore-duplicates", (1981, 2021), 201, ["DeLorean"]),
        ("ignore-duplicates", (1981,), 201, []),
    ],
)
def test_an_upsert_tells_what_is_new(
    cars: Send, resolution: str, years: tuple[int, ...], status: int, names: list[str]
) -> None:
    rows = [{"name": "DeLorean", "year": year, "brand": "D"} for year in years]
    answer = cars("POST", "/cars", rows, Prefer=f"resolution={resolution},{SHOWN}")
    assert (answer.status_code, [row["name"] for row in answer.get_json()]) == (status, names)


def test_put_tells_whether_the_row_is_new(cars: Send) -> None:
    for status in (201, 204):
        address = "/cars?name=eq.Supra&year=eq.2021"
        assert cars("PUT", address, {"name": "Supra", "year": 2021}).status_code == status
    for status in (201, 204):
        assert cars("PUT", "/cars/Celica,2001", {"brand": "Toyota"}).status_code == status


def test_rows_are_changed_moved_and_deleted_by_their_version(cars: Send) -> None:
    tag = cars("GET", "/cars/DeLorean,1981").headers["ETag"]
    moved = cars("PATCH", "/cars/DeLorean,1981", {"year": 2021}, If_Match=tag, Prefer=SHOWN)
    assert moved.get_json() == {"name": "DeLorean", "year": 2021, "brand": "DMC"}
    there = cars("GET", "/cars/DeLorean,2021")
    assert there.headers["ETag"] == moved.headers["ETag"] != tag
    assert cars("DELETE", "/cars/DeLorean,2021", If_Match=tag).status_code == 412
    gone = cars("DELETE", "/cars?year=eq.2021", Prefer=f"{SHOWN},count=exact")
    assert (gone.headers["Content-Range"], len(gone.get_json())) == ("*/1", 1)
