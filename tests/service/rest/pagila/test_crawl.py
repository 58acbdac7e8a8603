"""Whatever the API tells of a database can be asked for, and gives the right rows."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from retort.rest.request.scanner import in_quotes

from ...page import Page
from ...postgres import Database

RESOURCES = (
    "actor",
    "address",
    "category",
    "customer",
    "customer_list",
    "film",
    "film_actor",
    "film_category",
    "film_list",
    "inventory",
    "language",
    "payment",
    "rental",
    "rental_by_category",
    "staff",
    "store",
)
VIEWS = ("customer_list", "film_list", "rental_by_category")
WRITTEN = [name for name in RESOURCES if name not in VIEWS]
# The types whose values Postgres cannot compare or sort.
INCOMPARABLE = {("address", "place")}


def rows(client: FlaskClient, path: str, **parameters: str) -> list[dict[str, Any]]:
    response = client.get(f"/api/{path}", query_string=parameters)
    assert response.status_code == 200, f"{path} {parameters}: {response.text}"
    found: list[dict[str, Any]] = response.get_json()
    return found


def of_database(shared: Database, resource: str) -> list[dict[str, Any]]:
    found = shared.execute(f"SELECT row_to_json(t)::text FROM pagila.{resource} t")
    return [json.loads(text) for (text,) in found]


def described(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/api/").get_json()
    return document


def test_these_are_all_resources(client: FlaskClient) -> None:
    found = {tag["name"] for tag in described(client)["tags"]}
    assert found == {*RESOURCES, "Retort"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_row_is_there(client: FlaskClient, shared: Database, resource: str) -> None:
    expected = of_database(shared, resource)
    found = rows(client, resource)
    assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, expected))


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_column_is_filtered_by_each_of_its_values(
    client: FlaskClient, shared: Database, resource: str
) -> None:
    every = rows(client, resource)
    for name in every[0]:
        texts = shared.execute(f"SELECT {name}::text FROM pagila.{resource}")
        for (text,) in {*texts}:
            if text is None:
                found = rows(client, resource, **{name: "is.null"})
                assert found == [row for row in every if row[name] is None]
                continue
            if (resource, name) in INCOMPARABLE:
                answer = client.get(f"/api/{resource}", query_string={name: f"eq.{text}"})
                assert (answer.status_code, answer.get_json()["code"]) == (404, "42883")
                continue
            equal = rows(client, resource, **{name: f"eq.{text}"})
            assert equal
            alike = [row for row in every if row[name] == equal[0][name]]
            assert sorted(map(json.dumps, equal)) == sorted(map(json.dumps, alike))
            if not isinstance(equal[0][name], list):
                assert rows(client, resource, **{name: f"in.({in_quotes(text)})"}) == equal
            others = rows(client, resource, **{name: f"neq.{text}"})
            nulls = [row for row in every if row[name] is None]
            assert len(equal) + len(others) + len(nulls) == len(every)


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_column_sorts_and_groups(client: FlaskClient, resource: str) -> None:
    every = rows(client, resource)
    for name in every[0]:
        if (resource, name) in INCOMPARABLE:
            continue
        up = rows(client, resource, select=name, order=f"{name}.asc.nullsfirst")
        down = rows(client, resource, select=name, order=f"{name}.desc.nullslast")
        assert up == down[::-1]
        groups = rows(client, resource, select=f"{name},count()")
        assert sum(group["count"] for group in groups) == len(every)


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_embed_that_is_told_of_gives_rows_of_its_table(
    client: FlaskClient, shared: Database, resource: str
) -> None:
    get = described(client)["paths"][f"/{resource}"]["get"]
    for target in re.findall(r"`(\w+)\(\*\)`", get.get("description", "")):
        every = of_database(shared, target)
        for embed in embeds(client, resource, target):
            for row in rows(client, resource, select=f"*,_:{embed}(*)"):
                found = cast(list[Any], row["_"] if isinstance(row["_"], list) else [row["_"]])
                assert all(each is None or each in every for each in found), embed


def embeds(client: FlaskClient, resource: str, target: str) -> list[str]:
    """All ways to embed the target, by the hints of whatever error the API gives."""
    answer = client.get(f"/api/{resource}", query_string={"select": f"{target}(*)"})
    if answer.status_code == 200:
        return [target]
    assert answer.status_code == 300, answer.text
    error = answer.get_json()
    hints = re.findall(r"'(\w+![^']+)'", error["hint"])
    assert len(hints) == len(error["details"])
    return hints


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_page_is_shown_and_every_link_leads_somewhere(
    client: FlaskClient, resource: str
) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    page = Page(client.get(f"/tables/pagila.{resource}"))
    assert page.status == 200
    links = {link for link in page.links.values() if link.startswith("/tables/")}
    for link in links:
        sorts = any(f"pagila.{table}?order={name}." in link for table, name in INCOMPARABLE)
        assert Page(client.get(link)).status == (404 if sorts else 200), link


@pytest.mark.parametrize("resource", WRITTEN)
def test_every_row_is_written_back_as_it_was_read(
    client: FlaskClient, shared: Database, resource: str
) -> None:
    info = client.get("/api/info").get_json()["resources"]["pagila"][resource]
    generated = {"rental_period"}
    before = of_database(shared, resource)
    for row in rows(client, resource):
        key = ",".join(str(row[name]) for name in info["key"])
        whole = {name: value for name, value in row.items() if name not in generated}
        for method in ("PATCH", "PUT"):
            answer = client.open(f"/api/{resource}/{key}", method=method, json=whole)
            assert answer.status_code == 204, answer.text
    after = of_database(shared, resource)
    assert sorted(map(json.dumps, after)) == sorted(map(json.dumps, before))
