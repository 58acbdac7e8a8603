"""A partitioned table is one table, and its partitions are none. Tables that inherit are tables of
their own."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from ...page import Page
from .conftest import Rows

PARTITIONS = ["events_1", "events_2", "events_2a", "events_2b"]


@pytest.mark.parametrize("name", PARTITIONS)
def test_a_partition_is_no_resource(client: FlaskClient, name: str, refused: Rows) -> None:
    assert refused(name)[:2] == (404, "PGRST205")
    assert refused(f"visits?select={name}(*)")[:2] == (400, "PGRST200")
    assert client.get(f"/tables/ways.{name}").status_code == 404


def test_nor_is_it_told_of(client: FlaskClient) -> None:
    for path in ("/api/openapi.json", "/api/info", "/tables"):
        text = client.get(path).text
        assert "events" in text
        assert not [name for name in PARTITIONS if name in text]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("visits?select=x:events(id)", [{"id": 1}, {"id": 2}, {"id": 2}]),
        ("visits?select=x:visits_event_id_day_fkey(id)", [{"id": 1}, {"id": 2}, {"id": 2}]),
        ("events?select=x:visits(id)", [[{"id": 1}], [{"id": 2}, {"id": 3}], []]),
        ("events?select=x:places(id)", [{"id": 1}, {"id": 1}, {"id": 2}]),
        ("events?select=x:place(id)", [{"id": 1}, {"id": 1}, {"id": 2}]),
        ("places?select=x:events(id)", [[{"id": 1}, {"id": 2}], [{"id": 3}]]),
        ("places?select=x:events!place(id)", [[{"id": 1}, {"id": 2}], [{"id": 3}]]),
        ("events?select=x:events(id)", [[{"id": 3}], [], []]),
        ("events?select=x:events!after(id)", [[{"id": 3}], [], []]),
        ("events?select=x:after(id)", [None, None, {"id": 1}]),
        ("places?select=x:events(visits(id))", None),
        # Of those that inherit, each has the keys that it says itself.
        ("places?select=x:cities(id)", [[{"id": 1}, {"id": 2}], []]),
        ("places?select=x:capitals(id)", [[], [{"id": 2}]]),
        ("cities?select=x:places(id)", [{"id": 1}, {"id": 1}]),
        ("capitals?select=x:places(id)", [{"id": 2}]),
    ],
)
def test_keys_lead_there_and_back_once(rows: Rows, path: str, found: list[Any] | None) -> None:
    asked = [row["x"] for row in rows(f"{path}&order=id&x.order=id" if "(id)" in path else path)]
    assert found is None or asked == found


@pytest.mark.parametrize(
    ("path", "link", "leads"),
    [
        ("/tables/ways.visits/1", "ways.events", "/tables/ways.events/1,5"),
        ("/tables/ways.events/3,15", "place", "/tables/ways.places/2"),
    ],
)
def test_a_row_s_page_leads_to_the_whole(
    client: FlaskClient, path: str, link: str, leads: str
) -> None:
    page = Page(client.get(path))
    assert page.links[link] == leads
    assert client.get(leads).status_code == 200


def test_the_page_of_a_row_counts_those_that_point_there(client: FlaskClient) -> None:
    page = Page(client.get("/tables/ways.places/1"))
    counts = {cells[2]: cells[1] for cells in page.rows if cells[-1].startswith("ways.")}
    assert counts["ways.events.place → id"] == "2"
    assert counts["ways.cities.place → id"] == "2"
    assert counts["ways.capitals.state → id"] == "0"
