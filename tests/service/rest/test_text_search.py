"""Text search in a column that has words already, be its type a domain of that."""

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient

from ..application import application, settings_on
from ..postgres import Server

TABLES = (
    "CREATE SCHEMA shop",
    "CREATE DOMAIN shop.words AS tsvector",
    "CREATE DOMAIN shop.few_words AS shop.words CHECK (length(VALUE) < 10)",
    "CREATE TABLE shop.texts (id int PRIMARY KEY, t tsvector, w shop.words, f shop.few_words)",
    "INSERT INTO shop.texts SELECT id, words, words, words FROM (VALUES "
    "(1, to_tsvector('english', 'fat cats ate')), (2, to_tsvector('english', 'a thin cat')), "
    "(3, to_tsvector('english', 'rats'))) texts (id, words)",
    "GRANT USAGE ON SCHEMA shop TO PUBLIC",
    "GRANT SELECT ON shop.texts TO PUBLIC",
)


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with server.clone() as database:
        database.execute(*TABLES)
        with application(settings_on(database.web, API_SCHEMAS="shop")) as app:
            yield app.test_client()


@pytest.mark.parametrize("column", ["t", "w", "f"])
@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("fts(english).cats", [1, 2]),
        ("fts.cat", [1, 2]),
        ("fts(english).cats%26!fat", [2]),
        ("plfts(english).the fat cats", [1]),
        ("phfts(english).thin cats", [2]),
        ("wfts(english).thin or rats", [2, 3]),
        ("not.wfts(english).cats -fat", [1, 3]),
        # The words are as `english` has them, and these are not.
        ("fts(simple).cats", []),
    ],
)
def test_what_is_found(client: FlaskClient, column: str, search: str, found: list[int]) -> None:
    response = client.get(f"/api/texts?select=id&order=id&{column}={search}")
    assert response.status_code == 200, response.text
    assert [row["id"] for row in response.get_json()] == found
