"""The ways of a GET and of a POST, as the manual has them."""

import secrets

from flask.testing import FlaskClient

from ..ways import gone, is_in_order, told


def test_a_get_goes_the_way_that_is_told(client: FlaskClient) -> None:
    way = told("retort/rest/README.md", "GET /api/persons?name=like.A*")
    assert len(way) == 7
    new = f"n{secrets.token_hex(4)}:id"  # of a shape that no other test has asked for
    path = f"/api/persons?name=like.A*&select=id,name,{new}"
    assert is_in_order(way, gone(lambda: client.get(path)))


def test_a_post_goes_the_way_that_is_told(client: FlaskClient, member: dict[str, str]) -> None:
    way = told("retort/rest/README.md", "POST /api/persons")
    assert len(way) == 10

    def post() -> None:
        body = {"name": "On its way", "id": 1000}
        response = client.post("/api/persons?select=name,name", json=body, headers=member)
        assert response.status_code == 201

    assert is_in_order(way, gone(post))
