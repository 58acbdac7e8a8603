"""A table that leads to itself: by its name to the rows that point here, by a column to the row
that is pointed at."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Rows
from .tables import LONG


def ids(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


CHILDREN = {1: ids(2, 3), 2: ids(4), 3: [], 4: []}
PARENT = {1: None, 2: {"id": 1}, 3: {"id": 1}, 4: {"id": 2}}


@pytest.mark.parametrize(
    ("embed", "key", "found"),
    [
        ("e(id)", "e", CHILDREN),
        ("team:e!boss_id(id)", "team", CHILDREN),
        ("e!e_boss_id_fkey(id)", "e", CHILDREN),
        ("e!left(id)", "e", CHILDREN),
        ("e!boss_id!left(id)", "e", CHILDREN),
        ("boss_id(id)", "boss_id", PARENT),
        ("boss:boss_id(id)", "boss", PARENT),
        ("boss_id!left(id)", "boss_id", PARENT),
        ("e_boss_id_fkey(id)", "e_boss_id_fkey", PARENT),
    ],
)
def test_one_key(rows: Rows, embed: str, key: str, found: dict[int, Any]) -> None:
    asked = rows(f"e?select=number:id,{embed}&order=id&{key}.order=id")
    assert {row["number"]: row[key] for row in asked} == found


@pytest.mark.parametrize(
    ("embed", "found"),
    [
        ("e!inner()", [1, 2]),
        ("e!boss_id!inner()", [1, 2]),
        ("e!inner!e_boss_id_fkey()", [1, 2]),
        ("boss_id!inner()", [2, 3, 4]),
        ("e_boss_id_fkey!inner()", [2, 3, 4]),
        ("boss_id!inner(boss_id!inner())", [4]),
        ("e!inner(e!inner())", [1]),
    ],
)
def test_the_rows_that_there_are(rows: Rows, embed: str, found: list[int]) -> None:
    assert rows(f"e?select=id,{embed}&order=id") == ids(*found)


def test_there_and_back(rows: Rows) -> None:
    path = "e?id=eq.2&select=boss_id(id,team:e(id,e(id)))&boss_id.team.order=id"
    team: list[Any] = [{"id": 2, "e": ids(4)}, {"id": 3, "e": []}]
    assert rows(path) == [{"boss_id": {"id": 1, "team": team}}]


def test_a_null_of_a_column_is_the_columns_though_an_embed_goes_by_it(rows: Rows) -> None:
    """As in PostgREST, where the embed has an alias."""
    path = "e?select=id,up:boss_id(id)&up.id=eq.2&order=id"
    assert rows(f"{path}&boss_id=is.null") == [{"id": 1, "up": None}]
    assert [row["id"] for row in rows(f"{path}&or=(boss_id.is.null,id.eq.3)")] == [1, 3]
    assert rows(f"{path}&up=not.is.null") == [{"id": 4, "up": {"id": 2}}]
    assert [row["id"] for row in rows("e?select=id,boss_id()&boss_id=is.null")] == [1]


def test_several_keys(rows: Rows, refused: Rows) -> None:
    path = "firms?select=id,auditor(id),referee(id),a:firms!auditor(id),r:firms!referee(id)"
    found = {row.pop("id"): row for row in rows(f"{path}&a.order=id&r.order=id")}
    assert found[1] == {"auditor": None, "referee": None, "a": ids(2, 3), "r": ids(4)}
    assert found[4] == {"auditor": {"id": 2}, "referee": {"id": 1}, "a": [], "r": []}
    status, code, body = refused("firms?select=firms(id)")
    assert (status, code) == (300, "PGRST201")
    assert body["hint"].startswith(
        "Try changing 'firms' to one of the following: 'firms!firms_auditor_fkey', "
        "'firms!firms_referee_fkey'. "
    )
    assert [one["cardinality"] for one in body["details"]] == ["one-to-many"] * 2


def test_a_key_of_two_columns(rows: Rows) -> None:
    path = "cells?select=x,y,cells(x,y),again:cells!cell(x),cell(x,y)&cells.order=x&again.order=x"
    found = {(row["x"], row["y"]): row for row in rows(path)}
    assert found[1, 1]["cells"] == [{"x": 1, "y": 2}, {"x": 2, "y": 1}]
    assert found[1, 1]["again"] == [{"x": 1}, {"x": 2}]
    assert found[1, 1]["cell"] is None
    assert found[2, 2]["cell"] == {"x": 1, "y": 2}


def test_one_to_one(rows: Rows) -> None:
    path = "queue?select=id,next:queue(id),queue!before(id),before(id)&order=id"
    assert rows(path) == [
        {"id": 1, "next": {"id": 2}, "queue": {"id": 2}, "before": None},
        {"id": 2, "next": {"id": 3}, "queue": {"id": 3}, "before": {"id": 1}},
        {"id": 3, "next": None, "queue": None, "before": {"id": 2}},
    ]


@pytest.mark.parametrize(
    ("hint", "found"),
    [
        # Whose rows in between point here by that key.
        ("follows_follower_fkey", {1: ids(2, 3), 2: ids(3), 3: []}),
        ("follows_followed_fkey", {1: [], 2: ids(1), 3: ids(1, 2)}),
    ],
)
def test_many_to_many(rows: Rows, hint: str, found: dict[int, Any]) -> None:
    asked = rows(f"people?select=id,people!{hint}(id)&people.order=id")
    assert {row["id"]: row["people"] for row in asked} == found


@pytest.mark.parametrize("embed", ["people", "people!follows"])
def test_many_to_many_has_two_directions(refused: Rows, embed: str) -> None:
    status, code, body = refused(f"people?select={embed}(id)")
    assert (status, code) == (300, "PGRST201")
    assert body["details"] == [
        {
            "cardinality": "many-to-many",
            "embedding": "people with people",
            "relationship": f"follows using {one} and {other}",
        }
        for one, other in [
            ("follows_followed_fkey(followed)", "follows_follower_fkey(follower)"),
            ("follows_follower_fkey(follower)", "follows_followed_fkey(followed)"),
        ]
    ]


def test_as_postgrest_goes_through_a_table_in_between(rows: Rows) -> None:
    path = "people?id=eq.1&select=follows!follower(...people!followed(id))&follows.order=followed"
    assert rows(path) == [{"follows": ids(2, 3)}]


def test_a_key_of_its_own_is_meant_before_a_table_in_between(rows: Rows) -> None:
    path = "parts?select=id,parts(id),s:parts!spares_part_fkey(id)&order=id&parts.order=id"
    assert rows(path) == [
        {"id": 1, "parts": ids(2, 3), "s": []},
        {"id": 2, "parts": [], "s": ids(3)},
        {"id": 3, "parts": [], "s": []},
    ]


def test_names_that_need_quotes(rows: Rows) -> None:
    assert rows('order?select=select,"order"(select),group(select)&order=select') == [
        {"select": 1, "order": [{"select": 2}], "group": None},
        {"select": 2, "order": [], "group": {"select": 1}},
    ]
    table, key, column = '"a.b, (c)"', '"x.y"', '"or, and"'
    embeds = f"{table}({key}),again:{table}!{column}({key}),{column}({key})"
    assert rows(f"a.b, (c)?select={key},{embeds}&order={key}") == [
        {"x.y": 1, "a.b, (c)": [{"x.y": 2}], "again": [{"x.y": 2}], "or, and": None},
        {"x.y": 2, "a.b, (c)": [], "again": [], "or, and": {"x.y": 1}},
    ]


@pytest.mark.parametrize("name", LONG, ids=len)
def test_names_as_long_as_postgres_has_them(rows: Rows, name: str) -> None:
    down = f"down:{name}(id,down:{name}(id,twice))"
    first, _, last = rows(f"{name}?select=up(id,up(id,twice)),{down}&order=id")
    assert first == {"up": None, "down": [{"id": 2, "down": [{"id": 3, "twice": 6}]}]}
    assert last == {"up": {"id": 2, "up": {"id": 1, "twice": 2}}, "down": []}
