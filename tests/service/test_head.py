"""The head of every page: the same links, and a way past them."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.head import features

from .application import MakeApp
from .page import Page

pytestmark = pytest.mark.reads

HTML = {"Accept": "text/html"}
# Each kind of page, with what its head marks: the page itself, or where it belongs.
PAGES = {
    "/": [("page", "Retort")],
    "/nowhere": [],
    "/tables": [("page", "Tables")],
    "/tables/persons": [("true", "Tables")],
    "/tables/persons/1": [("true", "Tables")],
    "/tables/nosuch": [("true", "Tables")],
    "/api/docs": [("page", "API")],
    "/cheatsheet": [("page", "Cheat sheet")],
    "/cheatsheet?q=upsert": [("page", "Cheat sheet")],
    "/cheatsheet/chapters/read": [("true", "Cheat sheet")],
    "/cheatsheet/upsert": [("true", "Cheat sheet")],
    "/cheatsheet/nosuch": [("true", "Cheat sheet")],
}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_same_links_and_marks_where_it_is(
    app: Flask, client: FlaskClient, path: str
) -> None:
    html = client.get(path, headers=HTML).text
    (head,) = re.findall(r'<header class="masthead">(.*?)</header>', html, re.DOTALL)
    links = [("/", "Retort"), *((feature.path, feature.title) for feature in features(app))]
    assert re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', head) == links
    assert re.findall(r'aria-current="(\w+)">([^<]+)<', head) == PAGES[path]


def test_the_cheat_sheet_is_first(app: Flask) -> None:
    assert [feature.title for feature in features(app)] == ["Cheat sheet", "Tables", "API"]


@pytest.mark.parametrize("path", PAGES)
def test_the_first_link_of_every_page_skips_to_its_content(client: FlaskClient, path: str) -> None:
    tags = Page(client.get(path, headers=HTML)).tags
    first = tags[[tag for tag, _ in tags].index("body") + 1]
    assert first == ("a", {"class": "skip", "href": "#content"})
    assert [given["id"] for tag, given in tags if tag == "main"] == ["content"]


def test_a_host_that_is_not_trusted_gets_the_head_too(make_app: MakeApp) -> None:
    app = make_app(trusted_hosts=["shop.example"])
    response = app.test_client().get("/", headers=HTML | {"Host": "evil.example"})
    assert response.status_code == 400
    for feature in features(app):
        assert f'href="{feature.path}"' in response.text
