"""A database that nobody wrote models for."""

import html

import pytest
from flask.testing import FlaskClient

from ..application import MakeApp
from ..postgres import Database
from .browser import get

pytestmark = pytest.mark.reads


@pytest.fixture
def odd(make_app: MakeApp, database: Database) -> FlaskClient:
    """A client where tables have the names that people give them."""
    database.execute(
        "CREATE SCHEMA sales",
        'CREATE TABLE sales."odd, one" (a text, b int, "order" int, "x y, z" text, '
        "PRIMARY KEY (a, b))",
        "INSERT INTO sales.\"odd, one\" VALUES ('one', 1, 2, 'x'), ('a/b', 2, 1, NULL)",
        "CREATE TABLE sales.parts (id int PRIMARY KEY, whole int REFERENCES sales.parts, "
        'a text, b int, FOREIGN KEY (a, b) REFERENCES sales."odd, one")',
        "INSERT INTO sales.parts VALUES (1, NULL, 'a/b', 2), (2, 1, NULL, NULL)",
        # Two ways to one table, and a table that is called as a column is.
        "CREATE TABLE sales.a (id int PRIMARY KEY, made_of int REFERENCES sales.parts, "
        "kept_in int REFERENCES sales.parts)",
        "INSERT INTO sales.a VALUES (1, 1, 2), (2, 1, 1)",
        "CREATE TABLE sales.things (id int PRIMARY KEY)",
        "CREATE TABLE sales.pairs (one int REFERENCES sales.things, other int REFERENCES "
        "sales.things, PRIMARY KEY (one, other))",
        "INSERT INTO sales.things VALUES (1), (2)",
        "INSERT INTO sales.pairs VALUES (1, 2)",
        'CREATE TABLE sales."or/and" (id int PRIMARY KEY, part int REFERENCES sales.parts)',
        "CREATE VIEW sales.texts AS SELECT repeat('long ', 100) AS text",
        f"GRANT USAGE ON SCHEMA sales TO {database.web.username}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA sales TO {database.web.username}",
    )
    return make_app(api_schemas=["public", "sales"]).test_client()


@pytest.mark.alone
def test_the_tables_of_all_schemas_are_there(odd: FlaskClient) -> None:
    links = get(odd, "/tables").links
    assert {"sales.odd, one", "sales.parts", "sales.texts", "persons"} <= links.keys()
    for url in links.values():
        assert get(odd, url).status in (200, 401)


@pytest.mark.alone
def test_a_table_without_an_address_is_left_out(odd: FlaskClient) -> None:
    for path in ("/tables", "/tables/sales.parts/1", "/tables/sales.ors", "/api/docs"):
        assert "or/and" not in get(odd, path).html


@pytest.mark.alone
def test_a_request_about_another_schema_says_which(odd: FlaskClient) -> None:
    page = get(odd, "/tables/sales.parts")
    assert "-H 'Accept-Profile: sales'" in html.unescape(page.html)
    # A link would ask for the first schema's; only the head has one.
    assert [url for url in page.links.values() if url.startswith("/api")] == ["/api/docs"]


@pytest.mark.parametrize(
    ("column", "value"), [("order", "2"), ("x y, z", "x"), ("a", "one"), ("b", "1")]
)
@pytest.mark.alone
def test_a_column_may_have_any_name(odd: FlaskClient, column: str, value: str) -> None:
    page = get(odd, "/tables/sales.odd, one")
    found = get(odd, page.sent(column=column, operator="eq", value=value))
    assert found.status == 200
    assert found.columns["a"] == ["one"]
    clicks = [page := get(odd, page.links[column]) for _ in range(3)]
    assert [one.status for one in clicks] == [200] * 3
    assert any('aria-sort="descending"' in one.html for one in clicks)


@pytest.mark.alone
def test_a_key_of_two_columns_leads_to_its_row(odd: FlaskClient) -> None:
    page = get(odd, "/tables/sales.odd, one")
    assert page.columns["Row"] == ["a/b,2", "one,1"]
    row = get(odd, page.links["one,1"])
    assert row.status == 200
    assert dict(cells[:2] for cells in row.rows)["order"] == "2"
    row = get(odd, page.links["a/b,2"])
    assert dict(cells[:2] for cells in row.rows)["a"] == "a/b"


@pytest.mark.alone
def test_relations_need_no_names_of_an_orm(odd: FlaskClient) -> None:
    row = get(odd, "/tables/sales.parts/1")
    assert row.status == 200
    there = get(odd, row.links["sales.odd, one"])
    assert dict(cells[:2] for cells in there.rows)["a"] == "a/b"
    assert get(odd, "/tables/sales.parts/2").links["whole"] == "/tables/sales.parts/1"


@pytest.mark.alone
def test_each_of_two_ways_to_a_table_is_counted_by_itself(odd: FlaskClient) -> None:
    row = get(odd, "/tables/sales.parts/1")
    counts = {cells[2]: cells[1] for cells in row.rows if cells[-1].startswith("sales.a.")}
    assert counts == {"sales.a.kept_in → id": "1", "sales.a.made_of → id": "2"}


@pytest.mark.alone
def test_a_way_that_the_api_has_no_name_for_is_no_error(odd: FlaskClient) -> None:
    for path in ("/tables/sales.things/1", "/tables/sales.pairs/1,2"):
        page = get(odd, path)
        assert page.status == 200
        for url in page.links.values():
            assert get(odd, url).status == 200


@pytest.mark.alone
def test_an_embed_that_may_be_several_is_a_mistake_and_leads_nowhere_else(odd: FlaskClient) -> None:
    page = get(odd, "/tables/sales.a?select=*,parts(*)")
    assert page.status == 400  # since a browser would follow a 300
    assert "more than one relationship" in page.html
    assert get(odd, "/tables/sales.a?select=*,parts!made_of(*)").status == 200


@pytest.mark.alone
def test_where_there_is_no_page_of_a_row_nothing_is_cut(odd: FlaskClient) -> None:
    assert get(odd, "/tables/sales.texts").columns["text"] == [("long " * 100).strip()]
