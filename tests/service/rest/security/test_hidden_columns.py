"""A hidden column is neither seen nor used nor written."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from ..lab import Stack


@pytest.mark.parametrize(
    "query",
    [
        "select=tenant",
        "select=x:tenant",
        "select=tenant::text",
        "select=tenant.max()",
        "select=name,tenant->x",
        "tenant=eq.tenant-secret",
        "tenant=not.is.null",
        "tenant->>x=eq.1",
        "or=(tenant.like.t*,id.eq.1)",
        "order=tenant",
        "order=tenant->x",
        "select=*,rooms(shelves(tenant))",
        "select=*,rooms(*,shelves(*))&rooms.shelves.tenant=eq.x",
        "select=*,rooms(*,shelves(*))&rooms.shelves.order=tenant",
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
def test_a_hidden_column_cannot_be_asked_for(lab: FlaskClient, query: str, accept: str) -> None:
    response = lab.get(f"/api/shelves?{query}", headers={"Accept": accept})
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")
    assert "tenant-secret" not in response.text


def test_nor_ordered_by_from_another_table(shared: Stack, lab: FlaskClient) -> None:
    path = "/api/boxes?select=id,shelves(id)&order=shelves(tenant)"
    response = lab.get(path, headers=shared.header(role="boss"))
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
def test_a_hidden_column_is_not_in_a_star(lab: FlaskClient, accept: str) -> None:
    for path in ("shelves", "shelves?select=*,rooms(*,shelves(*))", "rooms?select=...shelves(*)"):
        response = lab.get(f"/api/{path}", headers={"Accept": accept})
        assert response.status_code == 200
        assert "oak" in response.text
        assert "tenant" not in response.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_hidden_column_cannot_be_written(lab: FlaskClient, method: str) -> None:
    path = "/api/shelves" if method == "POST" else "/api/shelves?id=eq.1"
    response = lab.open(path, method=method, json={"id": 1, "tenant": "mine"})
    assert (response.status_code, response.get_json()["code"]) == (400, "PGRST204")
    response = lab.open(
        f"{path}{'&' if '?' in path else '?'}columns=tenant", method=method, json={}
    )
    assert response.status_code in {200, 204, 400, 415}


def test_a_hidden_column_decides_no_upsert(lab: FlaskClient) -> None:
    response = lab.post(
        "/api/shelves?on_conflict=tenant,name",
        json={"name": "oak"},
        headers={"Prefer": "resolution=merge-duplicates"},
    )
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")


@pytest.mark.parametrize("wish", ["representation", "headers-only"])
def test_a_hidden_column_does_not_come_back(lab: FlaskClient, wish: str) -> None:
    headers = {"Prefer": f"return={wish},tx=rollback"}
    shelf = lab.post("/api/shelves", json={"name": f"new {wish}"}, headers=headers)
    visitor = lab.post("/api/visitors", json={"name": "Vic"}, headers=headers)
    for response in (shelf, visitor):
        assert response.status_code == 201
        assert "tenant" not in response.text
        assert "pass" not in f"{response.text}{response.headers}"
    assert ("Location" in shelf.headers) == (wish == "headers-only")


@pytest.mark.parametrize("embed", ["keeper_id(name)", "rooms!keeper_id(name)", "k:keeper_id(*)"])
def test_a_hidden_foreign_key_leads_nowhere(lab: FlaskClient, embed: str) -> None:
    response = lab.get(f"/api/shelves?select=name,{embed}")
    assert (response.status_code, response.get_json()["code"]) == (400, "PGRST200")
    assert "keeper" not in lab.get("/api/shelves?select=name,rooms(name)").text
    back = lab.get("/api/rooms?select=name,shelves!shelves_keeper_id_fkey(name)")
    assert back.status_code == 400


def test_a_value_of_a_hidden_key_is_no_address(lab: FlaskClient) -> None:
    for key in ("pass-secret", "pass-secret,1", "x"):
        response = lab.get(f"/api/visitors/{key}")
        assert response.status_code == 400
        assert "pass" not in response.text
