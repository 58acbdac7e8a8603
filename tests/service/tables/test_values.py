"""How a value is shown."""

import pytest
from flask.testing import FlaskClient

from ..postgres import Database
from .browser import get, names

pytestmark = pytest.mark.reads


def test_null_is_not_an_empty_text(client: FlaskClient, database: Database) -> None:
    database.execute("UPDATE persons SET email = '' WHERE id = 1")
    page = get(client, "/tables/persons?id=in.(1,6)")
    assert page.columns["email"] == ["''", "NULL"]
    assert page.html.count('class="null"') == 3
    database.execute("UPDATE persons SET email = 'NULL' WHERE id = 1")
    page = get(client, "/tables/persons?id=in.(1,6)")
    assert page.columns["email"] == ["NULL", "NULL"]
    assert page.html.count('class="null"') == 3 - 1


def test_a_list_of_texts_and_json_are_readable(client: FlaskClient) -> None:
    page = get(client, "/tables/persons?id=eq.2")
    assert '<span class="tag">engineer</span>' in page.html
    assert page.columns["profile"] == ['{"city": "Utrecht", "languages": ["nl", "en", "de…']
    without_key = get(client, "/tables/persons?select=profile&id=eq.2")
    whole = '{"city": "Utrecht", "languages": ["nl", "en", "de"]}'
    assert without_key.columns["profile"] == [whole]
    row = get(client, "/tables/persons/2")
    profile = dict(cells[:2] for cells in row.rows)["profile"]
    assert profile.startswith('{\n  "city": "Utrecht",\n  "languages": [\n')


def test_a_long_text_is_whole_at_the_page_of_its_row(
    client: FlaskClient, database: Database
) -> None:
    text = "so " * 1000 + "end"
    database.execute("UPDATE persons SET name = :name WHERE id = 1", name=text)
    assert names(get(client, "/tables/persons?id=eq.1")) == [text[:49] + "…"]
    assert text in get(client, "/tables/persons/1").html


def test_numbers_and_times_are_as_postgres_has_them(
    client: FlaskClient, database: Database
) -> None:
    database.execute("UPDATE orders SET amount = 9999999999.10, person_id = 2 WHERE id = 1")
    page = get(client, "/tables/orders?id=eq.1")
    assert page.columns["amount"] == ["9999999999.10"]
    assert page.columns["placed_at"] == ["2026-01-14 09:00:00 UTC"]
    assert 'datetime="2026-01-14T09:00:00+00:00"' in page.html
    assert ("td", {"class": "number"}) in page.tags


def test_what_is_nested_too_deep_is_refused(client: FlaskClient, database: Database) -> None:
    for depth, status in ((200, 200), (247, 200), (248, 413), (2000, 413)):
        database.execute(
            "UPDATE persons SET profile = jsonb_build_object('a', CAST(:deep AS jsonb))",
            deep="[" * depth + "]" * depth,
        )
        for path in ("/tables/persons", "/tables/persons/1"):
            assert get(client, path).status == status
    assert get(client, "/tables/persons?select=id,name").status == 200
