"""An answer has so many rows at the most, and says where it was cut."""

import pytest
from flask import Flask

from ..application import MakeApp

pytestmark = pytest.mark.reads


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(api_max_rows=2)


@pytest.mark.parametrize("query", ["order=id", "order=id&limit=5"])
def test_what_is_cut_says_so_and_where_it_goes_on(app: Flask, query: str) -> None:
    client, found, url = app.test_client(), list[int](), f"/api/persons?select=id&{query}"
    while url:
        response = client.get(url)
        found += [row["id"] for row in response.get_json()]
        link = response.headers.get("Link", "")
        assert (response.status_code == 206) == bool(link)
        url = link.removeprefix("<").removesuffix('>; rel="next"')
    assert found == ([1, 2, 3, 4, 5, 6] if query == "order=id" else [1, 2, 3, 4, 5])


@pytest.mark.parametrize("query", ["limit=2", "limit=1", "id=lt.3", "order=id.desc&id=gt.4"])
def test_what_is_whole_says_nothing(app: Flask, query: str) -> None:
    response = app.test_client().get(f"/api/persons?{query}")
    assert response.status_code == 200
    assert "Link" not in response.headers


def test_an_estimate_counts_no_further(app: Flask) -> None:
    response = app.test_client().get("/api/persons", headers={"Prefer": "count=estimated"})
    assert int(response.headers["Content-Range"].rpartition("/")[2]) >= 3


def test_a_stream_has_every_row(app: Flask) -> None:
    response = app.test_client().get("/api/persons", headers={"Accept": "application/x-ndjson"})
    assert len(response.text.splitlines()) == 6
