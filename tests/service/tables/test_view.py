"""What a view is made of: one request of the API, and one statement."""

import html
import json
import re
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from ..application import MakeApp
from ..postgres import Database
from ..sent import verb
from .browser import get, shown

pytestmark = pytest.mark.reads


def as_list(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]  # pyright: ignore[reportUnknownVariableType]


@pytest.mark.parametrize(
    "path",
    [
        "/tables/persons",
        '/tables/persons?name=eq.O\'Neil %25 "x"\\',
        "/tables/persons?id=in.(1,2)&order=name.desc&limit=1",
        "/tables/orders?status=eq.paid",
        "/tables/persons/1",
    ],
)
def test_the_request_that_is_shown_gives_what_is_shown(client: FlaskClient, path: str) -> None:
    page = get(client, path)
    assert page.status == 200
    found = re.search(r'<code class="copy">(.*?)</code>', page.html, re.DOTALL)
    assert found
    curl, *words = shlex.split(html.unescape(found[1]))
    assert curl == "curl"
    url = urlsplit(words.pop())
    assert url.netloc == "localhost"
    headers = dict(word.split(": ") for word in words if word != "-H")
    response = client.get(f"{url.path}?{url.query}", headers=headers)
    assert f"{url.path}?{url.query}".rstrip("?") in page.links
    assert response.status_code in (200, 206)
    for row in as_list(response.json):
        assert f">{row['id']}<" in page.html


@pytest.mark.parametrize(
    "path",
    [
        '/tables/persons?name=not.eq.O\'Neil %25s "x"\\&id=gt.1&limit=2',
        "/tables/orders/1",
        "/tables/projects?select=*,persons!inner()&persons.id=eq.4&order=name.desc",
        "/tables/persons?name=in.(Amy,Chloé)&profile->>city=eq.Lyon",
    ],
)
def test_the_sql_that_is_shown_can_be_run(
    client: FlaskClient, database: Database, path: str
) -> None:
    page = get(client, path)
    assert page.status == 200
    found = re.search(r'aria-labelledby="sql"><code>(.*?)</code>', page.html, re.DOTALL)
    assert found
    assert "<mark>" in found[1]
    sql = html.unescape(re.sub("</?mark>", "", found[1]))
    body = database.execute(sql.replace(":", "\\:"))[0].body
    answer = client.get(path.replace("/tables", "/api"))
    assert json.loads(f"[{body}]") == as_list(answer.json)


@pytest.mark.parametrize(
    "path",
    [
        "/tables/persons",
        "/tables/persons?id=gt.1&order=name&offset=1",
        "/tables/projects?select=*,persons!inner()&persons.id=eq.1",
        "/tables/persons/1",
        "/tables/persons/99",
    ],
)
def test_a_view_is_one_round_trip(client: FlaskClient, statements: list[str], path: str) -> None:
    get(client, "/tables")  # which tables there are is known for a few seconds
    statements.clear()
    get(client, path)
    (sent,) = statements
    assert verb(sent) == "SELECT"


@pytest.mark.parametrize("path", ["/tables", "/tables/notes", "/tables/nosuch"])
def test_what_shows_no_rows_does_without_the_database(
    client: FlaskClient, statements: list[str], path: str
) -> None:
    get(client, "/tables")
    statements.clear()
    get(client, path)
    assert statements == []


@pytest.mark.parametrize("prefix", ["", "/v1/data"])
def test_it_stays_where_it_is_wherever_the_api_is(make_app: MakeApp, prefix: str) -> None:
    client = make_app(api_prefix=prefix).test_client()
    page = get(client, get(client, "/tables").links["orders"])
    assert shown(page) == "1-7 of 7"
    request = f"{prefix}/orders?order=id&limit=25"
    assert page.links[request] == request
    assert client.get(request).status_code == 200
