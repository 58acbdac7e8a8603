"""An answer has so many rows at the most, and says where it was cut."""

import json

import pytest
from flask import Flask

from ..application import MakeApp
from ..postgres import Database

pytestmark = pytest.mark.reads

NDJSON = {"Accept": "application/x-ndjson"}
ALL_IN_ONE = "INSERT INTO persons_projects SELECT persons.id, 1 FROM persons ON CONFLICT DO NOTHING"


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
    assert len(app.test_client().get("/api/persons", headers=NDJSON).text.splitlines()) == 6


@pytest.mark.alone
@pytest.mark.parametrize("embed", ["persons(id)", "...persons(persons:id)"])
def test_and_every_row_of_each_embed(app: Flask, database: Database, embed: str) -> None:
    database.execute(ALL_IN_ONE)
    path = f"/api/projects?id=eq.1&select={embed}"
    line = json.loads(app.test_client().get(path, headers=NDJSON).text)
    assert len(line["persons"]) == 6
    assert len(app.test_client().get(path).get_json()[0]["persons"]) == 2


@pytest.mark.alone
def test_a_row_whose_embeds_have_too_many_bytes_ends_a_stream(
    make_app: MakeApp, database: Database
) -> None:
    database.execute(
        ALL_IN_ONE,
        "DELETE FROM persons_projects WHERE project_id <> 1",
        "UPDATE persons SET profile = jsonb_build_object('text', repeat('x', 5000))",
    )
    client = make_app(api_max_bytes=20_000).test_client()
    path = "/api/projects?select=id,persons(profile)&order=id"
    response = client.get(path, headers=NDJSON)
    assert (response.status_code, response.get_json()["code"]) == (413, "54000")
    with pytest.raises(ConnectionResetError):
        _ = client.get(f"{path}.desc", headers=NDJSON).data
    response = client.get(f"{path}&persons.limit=3", headers=NDJSON)
    assert len(response.data) > 15_000


@pytest.mark.alone
def test_it_holds_few_rows_with_embeds_as_any_of_them_may_be_large(
    app: Flask, database: Database, statements: list[str]
) -> None:
    database.execute("INSERT INTO projects (name) SELECT 'p' || n FROM generate_series(1, 600) n")
    for select, most in (("id,persons(id)", 64), ("id", 1000)):
        statements.clear()
        app.test_client().get(f"/api/projects?select={select}", headers=NDJSON).get_data()
        fetched = [int(sent.split()[2]) for sent in statements if sent.startswith("FETCH")]
        assert max(fetched) == most
