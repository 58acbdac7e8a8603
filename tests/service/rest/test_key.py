"""`GET /api/<table>/<key>`: one row, by its key."""

from flask.testing import FlaskClient


def test_nothing_is_asked_for_beyond_the_row(client: FlaskClient, statements: list[str]) -> None:
    """There can be no more than one, so none that is cut off."""
    assert client.get("/api/persons/1").status_code == 200
    (statement,) = statements
    assert "LIMIT" not in statement
    assert statement.count("FROM persons") == 1
