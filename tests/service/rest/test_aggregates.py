"""Aggregates: their groups are all else that is selected, embeds and what spreads bring too."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

from ..postgres import Server
from .works import works

pytestmark = pytest.mark.reads


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with works(server) as client:
        yield client


def rows(client: FlaskClient, path: str) -> list[Any]:
    response = client.get(f"/api/{path}")
    assert response.status_code == 200, response.text
    for _ in range(2):  # as a prepared statement too
        assert client.get(f"/api/{path}").data == response.data
    found = response.get_json()
    return found if "order=" in path else in_order(found)


def in_order(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda row: json.dumps(row, sort_keys=True).replace("null", " "))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("invoices?select=count(),total.count(),total.sum()", [{"count": 5, "sum": 105}]),
        (
            "invoices?select=paid,n:count(),most:total.max()::text&order=paid",
            [{"paid": False, "n": 2, "most": "20"}, {"paid": True, "n": 4, "most": "40"}],
        ),
        # A path into JSON, cast before and after.
        ("projects?select=more->>k::int.sum()::text", [{"sum": "10"}]),
        ("projects?select=s:more->k::int.sum()", [{"s": 10}]),
        (
            "projects?select=more->k,count()&order=more->k",
            [{"k": 3, "count": 2}, {"k": 4, "count": 1}, {"k": None, "count": 1}],
        ),
        # json has no equality, so it is compared as jsonb.
        (
            "projects?select=plan,count()",
            [
                {"count": 1, "plan": None},
                {"count": 1, "plan": {"k": 2}},
                {"count": 2, "plan": {"k": 1}},
            ],
        ),
        (
            "projects?select=drawn,count()&order=count.desc&limit=1",
            [{"count": 2, "drawn": {"k": 1}}],
        ),
        ("clients?select=*,count()&order=id&limit=1", [{"id": 1, "name": "Acme", "count": 1}]),
    ],
)  # fmt: skip
def test_an_aggregate(client: FlaskClient, path: str, found: list[Any]) -> None:
    assert rows(client, path) == (found if "order=" in path else in_order(found))


def test_an_embed_is_a_group_too(client: FlaskClient) -> None:
    assert rows(client, "invoices?select=total.sum(),projects(name)") == [
        {"projects": None, "sum": 5},
        {"projects": {"name": "Anvil"}, "sum": 30},
        {"projects": {"name": "Bridge"}, "sum": 30},
        {"projects": {"name": "Crane"}, "sum": 40},
    ]
    assert rows(client, "shifts?select=n:count(),projects(client_id)") == [
        {"n": 1, "projects": {"client_id": 2}},
        {"n": 3, "projects": {"client_id": 1}},
    ]
    path = "projects?select=n:count(),workers(name)&workers.order=id"
    assert in_order(rows(client, path)) == [
        {"n": 1, "workers": []},
        {"n": 1, "workers": [{"name": "Ann"}, {"name": "Bob"}]},
        {"n": 1, "workers": [{"name": "Ann"}]},
        {"n": 1, "workers": [{"name": "Bob"}]},
    ]


def test_in_an_embed_it_is_of_the_rows_there(client: FlaskClient) -> None:
    query = "clients?select=name,projects(count(),invoices(total.sum()))&order=id"
    assert [row["projects"] for row in rows(client, query)] == [
        [{"count": 2, "invoices": [{"sum": 30}]}],
        [{"count": 1, "invoices": [{"sum": 40}]}],
        [],
    ]
    assert rows(client, "projects?select=id,clients(count())&order=id&id=gt.2") == [
        {"id": 3, "clients": {"count": 1}},
        {"id": 4, "clients": {"count": 0}},
    ]
    query = "projects?select=id,invoices(paid,total.sum())&invoices.order=paid&id=eq.1"
    assert rows(client, query)[0]["invoices"] == [
        {"paid": False, "sum": 20},
        {"paid": True, "sum": 10},
    ]


SPREADS: list[tuple[str, list[Any]]] = [
    # What a spread brings is a group, or is made an aggregate, as if it were a column here.
    (
        "invoices?select=total.sum(),...projects(client:client_id)&order=projects(client)",
        [{"sum": 60, "client": 1}, {"sum": 40, "client": 2}, {"sum": 5, "client": None}],
    ),
    ("invoices?select=...projects(id.max(),n:count())", [{"max": 3, "n": 5}]),
    (
        "invoices?select=paid,...projects(n:count(),last:name.max()::text)&order=paid",
        [{"paid": False, "n": 2, "last": "Crane"}, {"paid": True, "n": 3, "last": "Crane"}],
    ),
    (
        "invoices?select=...projects(name,...clients(count()))&order=projects(name)",
        [
            {"name": "Anvil", "count": 2},
            {"name": "Bridge", "count": 1},
            {"name": "Crane", "count": 2},
            {"name": None, "count": 0},
        ],
    ),
    (
        "invoices?select=total.sum(),...projects(...clients(of:name))&order=of",
        [{"sum": 60, "of": "Acme"}, {"sum": 40, "of": "Bolt"}, {"sum": 5, "of": None}],
    ),
    (
        "shifts?select=...projects(more->k,n:count(),clients(name))&order=n.desc,k",
        [
            {"k": 3, "n": 2, "clients": {"name": "Acme"}},
            {"k": 3, "n": 1, "clients": {"name": "Bolt"}},
            {"k": 4, "n": 1, "clients": {"name": "Acme"}},
        ],
    ),
    (
        "workers?select=name,shifts(...projects(client_id,n:count()))"
        "&shifts.order=projects(client_id)&order=id",
        [
            {"name": "Ann", "shifts": [{"client_id": 1, "n": 2}]},
            {"name": "Bob", "shifts": [{"client_id": 1, "n": 1}, {"client_id": 2, "n": 1}]},
            {"name": "Cy", "shifts": []},
        ],
    ),
    (
        "invoices?select=...projects!inner(name,count())&projects.id=lt.3&order=count,name",
        [{"name": "Bridge", "count": 1}, {"name": "Anvil", "count": 2}],
    ),
]


@pytest.mark.parametrize(("path", "found"), SPREADS)
def test_through_a_spread_of_one_row(client: FlaskClient, path: str, found: list[Any]) -> None:
    assert rows(client, path) == found


@pytest.mark.parametrize(
    "select",
    [
        "boss_id:id,...invoices(count())",
        "name,...invoices(paid,total.sum())",
        "name,...workers(n:count)",
        "...invoices(...projects(count()))",
        "clients(...projects(count()))",
    ],
)
def test_there_are_none_of_a_spread_of_many(client: FlaskClient, select: str) -> None:
    response = client.get(f"/api/projects?select={select}")
    assert response.status_code == 400
    assert response.get_json() == {
        "code": "PGRST127",
        "message": "Feature not implemented",
        "details": "Aggregates are not implemented for one-to-many or many-to-many spreads.",
        "hint": None,
    }


def test_a_spread_of_many_is_a_list_and_a_group(client: FlaskClient) -> None:
    path = "projects?select=n:count(),...invoices(paid)&id=lt.4&invoices.order=id"
    assert in_order(rows(client, path)) == [
        {"n": 1, "paid": [True]},
        {"n": 2, "paid": [True, False]},
    ]


@pytest.mark.parametrize("prefer", ["count=exact", "count=estimated"])
@pytest.mark.parametrize(
    ("path", "range_"),
    [
        ("invoices?select=count()", "0-0/1"),
        ("invoices?select=...projects(count())", "0-0/1"),
        ("invoices?select=count(),projects(client_id)", "0-2/3"),
        ("invoices?select=total.sum(),...projects(client_id)", "0-2/3"),
        ("invoices?select=count(),...projects(name)&limit=2", "0-1/4"),
        ("invoices?select=count(),...projects(name)&limit=2&offset=3", "3-3/4"),
    ],
)
def test_groups_are_what_is_counted(
    client: FlaskClient, path: str, range_: str, prefer: str
) -> None:
    response = client.get(f"/api/{path}", headers={"Prefer": prefer})
    assert response.headers["Content-Range"] == range_
    assert response.status_code == (206 if "limit" in path else 200)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("invoices?select=count()", 200),
        ("invoices?select=count(),paid", 200),
        ("invoices?select=count(),...projects(client_id)&limit=2", 200),
        ("invoices?select=count(),projects(client_id)", 206),
        ("invoices?select=count(),...projects(name)", 206),
    ],
)
def test_and_what_is_cut(server: Server, path: str, status: int) -> None:
    with works(server, API_MAX_ROWS="2") as client:
        response = client.get(f"/api/{path}")
    assert response.status_code == status
    assert len(response.get_json()) <= 2
    assert ("Link" in response.headers) == (status == 206)


def test_and_what_has_too_many_bytes(server: Server) -> None:
    with works(server, API_MAX_BYTES="1024") as client:
        names = ",".join(f"n{number}:count()" for number in range(20))
        path = f"/api/invoices?select={names},...projects(name,invoices(id))"
        assert client.get(f"{path}&limit=1").status_code == 200
        assert client.get(path).status_code == 413


def test_groups_come_as_a_stream_and_as_a_csv(client: FlaskClient) -> None:
    path = "/api/invoices?select=count(),...projects(client_id)&order=client_id"
    stream = client.get(path, headers={"Accept": "application/x-ndjson"}).text
    assert stream.split("\n")[0].replace(" ", "") == '{"count":3,"client_id":1}'
    assert client.get(path, headers={"Accept": "text/csv"}).text.split() == [
        "count,client_id",
        "3,1",
        "2,2",
        "1,",
    ]


def test_groups_of_one_row_are_shown_by_its_address(client: FlaskClient) -> None:
    assert client.get("/api/projects/1?select=count(),...clients(name)").get_json() == {
        "count": 1,
        "name": "Acme",
    }


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("invoices?select=count()&order=id", "invoices.id"),
        ("invoices?select=count(),paid&order=id", "invoices.id"),
        ("invoices?select=count(),projects(name)&order=projects(name)", "projects.name"),
        ("invoices?select=count(),...projects(name)&order=projects(id)", "projects.id"),
    ],
)
def test_what_is_no_group_does_not_order_groups(
    client: FlaskClient, path: str, column: str
) -> None:
    response = client.get(f"/api/{path}")
    assert (response.status_code, response.get_json()["code"]) == (400, "42803")
    assert response.get_json()["message"].startswith(f'column "{column}" must appear in the GROUP')


def test_what_was_written_is_grouped_too(client: FlaskClient) -> None:
    token = tokens(client.application).issue("me")
    prefer = "return=representation,tx=rollback"
    path = "/api/projects?id=lt.4&select=n:count(),...clients(of:name),last:id.max()&order=of"
    headers = {"Authorization": f"Bearer {token}", "Prefer": prefer}
    assert client.patch(path, json={"more": None}, headers=headers).get_json() == [
        {"n": 2, "of": "Acme", "last": 2},
        {"n": 1, "of": "Bolt", "last": 3},
    ]


def test_an_aggregate_of_what_postgres_cannot_add(client: FlaskClient) -> None:
    response = client.get("/api/projects?select=more->k.sum()")
    assert (response.status_code, response.get_json()["code"]) == (404, "42883")
