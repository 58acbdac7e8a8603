"""Computed columns and relationships in the API's own words, on the pages, and in a batch."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from ...page import Page


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> Any:
    return client.get("/api/").get_json()


def test_a_computed_column_can_only_be_read(document: Any) -> None:
    properties = document["components"]["schemas"]["people"]["properties"]
    assert properties["full_name"] == {
        "type": ["string", "null"],
        "readOnly": True,
        "description": "Computed, where `select` names it",
    }
    assert properties["letters"]["type"] == ["array", "null"]
    assert "full_name" not in document["components"]["schemas"]["people.new"]["required"]


def test_it_has_a_filter(document: Any) -> None:
    described = document["components"]["parameters"]["people.full_name"]["description"]
    assert described == "text, as in `eq.…`"
    names = [one["$ref"] for one in document["paths"]["/people"]["get"]["parameters"]]
    assert "#/components/parameters/people.full_name" in names


def test_a_computed_relationship_may_be_embedded(document: Any) -> None:
    assert document["paths"]["/tasks"]["get"]["description"] == (
        "`select` may embed `names(*)`, `owner(*)`, `people(*)`."
    )


def test_what_is_served_names_it(client: FlaskClient) -> None:
    tables = client.get("/api/info").get_json()["resources"]["crew"]
    assert tables["city"]["computed"] == ["is_big"]
    assert tables["city"]["columns"] == ["city", "size"]
    assert "computed" not in tables["tasks"]


def test_a_page_can_filter_sort_and_show_by_it(client: FlaskClient) -> None:
    page = Page(client.get("/tables/crew.city?is_big=is.true"))
    assert page.columns["city"] == ["Rom"]
    assert ("~column", "is_big") not in page.fields  # the form has no `is true`
    page = Page(client.get("/tables/crew.people?full_name=eq.Ben Adams"))
    assert page.columns["first"] == ["Ben"]
    assert ("~column", "full_name") in page.fields
    page = Page(client.get("/tables/crew.city?select=*,is_big&order=is_big.desc"))
    assert page.columns["is_big"] == ["true", "false"]
    assert page.links["is_big"] == "/tables/crew.city?select=*,is_big"
    page = Page(client.get("/tables/crew.tasks/1"))  # a function is in a key's place
    assert page.status == 200


def test_a_batch_reads_it(client: FlaskClient, member: dict[str, str]) -> None:
    requests = [
        {"path": "/people?select=slow,full_name&id=eq.1"},
        {"path": "/people/1?select=longest(title)"},
        {"method": "PATCH", "path": "/people?id=eq.1", "body": {"last": "Nobody"}},
        {"path": "/people/1?select=full_name"},
        {"method": "PATCH", "path": "/people?id=eq.1", "body": {"last": "Byron"}},
    ]
    answers = client.post("/api/", json=requests, headers=member).get_json()
    assert [answer["body"] for answer in answers][:2] == [
        [{"slow": "slow", "full_name": "Ada Byron"}],
        {"longest": {"title": "fly"}},
    ]
    assert answers[3]["body"] == {"full_name": "Ada Nobody"}
