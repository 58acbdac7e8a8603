"""A table's rows: a page at a time, in an order."""

import pytest
from flask.testing import FlaskClient

from ..application import MakeApp
from ..page import Page
from ..postgres import Database
from .browser import get, names, shown

pytestmark = pytest.mark.reads


def test_a_table_shows_its_rows(client: FlaskClient) -> None:
    page = get(client, "/tables/projects")
    assert page.rows == [
        ["id", "name"],
        ["1", "Alembic still"],
        ["2", "Funnel"],
        ["3", "Spring catalogue"],
    ]
    assert shown(page) == "1-3 of 3"


def test_it_shows_them_a_page_at_a_time(client: FlaskClient, database: Database) -> None:
    database.execute("INSERT INTO projects (name) SELECT 'p' || n FROM generate_series(1, 1231) n")
    page = get(client, "/tables/projects")
    assert len(page.rows) == 1 + 25
    assert shown(page) == "1-25 of 1,234"
    assert "← Previous" not in page.links
    page = get(client, page.links["Next →"])
    assert shown(page) == "26-50 of 1,234"
    assert page.columns["id"][0] == "26"
    page = get(client, page.links["← Previous"])
    assert shown(page) == "1-25 of 1,234"
    last = get(client, "/tables/projects?offset=1225")
    assert shown(last) == "1,226-1,234 of 1,234"
    assert "Next →" not in last.links


def test_of_many_rows_it_says_about_how_many_there_are(
    client: FlaskClient, database: Database
) -> None:
    database.execute(
        "INSERT INTO projects (name) SELECT 'p' || n FROM generate_series(1, 11_997) n",
        "ANALYZE projects",
    )
    assert "1\N{EN DASH}25 of about 12,000 projects" in get(client, "/tables/projects").html
    page = get(client, "/tables/projects?name=neq.p&offset=11950")
    assert "3 statements, of which the last two estimate the number of rows" in page.html
    assert len(page.rows) == 1 + 25
    last = get(client, page.links["Next →"])
    assert len(last.rows) == 1 + 25
    assert get(client, last.links["Next →"]).links["To the first page"]
    assert "No more projects" in get(client, "/tables/projects?offset=12000").html


def test_the_size_of_a_page_is_the_readers_choice(client: FlaskClient, database: Database) -> None:
    database.execute("INSERT INTO projects (name) SELECT 'p' || n FROM generate_series(1, 97) n")
    page = get(client, get(client, "/tables/projects").sent(limit="10"))
    assert shown(page) == "1-10 of 100"
    assert shown(get(client, page.links["Next →"])) == "11-20 of 100"
    assert shown(get(client, page.sent(limit="500"))) == "1-100 of 100"


def test_no_page_is_larger_than_an_answer_of_the_api(make_app: MakeApp) -> None:
    client = make_app(api_max_rows=2).test_client()
    page = get(client, "/tables/persons?limit=4")
    assert shown(page) == "1-2 of 6"
    page = get(client, page.links["Next →"])
    assert shown(page) == "3-4 of 6"
    assert shown(get(client, page.links["← Previous"])) == "1-2 of 6"


def test_an_empty_table_still_has_its_columns(client: FlaskClient, database: Database) -> None:
    database.execute("DELETE FROM projects")
    page = get(client, "/tables/projects")
    assert page.rows == [["id", "name"]]
    assert "No projects<" in page.html
    assert "No projects that match" in get(client, "/tables/projects?id=eq.1").html


def test_a_page_follows_the_one_before_it(client: FlaskClient, database: Database) -> None:
    """Rows have an order, though nobody asked for one."""
    database.execute("UPDATE persons SET name = name WHERE id = 1")  # moves it to the end
    for path in ("/tables/persons", "/tables/persons?select=*,projects(*)"):
        assert get(client, path).columns["id"] == ["1", "2", "3", "4", "5", "6"]


def test_groups_are_shown_too(client: FlaskClient) -> None:
    page = get(client, "/tables/orders?select=status,amount.sum()&order=status")
    assert page.columns == {
        "status": ["pending", "paid", "shipped", "cancelled"],
        "sum": ["87.40", "83.40", "439.25", "240.00"],
    }


def test_a_click_on_a_column_sorts_by_it(client: FlaskClient) -> None:
    def sorted_by(page: Page) -> list[tuple[str | None, str | None]]:
        return [
            (given.get("aria-sort"), given.get("scope"))
            for tag, given in page.tags
            if tag == "th" and "aria-sort" in given
        ]

    page = get(client, "/tables/orders")
    page = get(client, page.links["amount"])
    assert page.columns["amount"][0] == "12.00"
    assert sorted_by(page) == [("ascending", "col")]
    page = get(client, page.links["amount"])
    assert page.columns["amount"][0] == "310.25"
    assert sorted_by(page) == [("descending", "col")]
    assert page.links["amount"] == "/tables/orders"


def test_sorting_keeps_the_filters_and_begins_anew(client: FlaskClient) -> None:
    page = get(client, "/tables/persons?tags=cs.{engineer}&limit=1&offset=1")
    assert names(page) == ["Deniz"]
    page = get(client, page.links["name"])
    assert names(page) == ["Ben"]
    assert shown(page) == "1-1 of 3"
