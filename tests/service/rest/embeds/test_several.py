"""Where an embed may mean several relationships, the error tells them as PostgREST does, and what
it says to write instead is one of them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from ...page import Page
from .conftest import Rows

CALL = re.compile(r"'([^']+)'")
HINT = re.compile(
    r"Try changing '(.+?)' to one of the following: (.+)\. "
    r"Find the desired relationship in the 'details' key\."
)

AMBIGUOUS: dict[str, list[tuple[str, str, str]]] = {
    "agents?select=departments": [
        (
            "one-to-many",
            "departments_head_id_fkey using agents(id) and departments(head_id)",
            "departments!departments_head_id_fkey",
        ),
        (
            "many-to-one",
            "agents_department_id_fkey using agents(department_id) and departments(id)",
            "departments!agents_department_id_fkey",
        ),
    ],
    "sites?select=projects": [
        (
            "many-to-one",
            "main_project using sites(main) and projects(id)",
            "projects!main_project",
        ),
        (
            "many-to-many",
            "jobs using jobs_site_id_fkey(site_id) and jobs_project_id_fkey(project_id)",
            "projects!jobs",
        ),
        (
            "many-to-many",
            "old_jobs using old_jobs_site_id_fkey(site_id) and old_jobs_project_id_fkey"
            "(project_id)",
            "projects!old_jobs",
        ),
    ],
    "firsts?select=seconds": [
        (
            "one-to-one",
            f"firsts_{column}_fkey using firsts({column}) and seconds(id)",
            f"seconds!firsts_{column}_fkey",
        )
        for column in ("one", "other")
    ],
    "seconds?select=firsts": [
        (
            "one-to-one",
            f"firsts_{column}_fkey using seconds(id) and firsts({column})",
            f"firsts!firsts_{column}_fkey",
        )
        for column in ("one", "other")
    ],
    "left_?select=right_": [
        (
            "many-to-many",
            f"between using between_{left}_fkey({left}) and between_{right}_fkey({right})",
            f"right_!between_{left}_fkey and between_{right}_fkey",
        )
        for left in ("l1", "l2")
        for right in ("r1", "r2")
    ],
    "people?select=people": [
        (
            "many-to-many",
            f"follows using follows_{one}_fkey({one}) and follows_{other}_fkey({other})",
            f"people!follows_{one}_fkey",
        )
        for one, other in [("followed", "follower"), ("follower", "followed")]
    ],
}


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_it_is_told(refused: Rows, rows: Rows, path: str) -> None:
    origin, name = path.split("?select=")
    status, code, body = refused(f"{path}(*)")
    assert (status, code) == (300, "PGRST201")
    assert body["message"] == (
        f"Could not embed because more than one relationship was found for '{origin}' and '{name}'"
    )
    assert body["details"] == [
        {"cardinality": kind, "embedding": f"{origin} with {name}", "relationship": using}
        for kind, using, _ in AMBIGUOUS[path]
    ]
    said = HINT.fullmatch(body["hint"])
    assert said
    assert said[1] == name
    assert CALL.findall(said[2]) == [call for *_, call in AMBIGUOUS[path]]


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_what_to_write_instead_is_one_of_them(refused: Rows, rows: Rows, path: str) -> None:
    origin, name = path.split("?select=")
    kinds: list[Any] = []
    for call in CALL.findall(refused(f"{path}(*)")[2]["hint"].split("following:")[1])[:-1]:
        for embed in (f"{call}(id)", f"{call}!left(id)", f"{call}!inner(id)"):
            found = rows(f"{origin}?select=id,{embed}")
            assert found
        kinds.append(type(found[0][name]))
    to_one = [kind.endswith("to-one") for kind, *_ in AMBIGUOUS[path]]
    assert kinds == [dict if is_object else list for is_object in to_one]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("agents?select=x:departments!head_id(id)", [[], [{"id": 1}, {"id": 2}]]),
        ("agents?select=x:departments!department_id(id)", [{"id": 1}, {"id": 1}]),
        ("agents?select=x:department_id(id)", [{"id": 1}, {"id": 1}]),
        ("agents?select=x:agents_department_id_fkey(id)", [{"id": 1}, {"id": 1}]),
        ("agents?select=x:departments_head_id_fkey(id)", [[], [{"id": 1}, {"id": 2}]]),
        ("agents?select=id,x:departments!head_id!inner()", [None]),
        ("departments?select=x:agents!department_id(id)", [[{"id": 1}, {"id": 2}], []]),
        ("departments?select=x:head_id(id)", [{"id": 2}, {"id": 2}]),
        ("sites?select=x:projects!main(id)", [{"id": 1}]),
        ("sites?select=x:main(id)", [{"id": 1}]),
        ("sites?select=x:main_project(id)", [{"id": 1}]),
        ("sites?select=x:projects!jobs(id)", [[{"id": 2}]]),
        ("sites?select=x:projects!old_jobs(id)&x.order=id", [[{"id": 2}, {"id": 3}]]),
        ("sites?select=x:projects!old_jobs_site_id_fkey(id)&x.order=id", [[{"id": 2}, {"id": 3}]]),
        ("firsts?select=x:seconds!one(id)", [{"id": 1}]),
        ("firsts?select=x:other(id)", [{"id": 2}]),
        ("seconds?select=x:firsts!one(id)", [{"id": 1}, None]),
        ("seconds?select=x:firsts_other_fkey(id)", [None, {"id": 1}]),
        ("left_?select=x:between!l1(...right_!r2(id))", [[{"id": 2}], []]),
        # The column that is pointed at will do as well.
        ("jobs?select=x:sites!id(id)", [{"id": 1}]),
        ("badges?select=x:people!id(id)", [{"id": 1}]),
        # An index is no constraint.
        ("people?select=x:badges(id)", [[{"id": 1}], [], []]),
        ("people?select=x:badges!id(id)", [[{"id": 1}], [], []]),
    ],
)
def test_a_hint(rows: Rows, path: str, found: list[Any]) -> None:
    assert [row.get("x") for row in rows(f"{path}&order=id" if "jobs?" not in path else path)] == (
        found
    )


@pytest.mark.parametrize(
    ("path", "name", "hint"),
    [
        ("sites?select=project(*)", "project", "projects"),
        ("sites?select=projects!nosuch(*)", "projects", None),
        ("sites?select=projects!main_(*)", "projects", None),
        ("sites?select=places(*)", "places", None),
        ("agents?select=depratments(*)", "depratments", "departments"),
        ("people?select=nothing(*)", "nothing", None),
        # In between is a key that is unique by itself.
        ("people?select=projects!lockers(*)", "projects", None),
        # And from a table to itself a column that all keys have in common is none.
        ("e?select=e!id(*)", "e", None),
    ],
)
def test_what_leads_nowhere(refused: Rows, path: str, name: str, hint: str | None) -> None:
    status, code, body = refused(path)
    assert (status, code) == (400, "PGRST200")
    said = f"Perhaps you meant '{hint}' instead of '{name}'." if hint else None
    assert body["hint"] == said


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("site", "sites"),
        ("Sites", "sites"),
        ("departmens", "departments"),
        ("events_1", "events"),
        ("visible", None),
        ("old", None),
        ("followings", None),
    ],
)
def test_only_a_name_that_is_alike_is_told(refused: Rows, name: str, hint: str | None) -> None:
    status, code, body = refused(name)
    assert (status, code) == (404, "PGRST205")
    assert body["hint"] == (f"Perhaps you meant the table 'ways.{hint}'" if hint else None)


def test_the_page_of_a_row_leads_each_way_through_a_table(client: FlaskClient) -> None:
    html = client.get("/tables/ways.left_/1").text
    found = re.findall(
        r'href="([^"]+)">ways\.right_</a>.*?through between \((\w+), (\w+)\)', html, re.DOTALL
    )
    leads = {(left, right): Page(client.get(unescape(url))) for url, left, right in found}
    assert {keys: page.columns.get("id", []) for keys, page in leads.items()} == {
        ("l1", "r1"): ["1"],
        ("l1", "r2"): ["2"],
        ("l2", "r1"): [],
        ("l2", "r2"): [],
    }
