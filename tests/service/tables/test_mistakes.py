"""What is wrong in an address or a form, and what a reader is told."""

import html

import pytest
from flask.testing import FlaskClient

from .browser import get, names

pytestmark = pytest.mark.reads


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("nosuch=eq.1", 400, "column persons.nosuch does not exist"),
        ("mail=eq.1", 400, "Perhaps you meant the column email"),
        ("id=eq.many", 400, 'invalid input syntax for type bigint: "many"'),
        ("id=eq.99999999999999999999", 400, "out of range"),
        ("id=eq.", 400, "invalid input syntax"),
        ("name=Amy", 400, 'expecting "not" or operator (eq, gt, ...)'),
        ("created_at=gt.yesterweek", 400, "invalid input syntax"),
        ("name=eq.%00", 400, "invalid byte sequence"),
        ("order=nosuch", 400, "column persons.nosuch does not exist"),
        ("order=name.sideways", 400, '"asc", "desc"'),
        ("limit=many", 400, "a whole number"),
        ("limit=-1", 416, "Limit should be greater than or equal to zero"),
        ("offset=-1", 416, "Offset should be greater than or equal to zero"),
        ("offset=7", 416, "there are only 6 rows"),
        ("select=nosuch(*)", 400, "Could not find a relationship"),
        ("password_hash=eq.1", 400, "does not exist"),
        ("~column=name&~operator=evil&~value=x", 400, 'expecting "not" or operator (eq, gt, ...)'),
        ("~column=nosuch&~operator=eq&~value=x", 400, "does not exist"),
    ],
)
def test_what_is_wrong_is_said_where_it_can_be_mended(
    client: FlaskClient, query: str, status: int, message: str
) -> None:
    page = get(client, f"/tables/persons?{query}")
    assert page.status == status
    assert message in html.unescape(page.html)
    assert 'role="alert"' in page.html
    assert get(client, page.links["Start over"]).status == 200
    assert page.action == "/tables/persons"


def test_a_wrong_value_stays_in_its_field(client: FlaskClient) -> None:
    page = get(client, "/tables/persons?id=eq.many")
    page.fields = [(n, "1" if v == "many" else v) for n, v in page.fields]
    assert names(get(client, page.sent())) == ["Amy"]


@pytest.mark.parametrize("query", ["~column=name", "~value=", "~operator=eq&~value=1", "~column="])
def test_half_a_form_is_no_filter(client: FlaskClient, query: str) -> None:
    page = get(client, f"/tables/persons?{query}")
    assert page.status == 200
    assert "of 6 persons" in page.html


@pytest.mark.parametrize(
    "table", ["nosuch", "accounts", "persons_projects", "alembic_version", "person%22s", "%00", "…"]
)
def test_what_is_no_table_of_the_api_is_a_404(client: FlaskClient, table: str) -> None:
    assert get(client, f"/tables/{table}").status == 404
    assert get(client, f"/tables/{table}/1").status == 404


def test_a_404_says_what_may_have_been_meant(client: FlaskClient) -> None:
    assert get(client, "/tables/person").links["persons"] == "/tables/persons"
    assert "Perhaps you meant persons?" in client.get("/tables/person").text
    assert "Perhaps" not in get(client, "/tables/xyzzy").html


@pytest.mark.parametrize(
    ("key", "status"), [("99", 404), ("x", 400), ("1,2", 400), ("%00", 400), ("'--", 400)]
)
def test_a_row_that_is_not_there(client: FlaskClient, key: str, status: int) -> None:
    page = get(client, f"/tables/persons/{key}")
    assert page.status == status
    assert 'role="alert"' in page.html


@pytest.mark.parametrize("key", ["1/2", "1/", "/", "1/%2e%2e", "1,2/3"])
def test_a_slash_in_an_address_is_no_part_of_a_key(client: FlaskClient, key: str) -> None:
    page = get(client, f"/tables/persons/{key}")
    assert page.status == 404
    assert "A slash in a key is written %2F." in page.html
    assert page.links["/tables/persons"] == "/tables/persons"
