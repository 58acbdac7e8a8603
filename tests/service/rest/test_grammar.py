"""The grammar of a query string, to PostgREST's letter."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from flask.testing import FlaskClient

from ..postgres import Server
from .works import works

pytestmark = pytest.mark.reads


@pytest.fixture(scope="module")
def client(server: Server) -> Generator[FlaskClient]:
    with works(server) as client:
        yield client


def get(client: FlaskClient, table: str, **query: str) -> list[dict[str, Any]]:
    response = client.get(f"/api/{table}", query_string={"order": "id"} | query)
    assert response.status_code == 200, response.text
    return response.get_json()


def ids(client: FlaskClient, table: str, name: str, text: str) -> list[int]:
    return [row["id"] for row in get(client, table, **{name: text, "select": "id"})]


# --- Spaces


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("and", "( and ( id.in.( 1, 2, 3 ) , id.gt.1 ) , or ( id.eq.2 , id.eq.4 ) )", [2]),
        ("or", "(\tid.eq.1 ,id.eq.2\t)", [1, 2]),
        ("not.or", " ( id.eq.1, not.and ( id.gt.1, id.lt.4 ) )", [2, 3]),
        ("and", "(name.is.not_null , more.not.is.null )", [1, 2, 3]),
        ("id", "in. ( 1 , 3 ) ", [1, 3]),
        ("id", "in.(   )", []),
        ("name", 'in.( "Anvil","Dam")', [1, 4]),
        # Beside a word, they are the word's.
        ("name", "in.(Anvil, Dam)", [1]),
        ("or", "(name.eq. Anvil,name.eq.Dam)", [4]),
    ],
)
def test_spaces_stand_where_they_may(
    client: FlaskClient, name: str, text: str, found: list[int]
) -> None:
    assert ids(client, "projects", name, text) == found


def test_and_in_a_select_and_an_order(client: FlaskClient) -> None:
    select = " id , *, n : name , clients ( id , * ) , invoices!left ( total ) , t:id::text "
    rows = get(client, "projects", select=select, order=" clients ( id ) , id.desc ", id="lt.4")
    assert [row["n"] for row in rows] == ["Bridge", "Anvil", "Crane"]
    assert get(client, "projects", select="id, *", limit="1")[0]["name"] == "Anvil"


# --- Names


@pytest.mark.parametrize(
    "name", ["order", "select", "limit", "offset", "and", "or", "not", "columns", "on_conflict"]
)
def test_a_reserved_name_in_quotes_is_a_columns(client: FlaskClient, name: str) -> None:
    quoted = f'"{name}"'
    assert ids(client, "reserved", quoted, "eq.2") == [2]
    assert ids(client, "reserved", quoted, "in.(2)") == [2]
    assert ids(client, "reserved", "or", f"({quoted}.eq.2,id.eq.3)") == [2]
    assert get(client, "reserved", select=quoted) == [{name: 1}, {name: 2}]
    assert get(client, "reserved", order=f"{quoted}.desc", limit="1")[0]["id"] == 2
    fetched = client.open("/api/reserved", method="FETCH", json={"where": {name: 2}})
    assert [row["id"] for row in fetched.get_json()] == [2]


def test_the_document_names_it_so(client: FlaskClient) -> None:
    parameters = client.get("/api/").get_json()["components"]["parameters"]
    assert {'"order"', '"and"', "not"} <= {one["name"] for one in parameters.values()}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("more->>a key", "1"),
        ("more->>ключ", "x"),
        ('more->>"ключ"', "x"),
        ("more->d-e->f!->>0", "1"),
        ("more->d-e->f!->>-1", "2"),
        ('more->"d-e"->"f!"->>1', "2"),
        ("more->>k::int::text", "3"),
    ],
)
def test_a_key_has_any_characters(client: FlaskClient, path: str, found: str) -> None:
    cast, filtered = path.partition("::"), path.partition("::")[0]
    select = f"x:{cast[0]}::text"
    assert get(client, "projects", select=select, id="eq.1") == [{"x": found}]
    assert 1 in ids(client, "projects", filtered, f"eq.{found}")
    assert 1 in ids(client, "projects", "or", f"({filtered}.eq.{found},id.eq.9)")
    first = get(client, "projects", order=f"{filtered}.asc.nullslast", limit="1")
    assert first[0]["id"] == 1


def test_and_gives_its_name(client: FlaskClient) -> None:
    row = get(client, "projects", select="more->d-e,more->d-e->f!->0,more->>a key", id="eq.1")[0]
    assert row == {"d-e": {"f!": [1, 2]}, "f!": 1, "a key": "1"}


# --- Operators


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("name", "match(any).{^A,^B}", [1, 2]),
        ("name", "not.imatch(any).{^a,^b}", [3, 4]),
        ("name", "not.like(all).{*a*,*m}", [1, 2, 3]),
        ("id", "lt(any).{2,3}", [1, 2]),
        ("id", "not.gte(all).{2,3}", [1, 2]),
        ("client_id", "isdistinct.1", [3, 4]),
        ("client_id", "not.isdistinct.1", [1, 2]),
        ("client_id", "is.NOT_NULL", [1, 2, 3]),
        ("client_id", "not.is.not_null", [4]),
        ("or", "(id.eq(any).{1,4},name.ilike(all).{*r*,c*})", [1, 3, 4]),
        ("and", "(name.not.match.^[AB],id.not.in.(4))", [3]),
        ("or", "(client_id.is.null,client_id.isdistinct.1)", [3, 4]),
    ],
)
def test_an_operator(client: FlaskClient, name: str, text: str, found: list[int]) -> None:
    assert ids(client, "projects", name, text) == found


def test_filters_of_embeds_at_any_depth(client: FlaskClient) -> None:
    query = {
        "select": "id,projects(id,invoices(id))",
        "projects.or": "(id.eq.1,and( name.like.B*, id.gt.1 ))",
        "projects.invoices.not.and": "(total.gt.10,paid.is.true)",
        "projects.invoices.order": "id.desc",
        "id": "eq.1",
    }
    assert get(client, "clients", **query) == [
        {
            "id": 1,
            "projects": [{"id": 1, "invoices": [{"id": 2}, {"id": 1}]}, {"id": 2, "invoices": []}],
        }
    ]


def test_the_first_select_and_order_count(client: FlaskClient) -> None:
    rows = client.get(
        "/api/clients?select=id&order=id.desc&select=name&order=id&limit=1"
    ).get_json()
    assert rows == [{"id": 3}]
