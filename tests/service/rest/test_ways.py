"""The ways of a GET and of a POST, as the manual has them."""

import secrets

from flask.testing import FlaskClient

from ..ways import gone, is_in_order, told


def test_a_get_goes_the_way_that_is_told(client: FlaskClient) -> None:
    way = told("retort/rest/README.md", "GET /api/orders?amount=gt.100")
    assert len(way) == 5
    new = f"n{secrets.token_hex(4)}:id"  # of a shape that no other test has asked for
    path = f"/api/orders?amount=gt.100&select=id,status,{new}"
    assert is_in_order(way, gone(lambda: client.get(path)))


def test_a_post_goes_the_way_that_is_told(client: FlaskClient, member: dict[str, str]) -> None:
    way = told("retort/rest/README.md", "POST /api/projects")
    assert len(way) == 8

    def post() -> None:
        body = {"name": "On its way", "id": 1000}
        response = client.post("/api/projects?select=name,name", json=body, headers=member)
        assert response.status_code == 201

    assert is_in_order(way, gone(post))
