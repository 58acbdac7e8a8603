"""A select of no columns: the embed is only a condition."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("accept", "body"),
    [
        ("application/json", "[{},{}]"),
        ("application/vnd.pgrst.array+json;nulls=stripped", "[{},{}]"),
        ("application/x-ndjson", "{}\n{}\n"),
        ("text/csv", "\n\n"),
    ],
)
def test_each_row_is_empty(client: FlaskClient, accept: str, body: str) -> None:
    path = "/api/projects?select=persons!inner()&persons.id=eq.1"
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.text == body


def test_a_row_by_its_key_is_empty(client: FlaskClient) -> None:
    assert client.get("/api/projects/1?select=persons()").json == {}
