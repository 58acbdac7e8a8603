"""The page that a browser gets at `/`."""

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from retort import schema

from .postgres import Database

pytestmark = pytest.mark.reads


def page(client: FlaskClient) -> str:
    response = client.get("/", headers={"Accept": "text/html"})
    assert response.status_code == 200
    return response.text


def test_it_shows_the_persons_in_a_table(client: FlaskClient) -> None:
    html = page(client)
    assert re.findall(r'scope="row">(\w+)<', html) == [
        "Amy",
        "Ben",
        "Chloé",
        "Deniz",
        "Emeka",
        "Freya",
    ]
    assert "chloe@example.com" in html
    assert re.search(r'data-label="Manager">Chloé<', html)
    assert html.count('class="tag"') == 10


def test_it_shows_the_sql_that_fetched_them_and_its_time(client: FlaskClient) -> None:
    html = page(client)
    assert "LEFT OUTER JOIN persons" in html
    assert re.search(r"one round trip, \d+\.\d ms", html)


def test_it_shows_the_state_of_each_part(client: FlaskClient, database: Database) -> None:
    html = page(client)
    server = database.execute("SELECT current_setting('server_version')")[0][0]
    assert f"Postgres {server}" in html
    assert f"reached as the role <code>{database.web.username}</code>" in html
    assert f"<code>{schema.HEAD}</code>, which is what this code expects" in html


def test_it_says_where_the_schema_is_behind(client: FlaskClient, database: Database) -> None:
    database.execute("UPDATE alembic_version SET version_num = '0000'")
    assert "run db-init" in page(client)


def test_it_shows_the_first_twelve(client: FlaskClient, database: Database) -> None:
    database.execute("INSERT INTO persons (name) SELECT 'p' || n FROM generate_series(1, 20) n")
    html = page(client)
    assert html.count('scope="row"') == 12
    assert "The first 12 by id." in html


def test_what_is_in_the_database_is_escaped(client: FlaskClient, database: Database) -> None:
    database.execute("UPDATE persons SET name = '<script>alert(1)</script>' WHERE id = 1")
    html = page(client)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_it_asks_no_other_host_and_holds_nothing_inline(client: FlaskClient) -> None:
    class Page(HTMLParser):
        loaded: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            assert tag not in ("script", "style")
            assert "style" not in given
            assert not any(name.startswith("on") for name in given)
            if tag in ("link", "img"):
                self.loaded.append(given.get("href") or given.get("src") or "")

    parser = Page()
    parser.loaded = []
    parser.feed(page(client))
    assert parser.loaded
    for path in parser.loaded:
        assert path.startswith("/static/")
        assert client.get(path, buffered=True).status_code == 200


def test_after_the_greeting_come_the_cards_then_the_state_and_the_sql(client: FlaskClient) -> None:
    html = page(client)
    assert re.findall(r'<li><a href="([^"]+)">([^<]+)</a><p>[^<]+\.</p></li>', html) == [
        ("/cheatsheet", "Cheat sheet"),
        ("/tables", "Tables"),
        ("/api/docs", "API"),
        ("#add-a-model", "Add a model"),
    ]
    order = ("<h1>", 'class="leads"', 'id="stack"', 'id="persons"', 'id="sql"', 'id="add-a-model"')
    assert [*map(html.index, order)] == sorted(map(html.index, order))


def test_every_link_leads_somewhere(client: FlaskClient) -> None:
    html = page(client)
    links = re.findall(r'<a [^>]*href="([^"]+)"', html)
    assert "/readyz" in links
    for link in links:
        if link.startswith("#"):
            assert f'id="{link[1:]}"' in html
        else:
            assert client.get(link).status_code == 200
