"""Where tables, names and values are larger or odder than usual."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

from ..application import application, settings_on
from ..postgres import Server
from .lab import Stack, stack

# What statements call their parts.
OURS = ("_page", "_line", "_row", "_size", "_text", "_written", *(f"anon_{n}" for n in range(1, 5)))
EMPTY: dict[str, object] = {}
NAMES = ", ".join(f"{name} jsonb DEFAULT '{{}}'" for name in OURS)


@pytest.fixture(scope="module")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        shared.database.execute(
            "CREATE SCHEMA odd",
            'CREATE TABLE odd."Ж 50% ""x""" ("a,b" text PRIMARY KEY, "50%" int, "é(\\)" text)',
            "INSERT INTO odd.\"Ж 50% \"\"x\"\"\" VALUES ('50%', 1, 'x'), ('%41', 2, 'y')",
            f"CREATE TABLE odd.names (id int PRIMARY KEY, up int REFERENCES odd.names, {NAMES})",
            "INSERT INTO odd.names VALUES (1, 1)",
            "GRANT USAGE ON SCHEMA odd TO PUBLIC",
            "GRANT ALL ON ALL TABLES IN SCHEMA odd TO PUBLIC",
        )
        yield shared


@pytest.fixture
def lab(shared: Stack) -> FlaskClient:
    return shared.lab.test_client()


@pytest.fixture
def odd(shared: Stack) -> Generator[Flask]:
    settings = settings_on(shared.database.web, API_SCHEMAS="odd,public", API_MAX_ROWS="1")
    with application(settings) as app:
        yield app


# -- many columns


@pytest.mark.parametrize("path", ["wide/1", "wide?id=eq.1&select=x:c0,*", "wide?id=eq.1"])
def test_a_table_may_have_many_columns(lab: FlaskClient, path: str) -> None:
    found = lab.get(f"/api/{path}").get_json()
    row: dict[str, object] = found if "/" in path else found[0]
    assert (row["c0"], row["c1"], row["c149"]) == ("first", None, "last")
    assert list(row)[-151:] == ["id", *(f"c{place}" for place in range(150))]


def test_and_be_a_csv(lab: FlaskClient) -> None:
    text = lab.get("/api/wide?id=eq.1", headers={"Accept": "text/csv"}).text
    header, row = list(csv.reader(io.StringIO(text)))
    assert len(header) == len(row) == 151
    assert (row[1], row[-1]) == ("first", "last")


def test_and_be_written_and_shown(lab: FlaskClient) -> None:
    headers = {"Prefer": "return=representation,tx=rollback"}
    odd = 'a"b}{],\\'
    (row,) = lab.post("/api/wide", json={"c0": odd, "c99": odd}, headers=headers).get_json()
    assert (row["c0"], row["c99"], row["c149"]) == (odd, odd, None)


# -- no columns at all


def test_rows_of_which_nothing_is_selected_are_empty(lab: FlaskClient) -> None:
    path = "/api/shelves?select=rooms!inner()"
    assert lab.get(path).get_json() == [{}, {}]
    assert lab.get(path, headers={"Accept": "text/csv"}).status_code == 200
    assert lab.get(path, headers={"Accept": "application/x-ndjson"}).text == "{}\n{}\n"
    stripped = {"Accept": "application/vnd.pgrst.array+json;nulls=stripped"}
    assert lab.get(path, headers=stripped).get_json() == [{}, {}]


# -- odd names


def test_a_table_and_its_columns_may_be_called_anything(odd: Flask) -> None:
    client, name = odd.test_client(), '/api/%D0%96 50%25 "x"'
    first = client.get(f"{name}?order=%22a,b%22.desc")
    assert first.get_json() == [{"a,b": "50%", "50%": 1, "é(\\)": "x"}]
    (link,) = [value for key, value in first.headers if key == "Link"]
    address = link.partition("<")[2].partition(">")[0]
    assert client.get(address).get_json() == [{"a,b": "%41", "50%": 2, "é(\\)": "y"}]
    query = {'"50%"': "eq.2", "select": '"a,b",x:"é(\\\\)"'}
    assert client.get(name, query_string=query).get_json() == [{"a,b": "%41", "x": "y"}]


def test_a_new_row_of_it_has_an_address(odd: Flask, shared: Stack) -> None:
    client, name = odd.test_client(), '/api/%D0%96 50%25 "x"'
    headers = shared.header() | {"Prefer": "return=headers-only", "Content-Profile": "odd"}
    made = client.post(name, json={"a,b": "é/&,?", "50%": 3}, headers=headers)
    assert made.status_code == 201
    assert client.get(f"{name}?50%25=eq.3").get_json()[0]["a,b"] == "é/&,?"
    assert made.headers["Location"].startswith("/api/%D0%96%2050%25%20%22x%22?")
    assert client.delete(f"{name}?50%25=eq.3", headers=headers).status_code == 204


@pytest.mark.parametrize("key", ["50%25", "%2541"])
def test_a_key_is_decoded_once_in_a_batch_too(odd: Flask, key: str) -> None:
    client, path = odd.test_client(), f'/%D0%96 50%25 "x"/{key}'
    alone = client.get(f"/api{path}")
    for prefix in ("", "/api"):
        (answer,) = client.post("/api/", json=[{"path": prefix + path}]).get_json()
        assert answer["body"] == alone.get_json()


@pytest.mark.parametrize("accept", ["application/x-ndjson", "Application/X-NDJSON"])
def test_a_batch_does_not_stream(odd: Flask, accept: str) -> None:
    item = {"path": "/persons", "headers": {"Accept": accept, "Accept-Profile": "public"}}
    response = odd.test_client().post("/api/", json=[item])
    assert (response.status_code, response.get_json()["code"]) == (406, "PGRST107")


def test_in_a_batch_the_prefix_is_a_whole_one(odd: Flask) -> None:
    response = odd.test_client().post("/api/", json=[{"path": "/apipersons"}])
    assert response.status_code == 404


def test_a_constraint_that_the_model_does_not_name_is_called_as_postgres_does(
    lab: FlaskClient,
) -> None:
    hint = "boxes_shelf_id_fkey"
    found = lab.get(f"/api/shelves?select=name,boxes!{hint}(id)")
    assert found.status_code == 401  # boxes are not for anybody, but it is they who are meant
    assert lab.get("/api/shelves?select=name,boxes!None(id)").status_code == 400


# -- values that a validator gets


@pytest.mark.parametrize(
    ("value", "stored"), [(5, "5"), (1.5, "1.5"), (True, "true"), ({"a": [1]}, '{"a": [1]}')]
)
def test_a_validator_gets_the_text_that_postgres_would_store(
    lab: FlaskClient, value: object, stored: str
) -> None:
    headers = {"Prefer": "return=representation,tx=rollback"}
    response = lab.post("/api/shelves", json={"name": value}, headers=headers)
    assert response.get_json()[0]["name"] == stored


def test_a_validator_has_its_say_inside_of_other_json(lab: FlaskClient) -> None:
    assert lab.post("/api/shelves", json={"name": "a\tb"}).get_json()["code"] == "23514"
    assert lab.patch("/api/shelves?id=eq.1", json={"name": "a\tb"}).get_json()["code"] == "23514"


def test_a_validator_is_not_asked_about_a_value_that_has_to_be_there(lab: FlaskClient) -> None:
    assert lab.post("/api/shelves", json={"name": None}).get_json()["code"] == "23502"


def test_a_validator_is_not_asked_about_what_is_of_no_such_type(lab: FlaskClient) -> None:
    response = lab.post("/api/shelves", json={"name": "x", "height": "high"})
    assert (response.status_code, response.get_json()["code"]) == (400, "22P02")


# -- values that the model gives


def test_a_default_is_for_new_rows_only(lab: FlaskClient, shared: Stack) -> None:
    prefer = "tx=rollback,return=representation,resolution=merge-duplicates"
    rows = [{"id": 1, "name": "Gustav"}, {"id": 2, "name": "Ann"}]
    answer = lab.post("/api/guests", json=rows, headers=shared.header() | {"Prefer": prefer})
    assert {(row["name"], row["code"]) for row in answer.get_json()} == {
        ("Gustav", "old"),
        ("Ann", "new"),
    }


# -- requests that ask for much


def test_what_a_body_selects_is_no_longer_than_a_url(lab: FlaskClient) -> None:
    response = lab.open("/api/rooms", method="FETCH", json={"select": "id," * 3000 + "id"})
    assert response.get_json()["message"] == "'select' must be no longer than 8000 characters"
    path = "/rooms?or=(" + ",".join(["id.is.null"] * 1000) + ")"
    response = lab.post("/api/", json=[{"path": path}])
    assert response.get_json()["code"] == "PGRST102"


def test_a_column_may_have_the_name_of_a_part_of_the_statement(odd: Flask) -> None:
    client = odd.test_client()
    row: dict[str, object] = {"id": 1, "up": 1, **dict.fromkeys(OURS, EMPTY)}
    rep = {"Prefer": "return=representation,tx=rollback"} | {
        "Authorization": f"Bearer {tokens(odd).issue('me')}"
    }
    asked = "select=*,up(*),names(*)&up=not.is.null&names=not.is.null"
    for _ in range(2):
        assert client.get("/api/names").get_json() == [row]
        assert client.get("/api/names/1").get_json() == row
        found = client.get(f"/api/names?{asked}").get_json()
        assert found == [row | {"up": row, "names": [row]}]
    spread = client.get("/api/names?select=id,...names(_page,anon_1,anon_2,anon_3)").get_json()
    assert spread == [
        {"id": 1} | {name: [EMPTY] for name in ("_page", "anon_1", "anon_2", "anon_3")}
    ]
    changed = client.patch("/api/names?id=eq.1&select=*,up(*)", json={"id": 1}, headers=rep)
    lines = client.get("/api/names", headers={"Accept": "application/x-ndjson"})
    assert json.loads(lines.text) == row
    assert changed.get_json() == [row | {"up": row}]
