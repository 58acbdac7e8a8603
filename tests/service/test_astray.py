"""An address that leads nowhere: its 404 leads to what was probably meant."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from .application import MakeApp

pytestmark = pytest.mark.reads

HTML = {"Accept": "text/html,*/*;q=0.8"}
# With what its page leads to first.
ASTRAY = [
    ("/livz", "/livez"),
    ("/READYZ/", "/readyz"),
    ("/cheatshet", "/cheatsheet"),
    ("/cheatshet/upsert", "/cheatsheet/upsert"),
    ("/uspert", "/cheatsheet/upsert"),
    ("/cheatsheet/upserts", "/cheatsheet/upsert"),
    ("/cheatsheet/uspert", "/cheatsheet/upsert"),
    ("/cheatsheet/chapters/relationship", "/cheatsheet/chapters/relationships"),
    ("/table", "/tables"),
    ("/tables/", "/tables"),
    ("/tables/person", "/tables/persons"),
    ("/persons", "/tables/persons"),
    ("/docs", "/api/docs"),
    ("/api/doc", "/api/docs"),
    ("/api/person", "/api/persons"),
]


def meant(html: str) -> list[str]:
    """Where a page says that one may have wanted to go."""
    found = re.search(r'<nav aria-labelledby="perhaps">.*?</nav>', html, re.DOTALL)
    return re.findall(r'<a href="([^"]+)">', found[0]) if found else []


@pytest.mark.parametrize(("path", "address"), ASTRAY)
def test_a_page_links_to_what_was_meant(client: FlaskClient, path: str, address: str) -> None:
    response = client.get(path, headers=HTML)
    assert response.status_code == 404
    assert meant(response.text)[0] == address
    assert client.get(address, headers=HTML).status_code == 200


def test_where_nothing_is_alike_nothing_is_suggested(client: FlaskClient) -> None:
    response = client.get("/xyzzy", headers=HTML)
    assert response.status_code == 404
    assert "Perhaps" not in response.text


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_text_and_json_name_it(client: FlaskClient, accept: str) -> None:
    text = client.get("/livz", headers={"Accept": accept}).text
    assert "There is nothing at this address. Perhaps you meant /livez?" in text
    assert "Perhaps" not in client.get("/xyzzy", headers={"Accept": accept}).text


def test_nobody_is_sent_where_a_link_gets_an_error(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if "<" not in rule.rule:
            for address in meant(client.get(f"{rule.rule}q", headers=HTML).text):
                assert client.get(address, headers=HTML).status_code == 200


def test_behind_a_prefix_the_links_have_it(make_app: MakeApp) -> None:
    client, headers = make_app(proxies=1).test_client(), HTML | {"X-Forwarded-Prefix": "/shop"}
    assert meant(client.get("/livz", headers=headers).text) == ["/shop/livez"]


@pytest.mark.parametrize(
    "path",
    [
        "/%22%3E%3Cscript%3Elivez",
        "/x/%0d%0aLocation:%20x/livez",
        "/\\evil.example/livez",
        "/x//evil.example/livez",
        "/javascript:alert(1)/livez",
        f"/{'livez' * 2000}",
        "/%00/livez",
    ],
)
def test_no_link_and_no_word_is_the_request_s(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=HTML, follow_redirects=True)
    assert response.status_code == 404
    assert {*meant(response.text)} <= {"/livez"}
    for word in ("script>", "evil", "alert", "livezlivez"):
        assert word not in response.text
