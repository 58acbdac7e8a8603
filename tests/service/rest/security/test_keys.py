"""Where row-level security hides rows, no client chooses a key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from ..lab import Stack

UPSERT = {"Prefer": "resolution=merge-duplicates,return=representation"}


@pytest.fixture
def theirs(shared: Stack, client: FlaskClient) -> int:
    """The id of a note that somebody else has."""
    wish = shared.header("them") | {"Prefer": "return=representation"}
    return client.post("/api/notes", json={"text": "x"}, headers=wish).get_json()[0]["id"]


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("POST", "notes", {"json": {"id": "ID", "text": "x"}}),
        ("POST", "notes?columns=id,text", {"json": {"id": "ID", "text": "x"}}),
        ("POST", "notes", {"data": "id,text\nID,x\n", "content_type": "text/csv"}),
        ("POST", "notes", {"json": {"id": "ID", "text": "x"}, "headers": UPSERT}),
        ("POST", "notes?on_conflict=id", {"json": {"id": "ID", "text": "x"}, "headers": UPSERT}),
        ("PATCH", "notes?id=eq.ID", {"json": {"id": "ID"}}),
        ("PATCH", "notes/ID", {"json": {"id": "ID", "text": "x"}}),
    ],
)
def test_an_id_is_refused_whether_it_is_taken_or_not(
    shared: Stack, client: FlaskClient, theirs: int, method: str, path: str, options: dict[str, Any]
) -> None:
    def answer(key: int) -> Any:
        address, others = json.loads(json.dumps([path, options]).replace("ID", str(key)))
        headers = shared.header("me") | others.pop("headers", {})
        response = client.open(f"/api/{address}", method=method, headers=headers, **others)
        assert response.status_code == 400
        return response.get_json()

    refused = answer(theirs)
    assert refused == answer(theirs + 1) == answer(-1)
    assert refused["code"] == "428C9"
    assert refused["details"] == "column id"
    assert refused["hint"] == "Leave it out"


def test_put_is_none_of_its_methods(shared: Stack, client: FlaskClient, theirs: int) -> None:
    for path in ("notes/{}", "notes?id=eq.{}"):
        for headers in ({}, {"If-Match": "*"}, {"If-None-Match": "*"}):
            answers = [
                client.put(
                    "/api/" + path.format(key),
                    json={"text": "x"},
                    headers=shared.header("me") | headers,
                )
                for key in (theirs, theirs + 1)
            ]
            assert answers[0].get_json() == answers[1].get_json()
            assert answers[0].get_json()["hint"] == "POST adds a row, and PATCH changes one"
            for response in answers:
                assert response.status_code == 405
                assert "PUT" not in response.headers["Allow"]


@pytest.mark.parametrize("wish", [{}, UPSERT, {"Prefer": "missing=default"}])
@pytest.mark.parametrize("query", ["", "?on_conflict=id", "?columns=text"])
def test_a_note_without_one_gets_the_next(
    shared: Stack, client: FlaskClient, theirs: int, query: str, wish: dict[str, str]
) -> None:
    prefer = f"return=representation,{wish.get('Prefer', '')}"
    answer = client.post(
        f"/api/notes{query}", json=[{"text": "x"}], headers=shared.header("me") | {"Prefer": prefer}
    )
    assert answer.status_code in (200, 201)
    assert answer.get_json()[0]["id"] == theirs + 1


def test_who_would_take_the_next_ids_stops_nobody(
    shared: Stack, client: FlaskClient, theirs: int
) -> None:
    rows = [{"id": theirs + n, "text": "x"} for n in range(1, 5001)]
    assert client.post("/api/notes", json=rows, headers=shared.header("me")).status_code == 400
    answer = client.post("/api/notes", json={"text": "y"}, headers=shared.header("them"))
    assert answer.status_code == 201
