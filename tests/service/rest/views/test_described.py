"""What the API and the pages say of views: their keys, their relationships, what they take."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from ...tables.browser import get
from ..openapi.document import document


def operations(found: Any, path: str) -> set[str]:
    return found["paths"][path].keys() - {"parameters"}


def test_the_document_has_the_methods_that_a_view_takes(front: FlaskClient) -> None:
    found = document(front)
    assert operations(found, "/clients") == {"get", "post", "patch", "put", "delete"}
    assert operations(found, "/clients/{key}") == {"get", "patch", "put", "delete"}
    assert operations(found, "/houses") == {"get", "post", "patch", "delete"}
    for path in ("/desks", "/desks/{key}", "/works", "/people", "/people/{key}", "/all_names"):
        assert operations(found, path) == {"get"}
    assert "/houses/{key}" not in found["paths"]
    assert "/all_names/{key}" not in found["paths"]


def test_the_document_has_the_key_and_what_a_view_leads_to(front: FlaskClient) -> None:
    found = document(front)
    columns = found["components"]["schemas"]["projects"]["properties"]
    assert columns["id"]["description"] == "Primary key"
    assert columns["client"]["description"] == "Refers to `front.clients.no`"
    assert columns["loud"]["readOnly"] is True
    assert "readOnly" not in columns["title"]
    said = found["paths"]["/projects"]["get"]["description"]
    for name in ("clients", "members", "people"):
        assert f"`{name}(*)`" in said


def test_a_column_refers_to_the_table_and_not_to_its_views(shop: FlaskClient) -> None:
    found = document(shop)["components"]["schemas"]
    said = found["jobs"]["properties"]["lead_id"]["description"]
    assert said == "Refers to `shop.people.id`"


def test_info_has_the_keys(front: FlaskClient) -> None:
    found = front.get("/api/info").get_json()["resources"]["front"]
    assert {name: (view["key"], view["writable"]) for name, view in found.items()} == {
        "all_names": ([], False),
        "clients": (["no"], True),
        "desks": (["id"], False),
        "houses": ([], True),
        "members": (["person_id", "job"], True),
        "people": (["id"], False),
        "projects": (["id"], True),
        "rooms": (["house", "no"], True),
        "twice": (["id"], False),
        "works": (["person", "job"], False),
    }


def test_a_page_links_from_views_and_to_them(front: FlaskClient) -> None:
    assert get(front, get(front, "/tables/front.projects").links["3"]).columns
    row = get(front, "/tables/front.projects/2")
    assert row.links["client"] == "/tables/front.clients/1"
    assert get(front, row.links["front.members"]).columns["person_id"] == ["2"]
    counts = {cells[2]: cells[1] for cells in row.rows if len(cells) > 2}
    assert counts["front.members.job → id"] == "1"
    assert get(front, "/tables/front.members/2,2").status == 200


def test_a_column_links_to_the_table_and_not_to_its_views(shop: FlaskClient) -> None:
    row = get(shop, "/tables/shop.jobs/1")
    assert row.links["client_id"] == "/tables/shop.clients/1"
    assert row.links["lead_id"] == "/tables/shop.people/1"


def test_the_page_of_a_key_that_is_there_twice_shows_both(front: FlaskClient) -> None:
    sent = front.get("/tables/front.twice/2")
    assert sent.status_code == 302
    assert get(front, sent.headers["Location"]).columns["name"] == ["Bo", "Bo"]


@pytest.mark.parametrize("path", ["clients/9", "people/9", "works/9,9"])
def test_where_there_is_no_row_there_is_none(front: FlaskClient, path: str) -> None:
    assert front.get(f"/api/{path}").status_code == 404
    assert front.get(f"/tables/front.{path}").status_code == 404
