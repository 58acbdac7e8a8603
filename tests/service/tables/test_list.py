"""Which tables there are, and who may read them."""

import html
import re

import pytest
from flask.testing import FlaskClient

from retort import tables

from ..application import MakeApp
from .browser import get

pytestmark = pytest.mark.reads

TABLES = ["notes", "orders", "persons", "projects"]


def test_every_table_of_the_api_is_listed_and_no_other(client: FlaskClient) -> None:
    page = get(client, "/tables")
    assert page.status == 200
    assert [name for name, url in page.links.items() if url.startswith("/tables/")] == TABLES
    assert "password_hash" not in page.html


def test_a_table_that_needs_a_token_is_marked(client: FlaskClient) -> None:
    marked = re.findall(r">(\w+)</a> <span class=.tag.>needs a token<", get(client, "/tables").html)
    assert marked == ["notes"]


def test_the_front_page_leads_there(client: FlaskClient) -> None:
    assert "/tables" in get(client, "/").links.values()


def test_the_front_page_does_without_it(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None: ...

    monkeypatch.setattr(tables, "init_app", nothing)
    client = make_app().test_client()
    assert get(client, "/tables").status == 404
    page = get(client, "/")
    assert page.status == 200
    assert "/tables" not in page.links.values()


@pytest.mark.parametrize(
    "path", ["/tables/notes", "/tables/notes/1", "/tables/notes?id=eq.1", "/tables/notes?id=x"]
)
def test_what_needs_a_token_is_refused_with_the_way_to_read_it(
    client: FlaskClient, path: str
) -> None:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "permission denied for table notes" in response.text
    assert "Authorization: Bearer" in response.text
    assert f"http://localhost{path.replace('/tables', '/api')}" in html.unescape(response.text)
    assert "/api/login" in response.text


def test_a_setting_closes_them_all(make_app: MakeApp) -> None:
    client = make_app(api_read="token").test_client()
    assert get(client, "/tables").html.count("needs a token") == len(TABLES)
    assert get(client, "/tables/persons").status == 401
