"""Who decides whether a transaction is rolled back."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from ...application import MakeApp
from ..lab import Stack


def test_a_wish_to_roll_back_undoes_all_of_it(shared: Stack, client: FlaskClient) -> None:
    headers = shared.header() | {"Prefer": "tx=rollback"}
    wish = {"method": "POST", "path": "/projects", "body": {"name": "x"}}
    own = wish | {"headers": {"Prefer": "tx=rollback"}, "body": {"name": "y"}}
    assert client.post("/api/projects", json={"name": "x"}, headers=headers).status_code == 201
    assert client.post("/api/", json=[wish], headers=headers).status_code == 200
    assert client.get("/api/projects?name=eq.x").get_json() == []
    # A request of a batch has no say: all of it or none.
    assert client.post("/api/", json=[own], headers=shared.header()).status_code == 200
    assert len(client.get("/api/projects?name=eq.y").get_json()) == 1


@pytest.mark.parametrize("wish", ["", "tx=commit", "tx=rollback"])
def test_what_is_deferred_to_the_end_is_refused_whatever_the_end_is(
    shared: Stack, client: FlaskClient, wish: str
) -> None:
    shared.database.execute(
        "ALTER TABLE orders ADD CONSTRAINT late FOREIGN KEY (person_id) REFERENCES persons "
        "DEFERRABLE INITIALLY DEFERRED, DROP CONSTRAINT orders_person_id_fkey"
    )
    headers = shared.header() | {"Prefer": wish}
    one = {"person_id": 999, "amount": 1}
    item = {"method": "POST", "path": "/orders", "body": one}
    try:
        alone = client.post("/api/orders", json=one, headers=headers)
        batch = client.post("/api/", json=[item], headers=headers)
    finally:
        shared.database.execute(
            "ALTER TABLE orders ADD CONSTRAINT orders_person_id_fkey FOREIGN KEY (person_id) "
            "REFERENCES persons, DROP CONSTRAINT late"
        )
    for answer in (alone, batch):
        assert (answer.status_code, answer.get_json()["code"]) == (409, "23503"), answer.text
        assert "Preference-Applied" not in answer.headers


@pytest.mark.parametrize(("end", "stays"), [("commit", True), ("rollback", False)])
def test_what_the_setting_does_not_leave_to_the_client(
    another: MakeApp, shared: Stack, end: str, stays: bool
) -> None:
    client = another(TX_END=end).test_client()
    for number, wish in enumerate(("commit", "rollback")):
        name = f"{end} {number}"
        headers = shared.header() | {"Prefer": f"tx={wish}"}
        response = client.post("/api/projects", json={"name": name}, headers=headers)
        assert "tx" not in response.headers.get("Preference-Applied", "")
        found = client.get("/api/projects", query_string={"name": f"eq.{name}"}).get_json()
        assert bool(found) == stays
