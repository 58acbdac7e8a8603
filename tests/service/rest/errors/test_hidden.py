"""What is hidden is in no error."""

from __future__ import annotations

from ..lab import Stack
from .problem import problem


def test_what_is_hidden_is_in_no_error(shared: Stack) -> None:
    client = shared.lab.test_client()
    errors = [
        (client.post("/api/shelves", json={"name": "oak"}), 409, "23505"),
        (client.post("/api/shelves", json={"name": "elm", "height": 0}), 400, "23514"),
        (client.post("/api/shelves", json={"name": None}), 400, "23502"),
        (client.post("/api/shelves", json={"tenant": "x"}), 400, "PGRST204"),
        (client.get("/api/shelves?tenan=eq.x"), 400, "42703"),
        (client.get("/api/shelves?tenant=eq.x"), 400, "42703"),
        (client.get("/api/shelves?select=tenant"), 400, "42703"),
        (client.get("/api/shelves?order=tenant"), 400, "42703"),
    ]
    for response, status, code in errors:
        body = problem(response, status, code)
        assert "tenant-secret" not in response.text
        assert "Perhaps" not in (body["hint"] or "")
    assert errors[0][0].get_json()["details"] == "constraint shelves_tenant_name_key"


def test_a_table_that_is_not_served_shows_none_of_its_rows(shared: Stack) -> None:
    shared.database.execute(
        "INSERT INTO rooms VALUES (50, 'x')", "INSERT INTO vaults VALUES (9, 50, 'x')"
    )
    body = problem(shared.lab.test_client().delete("/api/rooms/50"), 409, "23503")
    assert body["details"] == "constraint vaults_room_id_fkey"
