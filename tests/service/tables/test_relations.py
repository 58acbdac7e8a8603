"""From a row to those that are related to it."""

import pytest
from flask.testing import FlaskClient

from ..postgres import Database
from .browser import get, names

pytestmark = pytest.mark.reads


def test_related_rows_are_counted_up_to_a_hundred(client: FlaskClient, database: Database) -> None:
    database.execute(
        "INSERT INTO persons (name, manager_id) SELECT 'p', 2 FROM generate_series(1, 99)",
        "UPDATE persons SET manager_id = 1 WHERE manager_id = 2 AND name <> 'p'",
    )
    assert ["reports", "99"] in [cells[:2] for cells in get(client, "/tables/persons/2").rows]
    database.execute("INSERT INTO persons (name, manager_id) VALUES ('q', 2), ('q', 2)")
    more = get(client, "/tables/persons/2")
    assert ["reports", "100+"] in [cells[:2] for cells in more.rows]


def test_a_foreign_key_leads_to_its_row(client: FlaskClient) -> None:
    page = get(client, "/tables/orders?id=eq.3")
    url = page.links["3"]
    assert url == "/tables/orders/3"
    assert "/tables/persons/3" in page.html
    assert "<h1>persons 3</h1>" in get(client, "/tables/persons/3").html


def test_a_row_leads_to_those_that_point_at_it(client: FlaskClient) -> None:
    row = get(client, "/tables/persons/1")
    assert dict(cells[:2] for cells in row.rows)["orders"] == "2"
    assert get(client, row.links["orders"]).columns["id"] == ["1", "4"]
    assert dict(cells[:2] for cells in row.rows)["reports"] == "2"
    assert names(get(client, row.links["reports"])) == ["Ben", "Chloé"]


def test_a_row_leads_through_an_association_table(client: FlaskClient) -> None:
    row = get(client, "/tables/persons/4")
    assert dict(cells[:2] for cells in row.rows)["projects"] == "2"
    page = get(client, row.links["projects"])
    assert names(page) == ["Alembic still", "Funnel"]
    back = get(client, "/tables/projects/3")
    assert names(get(client, back.links["persons"])) == ["Chloé", "Freya"]


def test_a_row_leads_to_the_one_it_points_to(client: FlaskClient) -> None:
    assert get(client, "/tables/persons/4").links["manager"] == "/tables/persons/2"
    assert "manager" not in get(client, "/tables/persons/1").links
