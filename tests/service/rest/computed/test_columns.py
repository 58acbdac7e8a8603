"""A function that takes a row of a table is a column of it, which is read where it is named."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient


def rows(client: FlaskClient, path: str, **headers: str) -> Any:
    response = client.get(f"/api/{path}", headers=headers)
    assert response.status_code == 200, response.text
    return response.get_json()


def code(client: FlaskClient, path: str) -> tuple[int, str]:
    response = client.get(f"/api/{path}")
    return response.status_code, response.get_json()["code"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (
            "people?select=full_name&id=lt.3",
            [{"full_name": "Ada Byron"}, {"full_name": "Ben Adams"}],
        ),
        ("people?select=called:full_name&id=eq.1", [{"called": "Ada Byron"}]),
        ("people?select=id&full_name=eq.Ben Adams", [{"id": 2}]),
        (
            "people?select=id&full_name=not.is.null&order=full_name.desc",
            [{"id": 9}, {"id": 2}, {"id": 1}],
        ),
        ("people?select=id&or=(full_name.like.B*,initial.eq.C)&order=id", [{"id": 2}, {"id": 3}]),
        ("people?select=id&full_name=fts.byron", [{"id": 1}]),
        ("people?select=card->>name&id=eq.2", [{"name": "Ben"}]),
        ("people?select=id&card->>born=eq.1815-12-10", [{"id": 1}]),
        ("people?select=card->born::text&id=eq.1", [{"born": '"1815-12-10"'}]),
        ("people?select=letters&letters=cs.{B}", [{"letters": ["B", "e", "n"]}]),
        ("people?select=letters->0&id=eq.1", [{"letters": "A"}]),
        (
            "people?select=initial,count()&id=lt.9&order=initial.desc&limit=1",
            [{"initial": "C", "count": 1}],
        ),
        ("people?select=full_name.max()", [{"max": "Zoe Xu"}]),
        ('people?select="Full Name"&"Full Name"=eq.Cy%25', [{"Full Name": "Cy%"}]),
        (
            "city?select=city,is_big&order=is_big",
            [{"city": "Ulm", "is_big": False}, {"city": "Rom", "is_big": True}],
        ),
        ("city?select=city&is_big=is.true", [{"city": "Rom"}]),
        ("logs?select=loud&loud=eq.TWO", [{"loud": "TWO"}]),
        ("names?select=shout&id=eq.1", [{"shout": "ADA"}]),
        (
            "tasks?select=title,people!tasks_person_id_fkey(full_name)&id=eq.4",
            [{"title": "sow", "people": None}],
        ),
        (
            "people?select=first,tasks(title)&full_name=eq.Ben Adams",
            [{"first": "Ben", "tasks": [{"title": "nap"}]}],
        ),
    ],
)
def test_it_is_a_column_like_another(client: FlaskClient, path: str, found: Any) -> None:
    assert rows(client, path) == found


def test_it_is_not_among_all_columns(client: FlaskClient) -> None:
    assert list(rows(client, "city")[0]) == ["city", "size"]
    assert list(rows(client, "city?select=*,is_big")[0]) == ["city", "size", "is_big"]


def test_a_row_by_its_key_and_other_forms_have_it(client: FlaskClient) -> None:
    assert rows(client, "people/1?select=full_name") == {"full_name": "Ada Byron"}
    csv = client.get("/api/people?select=full_name&id=eq.1", headers={"Accept": "text/csv"})
    assert csv.text.splitlines() == ["full_name", "Ada Byron"]
    lines = {"Accept": "application/x-ndjson"}
    stream = client.get("/api/people?select=full_name,slow&id=eq.1", headers=lines)
    assert stream.text == '{"full_name":"Ada Byron","slow":"slow"}\n'


def test_a_row_has_no_version_with_it(client: FlaskClient) -> None:
    """It may change although the row does not."""
    assert "ETag" in client.get("/api/people/1?select=first").headers
    assert "ETag" not in client.get("/api/people/1?select=first,full_name").headers


@pytest.mark.parametrize("count", ["exact", "estimated", "planned"])
def test_rows_are_counted_with_it(client: FlaskClient, count: str) -> None:
    path = "/api/people?select=id&full_name=like.*A*&order=full_name&limit=1"
    response = client.get(path, headers={"Prefer": f"count={count}"})
    assert response.get_json() == [{"id": 1}]
    if count == "exact":
        assert response.headers["Content-Range"] == "0-0/2"


def test_a_column_of_its_name_comes_first(client: FlaskClient) -> None:
    assert rows(client, "people/1?select=first") == {"first": "Ada"}


@pytest.mark.parametrize("name", ["words", "nothing", "with_more", "row_to_json", "id_", "owner"])
def test_what_is_none_does_not_exist(client: FlaskClient, name: str) -> None:
    for path in (f"people?select={name}", f"people?{name}=eq.1", f"people?order={name}"):
        assert code(client, path) == (400, "42703")


def test_one_that_was_mistyped_is_told(client: FlaskClient) -> None:
    hint = client.get("/api/people?select=fullname").get_json()["hint"]
    assert hint == "Perhaps you meant the column full_name"


def test_it_is_called_by_whoever_may_execute_it(client: FlaskClient) -> None:
    assert code(client, "people?select=forbidden") == (401, "42501")


def test_one_that_may_write_cannot_where_it_is_read(client: FlaskClient) -> None:
    before = rows(client, "people?select=id")
    assert rows(client, "people?select=slow&id=eq.1") == [{"slow": "slow"}]
    for path in ("people?select=bury", "people?bury=is.true", "people/3?select=bury"):
        assert code(client, path) == (405, "25006")
    stream = client.get("/api/people?select=bury", headers={"Accept": "application/x-ndjson"})
    assert stream.status_code == 405
    assert rows(client, "people?select=id") == before


def test_rows_just_written_have_it(client: FlaskClient, member: dict[str, str]) -> None:
    path = "/api/people?select=full_name,initial"
    new = client.post(path, json={"first": "Di", "last": "Moe"}, headers=member)
    assert (new.status_code, new.get_json()) == (201, [{"full_name": "Di Moe", "initial": "D"}])
    path = "/api/people?full_name=eq.Ben Adams&select=full_name"
    changed = client.patch(path, json={"last": "Low"}, headers=member)
    assert (changed.status_code, changed.get_json()) == (200, [{"full_name": "Ben Low"}])
    gone = client.delete("/api/logs?loud=eq.ONE&select=loud", headers=member)
    assert gone.status_code == 405  # it has no key
    gone = client.delete("/api/city?is_big=is.true&select=city,is_big", headers=member)
    assert gone.get_json() == [{"city": "Rom", "is_big": True}]
    through = client.patch("/api/names?id=eq.2&select=shout", json={"first": "Bo"}, headers=member)
    assert through.get_json() == [{"shout": "BO"}]
    both = [{"id": 2, "first": "Bo"}, {"id": 7, "first": "Ed"}]
    prefer = {"Prefer": f"{member['Prefer']},resolution=merge-duplicates"}
    path = "/api/people?select=id,initial&order=initial.desc"
    merged = client.post(path, json=both, headers=member | prefer)
    assert merged.get_json() == [{"id": 7, "initial": "E"}, {"id": 2, "initial": "B"}]


def test_it_cannot_be_written(client: FlaskClient, member: dict[str, str]) -> None:
    for path in ("people", "people?columns=full_name"):
        refused = client.post(f"/api/{path}", json={"full_name": "x"}, headers=member)
        assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST204")
    refused = client.patch("/api/people?id=eq.1", json={"full_name": "x"}, headers=member)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST204")
    prefer = {"Prefer": "resolution=merge-duplicates"}
    path = "/api/people?on_conflict=full_name"
    refused = client.post(path, json={"first": "x"}, headers=member | prefer)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "42703")


def test_a_table_that_inherits_has_those_of_the_other(client: FlaskClient) -> None:
    assert rows(client, "bosses?select=full_name") == [{"full_name": "Zoe Xu"}]
