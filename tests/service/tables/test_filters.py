"""Filters, which the form adds and a link removes."""

import pytest
from flask.testing import FlaskClient

from .browser import get, names

pytestmark = pytest.mark.reads


@pytest.mark.parametrize(
    ("column", "operator", "value", "found"),
    [
        ("name", "eq", "Amy", ["Amy"]),
        ("name", "eq", "Amy'; DROP TABLE persons --", []),
        ("manager_id", "neq", "1", ["Deniz", "Emeka", "Freya"]),
        ("id", "gt", "4", ["Emeka", "Freya"]),
        ("id", "gte", "5", ["Emeka", "Freya"]),
        ("id", "lt", "2", ["Amy"]),
        ("id", "lte", "2", ["Amy", "Ben"]),
        ("name", "ilike", "*E*", ["Ben", "Deniz", "Emeka", "Freya"]),
        ("name", "not.ilike", "*e*", ["Amy", "Chloé"]),
        ("name", "in", "Amy,Freya", ["Amy", "Freya"]),
        ("name", "in", '("Amy")', ["Amy"]),
        ("tags", "cs", '{"on call"}', ["Emeka"]),
        ("profile", "cs", '{"city": "Lyon"}', ["Chloé"]),
        ("name", "wfts", "amy or ben", ["Amy", "Ben"]),
        ("email", "is.null", "", ["Freya"]),
        ("manager_id", "not.is.null", "whatever", ["Ben", "Chloé", "Deniz", "Emeka", "Freya"]),
    ],
)
def test_the_form_filters(
    client: FlaskClient, column: str, operator: str, value: str, found: list[str]
) -> None:
    form = get(client, "/tables/persons")
    page = get(client, form.sent(column=column, operator=operator, value=value))
    assert page.status == 200
    assert page.columns.get("name", []) == found
    # The form shows the filter, and sent as it stands it changes nothing.
    assert ("~column", column) in page.fields
    assert ("~operator", operator) in page.fields
    assert get(client, page.sent()).rows == page.rows


def test_several_filters_all_hold(client: FlaskClient) -> None:
    page = get(client, "/tables/persons")
    page = get(client, page.sent(column="tags", operator="cs", value="{engineer}"))
    page = get(client, page.sent(column="id", operator="gt", value="2"))
    assert names(page) == ["Deniz", "Emeka"]
    page = get(client, page.links["Remove the filter tags contains {engineer}"])
    assert names(page) == ["Chloé", "Deniz", "Emeka", "Freya"]


def test_every_view_has_an_address_that_is_a_request_of_the_api(client: FlaskClient) -> None:
    form = get(client, "/tables/persons")
    response = client.get(form.sent(column="name", operator="ilike", value="*e&y*"))
    assert response.status_code == 302
    assert response.headers["Location"] == "/tables/persons?name=ilike.*e%26y*"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("or=(name.eq.Amy,name.eq.Ben)", ["Amy", "Ben"]),
        ("profile->>city=eq.Lyon", ["Chloé"]),
        ("name[0]=eq.Amy", ["Amy"]),
        ("select=name,manager!inner(name)&manager.name=eq.Chloé", ["Freya"]),
    ],
)
def test_what_the_form_has_no_field_for_is_kept_and_can_be_removed(
    client: FlaskClient, query: str, found: list[str]
) -> None:
    page = get(client, f"/tables/persons?{query}")
    assert names(page) == found
    assert names(get(client, page.sent(limit="10"))) == found
    condition = query.rpartition("&")[2]
    assert len(names(get(client, page.links[f"Remove the condition {condition}"]))) > len(found)
