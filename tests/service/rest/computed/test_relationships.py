"""A function that takes a row of a table and gives rows of another is a relationship, by its
name."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from ...application import application, settings_on
from ...postgres import Database

WAYS: list[tuple[str, Any]] = [
    (
        "people?select=first,todo(title)&id=lt.4&order=id",
        [
            {"first": "Ada", "todo": [{"title": "dig"}, {"title": "fly"}]},
            {"first": "Ben", "todo": [{"title": "nap"}]},
            {"first": "Cy", "todo": []},
        ],
    ),
    (
        "people?select=t:todo(*)&id=eq.2",
        [{"t": [{"id": 3, "title": "nap", "hours": 1, "person_id": 2}]}],
    ),
    ("people?select=todo(title)&todo.hours=gt.3&id=eq.1", [{"todo": [{"title": "fly"}]}]),
    (
        "people?select=todo(title)&todo.order=title.desc&todo.limit=1&id=eq.1",
        [{"todo": [{"title": "fly"}]}],
    ),
    (
        "people?select=first,todo!inner(title)&todo.title=eq.nap",
        [{"first": "Ben", "todo": [{"title": "nap"}]}],
    ),
    ("people?select=first,todo()&todo=is.null&order=id&id=lt.9", [{"first": "Cy"}]),
    ("people?select=first,...todo(jobs:title)&id=eq.1", [{"first": "Ada", "jobs": ["dig", "fly"]}]),
    (
        "people?select=first,longest(title)&id=lt.4&order=id",
        [
            {"first": "Ada", "longest": {"title": "fly"}},
            {"first": "Ben", "longest": {"title": "nap"}},
            {"first": "Cy", "longest": None},
        ],
    ),
    ("people?select=first,...longest(title)&id=eq.1", [{"first": "Ada", "title": "fly"}]),
    (
        "people?select=first,longest!inner(title)&longest.hours=lt.3",
        [{"first": "Ben", "longest": {"title": "nap"}}],
    ),
    (
        "people?select=first,longest(hours)&order=longest(hours).desc&limit=2",
        [
            {"first": "Cy", "longest": None},
            {"first": "Zoe", "longest": None},
        ],
    ),
    ("tasks?select=title,owner(first)&id=eq.3", [{"title": "nap", "owner": {"first": "Ben"}}]),
    (
        "tasks?select=owner(full_name)&owner.full_name=eq.Ben Adams&owner=not.is.null&id=eq.3",
        [{"owner": {"full_name": "Ben Adams"}}],
    ),
    (
        "people?select=first,team(first,todo(title),team(first))&id=eq.1",
        [
            {
                "first": "Ada",
                "team": [
                    {"first": "Ben", "todo": [{"title": "nap"}], "team": []},
                    {"first": "Cy", "todo": [], "team": []},
                ],
            },
        ],
    ),
    (
        "tasks?select=title,owner(first,todo(title,owner(first)))&id=eq.3",
        [
            {
                "title": "nap",
                "owner": {"first": "Ben", "todo": [{"title": "nap", "owner": {"first": "Ben"}}]},
            },
        ],
    ),
    # By a table's name, it is meant in place of the key that leads there; with a hint too.
    ("tasks?select=title,people(first)&id=eq.1", [{"title": "dig", "people": None}]),
    ("tasks?select=title,people!person_id(first)&id=eq.1", [{"title": "dig", "people": None}]),
    (
        "tasks?select=title,person_id(first)&id=eq.1",
        [{"title": "dig", "person_id": {"first": "Ada"}}],
    ),
    ("people?select=first,tasks(title)&id=eq.2", [{"first": "Ben", "tasks": [{"title": "nap"}]}]),
]


@pytest.mark.parametrize(("path", "found"), WAYS)
def test_it_is_embedded_like_another(client: FlaskClient, path: str, found: Any) -> None:
    response = client.get(f"/api/{path}")
    assert response.status_code == 200, response.text
    assert response.get_json() == found


def test_rows_are_counted_with_it(client: FlaskClient) -> None:
    path = "/api/people?select=first,todo!inner(title)&todo.hours=gt.2&limit=1"
    response = client.get(path, headers={"Prefer": "count=exact"})
    assert response.headers["Content-Range"] == "0-0/1"


def test_a_row_by_its_key_has_it(client: FlaskClient) -> None:
    assert client.get("/api/people/2?select=longest(title)").get_json() == {
        "longest": {"title": "nap"}
    }


def test_rows_just_written_have_it(client: FlaskClient, member: dict[str, str]) -> None:
    path = "/api/people?select=first,todo(title),longest(title),full_name&id=eq.2"
    changed = client.patch(path, json={"first": "Bo"}, headers=member)
    assert changed.get_json() == [
        {
            "first": "Bo",
            "todo": [{"title": "nap"}],
            "longest": {"title": "nap"},
            "full_name": "Bo Adams",
        }
    ]
    path = "/api/tasks?select=title,owner(first)"
    new = client.post(path, json={"title": "row", "person_id": 2}, headers=member)
    assert new.get_json() == [{"title": "row", "owner": {"first": "Ben"}}]
    gone = client.delete("/api/tasks?select=title,owner(first)&id=eq.4", headers=member)
    assert gone.get_json() == [{"title": "sow", "owner": {"first": None}}]


@pytest.mark.parametrize("path", ["people?select=todo", "people?todo=eq.1", "tasks?select=owner"])
def test_it_is_no_column(client: FlaskClient, path: str) -> None:
    response = client.get(f"/api/{path}")
    assert (response.status_code, response.get_json()["code"]) == (400, "42703")


def test_a_column_is_none(client: FlaskClient) -> None:
    response = client.get("/api/people?select=full_name(*)")
    assert (response.status_code, response.get_json()["code"]) == (400, "PGRST200")


def test_it_has_the_limits_of_every_embed(database: Database) -> None:
    settings = settings_on(database.web, API_SCHEMAS="crew", API_MAX_ROWS="1", API_MAX_BYTES="1024")
    with application(settings) as app:
        client = app.test_client()
        rows = client.get("/api/people?select=todo(title)&order=id").get_json()
        assert rows == [{"todo": [{"title": "dig"}]}]
        wide = ",".join(f"a{place}:todo(title,hours,id,person_id)" for place in range(30))
        response = client.get(f"/api/people?select={wide}&id=eq.1")
        assert (response.status_code, response.get_json()["code"]) == (413, "54000")
