"""Who may not read a table, or a row, learns nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from ...application import MakeApp
from ..lab import Stack


def test_who_reads_along_an_association_reads_it(shared: Stack, lab: FlaskClient) -> None:
    path = "/api/guests?select=name,parties!staff_invitations(name)"
    assert lab.get(path).status_code == 401
    answer = lab.get(path, headers=shared.header())
    assert answer.get_json() == [{"name": "Gus", "parties": [{"name": "staff"}]}]


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "boxes", {}),
        ("HEAD", "boxes?content=eq.gold", {"headers": {"Prefer": "count=exact"}}),
        ("GET", "boxes", {"headers": {"Prefer": "count=planned"}}),
        ("GET", "boxes", {"headers": {"Accept": "text/csv"}}),
        ("GET", "boxes", {"headers": {"Accept": "application/x-ndjson"}}),
        ("FETCH", "boxes", {"json": {"where": {"id": 1}}}),
        ("GET", "shelves?select=*,boxes(content)", {}),
        ("GET", "shelves?select=name,boxes!inner()&boxes.content=eq.gold", {}),
        ("GET", "shelves?select=name,boxes()&boxes=is.null", {}),
        ("GET", "rooms?select=*,shelves(*,boxes(content))", {}),
        ("POST", "shelves?select=*,boxes(*)", {"json": {"name": "x"}}),
        (
            "POST",
            "boxes",
            {"json": {"content": "tin"}, "headers": {"Prefer": "return=headers-only"}},
        ),
        ("PATCH", "boxes?content=eq.gold", {"json": {"shelf_id": 2}}),
        ("PATCH", "boxes/1", {"json": {"shelf_id": 2}}),
        ("DELETE", "boxes?content=eq.gold", {}),
        ("PUT", "boxes?id=eq.1", {"json": {"content": "x"}}),
        (
            "POST",
            "boxes?on_conflict=content",
            {"json": {"content": "gold"}, "headers": {"Prefer": "resolution=ignore-duplicates"}},
        ),
    ],
)
def test_who_may_not_read_a_table_learns_nothing_of_it(
    shared: Stack, lab: FlaskClient, method: str, path: str, options: dict[str, Any]
) -> None:
    headers = {"Prefer": "return=representation"} | options.get("headers", {}) | shared.header()
    response = lab.open(f"/api/{path}", method=method, **(options | {"headers": headers}))
    assert response.status_code == 403
    assert "error=42501" in response.headers["Proxy-Status"]
    assert "gold" not in response.text


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("boxs", 404, "public.boxes"),
        ("shelves?select=boxs(*)", 400, "'boxes'"),
        ("shelves?select=name,boxes(contnt)", 400, "column content"),
        ("shelves?select=name,boxes(shelvs(id))", 400, "'shelves'"),
        ("boxes?contnt=eq.gold", 400, "column content"),
    ],
)
def test_what_may_have_been_meant_is_told_to_whom_it_is_for(
    shared: Stack, lab: FlaskClient, path: str, status: int, told: str
) -> None:
    response = lab.get(f"/api/{path}", headers=shared.header(role="boss"))
    assert response.status_code == status
    assert told in response.get_json()["hint"]
    for headers in ({}, shared.header()):
        refusals = (
            lab.get(f"/api/{path}", headers=headers),
            lab.post("/api/", json=[{"path": f"/{path}"}], headers=headers),
        )
        for refused in refusals:
            assert refused.status_code in (status, 401, 403)
            assert "Perhaps" not in refused.text
            assert "content" not in refused.text


@pytest.mark.parametrize(
    ("method", "path", "secret"),
    [
        ("OPTIONS", "/api/boxs", "boxes"),
        ("GET", "/tables/boxs", "boxes"),
        ("GET", "/tables/shelves?select=boxs(*)", "boxes"),
        ("GET", "/tables/shelves?select=boxes(contnt)", "column"),
    ],
)
def test_nor_to_anybody_else_on_a_page_or_by_options(
    lab: FlaskClient, method: str, path: str, secret: str
) -> None:
    response = lab.open(path, method=method)
    assert response.status_code in (400, 401, 404)
    assert secret not in response.text


def test_of_several_ways_those_are_told_that_may_be_gone(shared: Stack, lab: FlaskClient) -> None:
    path = "/api/guests?select=parties(name)"
    for headers, count in ({}, 1), (shared.header(), 2):
        response = lab.get(path, headers=headers)
        assert (response.status_code, len(response.get_json()["details"])) == (300, count)
        assert ("staff_invitations" in response.text) == (count == 2)


@pytest.mark.parametrize(
    ("path", "near"), [("/api/person", "/api/persons"), ("/tables/person", "/tables/persons")]
)
def test_nor_does_a_page_name_what_needs_a_token(client: FlaskClient, path: str, near: str) -> None:
    html = {"Accept": "text/html"}
    assert f'"{near}"' in client.get(path, headers=html).text
    text = client.get(path.replace("person", "note"), headers=html).text
    assert f'"{near.replace("persons", "notes")}"' not in text


def test_who_may_only_write_a_table_can_add_to_it(shared: Stack, lab: FlaskClient) -> None:
    headers = shared.header() | {"Prefer": "tx=rollback"}
    assert lab.post("/api/boxes", json={"content": "tin"}, headers=headers).status_code == 201


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
def test_a_note_is_its_owners(shared: Stack, client: FlaskClient, accept: str) -> None:
    mine, yours = shared.header("me"), shared.header("you")
    assert client.post("/api/notes", json={"text": f"of {accept}"}, headers=mine).status_code == 201
    assert f"of {accept}" in client.get("/api/notes", headers=mine | {"Accept": accept}).text
    assert f"of {accept}" not in client.get("/api/notes", headers=yours | {"Accept": accept}).text
    counted = client.get("/api/notes", headers=yours | {"Prefer": "count=exact"})
    assert counted.headers["Content-Range"] == "*/0"
    for method, path in (("PATCH", "notes?id=gt.0"), ("DELETE", "notes?id=gt.0")):
        wish = yours | {"Prefer": "return=representation"}
        assert (
            client.open(f"/api/{path}", method=method, json={"text": "x"}, headers=wish).json == []
        )
    batched = client.post("/api/", json=[{"path": "/notes"}], headers=yours)
    assert batched.get_json()[0]["body"] == []


@pytest.mark.parametrize("count", ["planned", "estimated"])
@pytest.mark.parametrize(
    ("schema", "path"), [("public", "notes"), ("public", "notes?text=eq.x"), ("eyes", "seen")]
)
def test_no_count_tells_of_rows_that_row_level_security_hides(
    shared: Stack, another: MakeApp, count: str, schema: str, path: str
) -> None:
    shared.database.execute(
        "INSERT INTO notes (owner, text) SELECT 'many', 'x' FROM generate_series(1, 10001)",
        "ANALYZE notes",
        "CREATE VIEW eyes.seen WITH (security_invoker = true) AS SELECT text FROM notes",
        "GRANT SELECT ON eyes.seen TO PUBLIC",
    )
    client = another(API_SCHEMAS="public,eyes").test_client()
    wish = {"Prefer": f"count={count}", "Accept-Profile": schema}
    try:
        seen = client.get(f"/api/{path}", headers=shared.header("nobody") | wish)
        assert seen.headers["Content-Range"] == ("*/*" if count == "planned" else "*/0")
        assert ("count" in seen.headers.get("Preference-Applied", "")) == (count == "estimated")
        many = client.get(f"/api/{path}", headers=shared.header("many") | wish)
        assert many.headers["Content-Range"] == "0-999/*"
    finally:
        shared.database.execute("DROP VIEW eyes.seen", "DELETE FROM notes WHERE owner = 'many'")
