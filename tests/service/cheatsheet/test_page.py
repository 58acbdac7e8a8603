"""The sheet's pages as a reader finds them, before anything ran."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from retort.cheatsheet.recipe import Chapter
from retort.cheatsheet.recipes import CHAPTERS, RECIPES
from retort.cheatsheet.renderers import page
from retort.cheatsheet.runs.recorded import recorded, stored
from retort.cheatsheet.runs.result import Shown

from .added import added
from .client import HTML, JSON

pytestmark = pytest.mark.reads


def test_the_index_names_every_recipe(client: FlaskClient) -> None:
    html = client.get("/cheatsheet", headers=HTML).text
    for slug in RECIPES:
        assert f'href="/cheatsheet/{slug}"' in html
    for chapter in CHAPTERS:
        if chapter.recipes:
            assert f'id="{chapter.slug}"' in html
    for table in ("persons", "projects", "orders", "persons_projects"):
        assert f"<h3>{table}" in html
    assert "<b>→ persons.id</b>" in html


def test_a_search_shows_what_it_found(client: FlaskClient) -> None:
    html = client.get("/cheatsheet?q=like", headers=HTML).text
    assert 'value="like"' in html
    assert "“like”" in html
    assert 'href="/cheatsheet/like"' in html
    html = client.get("/cheatsheet?q=<xyzzy>", headers=HTML).text
    assert "No recipes for “&lt;xyzzy&gt;”" in html
    assert "<xyzzy>" not in html


def test_a_page_may_run_its_own_script_and_nothing_else(client: FlaskClient) -> None:
    for path in ("/cheatsheet", "/cheatsheet/like"):
        response = client.get(path, headers=HTML)
        assert response.headers["Content-Security-Policy"] == page.CSP
        assert "unsafe" not in page.CSP
        assert response.headers["Cache-Control"] == "no-store"


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(client: FlaskClient) -> None:
    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            assert tag != "style"
            assert "style" not in given
            assert not any(name.startswith("on") for name in given)
            if tag in ("link", "script", "img"):
                loaded.append(given.get("href") or given.get("src") or "")

    loaded: list[str] = []
    Page().feed(client.post("/cheatsheet/like", headers=HTML).text)
    assert {path.rpartition("/")[2] for path in loaded} == {
        "retort.svg",
        "head.css",
        "retort.css",
        "sheet.css",
        "sheet.js",
    }
    for path in loaded:
        response = client.get(path, buffered=True)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-cache"
        assert "ETag" in response.headers


def test_the_front_page_leads_here(client: FlaskClient) -> None:
    assert '<a href="/cheatsheet">' in client.get("/", headers=HTML).text


def test_a_recipe_shows_its_recorded_run(client: FlaskClient) -> None:
    html = client.get("/cheatsheet/like", headers=HTML).text
    assert RECIPES["like"].number in html
    assert "This run was recorded" in html
    assert "[&#39;Ben&#39;, &#39;Deniz&#39;" in html
    assert html.count('class="statement"') == 3
    html = client.get("/cheatsheet/like?form=legacy", headers=HTML).text
    assert "This run was recorded" in html
    assert re.search(r'id="tab-legacy" value="legacy" checked', html)


def test_each_form_has_a_record_of_its_own() -> None:
    twins = [recipe for recipe in RECIPES.values() if recipe.legacy]
    differ = 0
    for recipe in twins:
        runs = [recorded(recipe, form) for form in recipe.forms]
        modern, legacy = ([one.sql for one in run.statements] for run in runs if run)
        assert legacy == [one["sql"] for one in stored()[recipe.slug]["legacy"]["statements"]]
        differ += modern != legacy
    assert differ > 10


def test_a_recipe_that_was_never_recorded_asks_to_be_run(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = client.get(added(monkeypatch, lambda: "<b>"), headers=HTML).text
    assert "Run it to see its result." in html
    assert 'class="statement' not in html


def test_what_it_works_on_is_one_click_away(client: FlaskClient) -> None:
    html = client.get("/cheatsheet/like", headers=HTML).text
    assert "The models and the rows" in html
    assert "Lisbon" in html
    assert re.search("create_engine|SQLALCHEMY_DATABASE_URI", html)  # of the program


def test_what_sqlalchemy_asks_the_catalogue_is_folded(client: FlaskClient) -> None:
    html = client.get("/cheatsheet/automap", headers=HTML).text
    said = r"SQLAlchemy looks up .*columns.*: \d+ statements"
    assert re.search(f"<summary>{said}</summary>", html)
    (sql,) = re.findall(r'data-part="sql">.*?<code>(.*?)</code>', html, re.DOTALL)
    assert re.search(f'<span class="c1">-- {said}</span>', sql)
    assert "pg_catalog" not in sql


@pytest.mark.parametrize("path", ["t-string", "chapters/advanced-sql"])
def test_what_a_recipe_needs_is_said(client: FlaskClient, path: str) -> None:
    html = client.get(f"/cheatsheet/{path}", headers=HTML).text
    assert html.count('<p class="quiet">It needs Python 3.14.</p>') == 1


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)
def test_a_chapter_is_a_page(client: FlaskClient, chapter: Chapter) -> None:
    html = client.get(f"/cheatsheet/chapters/{chapter.slug}", headers=HTML).text
    assert f"<h1>{chapter.title}</h1>" in html
    for recipe in chapter.recipes:
        assert f'<h2 id="{recipe.slug}">' in html
    assert html.count('aria-label="Code"') >= len(chapter.recipes)
    found = client.get(f"/cheatsheet/chapters/{chapter.slug}", headers=JSON).get_json()
    assert [one["code"] for one in found["recipes"]] == [
        recipe.modern.source for recipe in chapter.recipes
    ]


def test_a_recipe_shows_how_to_ask_for_it_in_a_terminal(client: FlaskClient) -> None:
    html = client.get("/cheatsheet/like", headers=HTML).text
    assert "curl http://localhost/cheatsheet/like" in html
    assert "make recipe r=like" in html


def test_a_recipe_that_another_names_is_a_link(client: FlaskClient) -> None:
    named = {
        slug
        for recipe in RECIPES.values()
        for text in (recipe.text, *(note for _, note in recipe.pitfalls))
        for slug in re.findall(r"recipe `(.+?)`", text)
    }
    assert named
    assert named <= set(RECIPES)
    html = client.get("/cheatsheet/like", headers=HTML).text
    assert 'see the recipe <a href="/cheatsheet/trigram"><code>trigram</code></a>' in html


def test_only_three_columns_that_are_long_are_wide() -> None:
    long = "x" * page.ROOM
    assert page.wide(Shown(["a", "b", "c"], [["1", "2", long]]))
    assert page.wide(Shown(["a", "b", long], [["1", "2", "3"]]))
    assert page.wide(Shown(list("abcdefghijk"), [list("1234567890-")]))
    assert not page.wide(Shown(["a", "b", "c"], [["1", "2", "short"]]))
    assert not page.wide(Shown(["a", "b"], [["1", long]]))  # which reads well in lines
    assert not page.wide(Shown(["a", "b", "c"], [["1", "2", "\n".join(["short"] * page.ROOM)]]))


def test_what_is_not_here_leads_to_the_recorded_run(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = added(monkeypatch, lambda: 1, needs="library xyzzy")
    html = client.post(path, headers=HTML).text
    assert "<p>It needs the library xyzzy, which is not installed here" in html
    assert f'<a href="{path}">Show the recorded run</a>' in html


def test_what_is_said_is_escaped_but_for_code(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = added(monkeypatch, lambda: "<b>")
    html = client.post(path, headers=HTML).text
    assert "For <code>tests</code> &amp; &lt;such&gt;." in html
    assert "<b>Pitfall:</b> none." in html
    assert "&lt;b&gt;" in html
    assert '<a href="https://example.com/a#b-c" rel="noreferrer">example.com: b c</a>' in html


@pytest.mark.parametrize(
    "path",
    [
        "?q={}",
        "/{}",
        "/chapters/{}",
        "/like?part={}",
        "/like?part={}&form=legacy",
        "/like?limit={}",
        "/like?form={}",
        "/like?{}=1",
        "/upsert?name={}",
    ],
)
def test_what_a_request_holds_is_escaped(client: FlaskClient, path: str) -> None:
    word = "\"'><script>`<b>`"
    html = client.get(f"/cheatsheet{path.format(quote(word))}", headers=HTML).text
    assert "<script>`" not in html
    assert "<b>`" not in html
    assert "<code><b>" not in html
    assert "\"'>" not in html
    streamed = client.post("/cheatsheet/like/run", data={"part": word}).text
    assert "script" in streamed
    assert "<script>" not in streamed


def test_a_page_is_hardly_more_than_what_is_read_there(client: FlaskClient) -> None:
    for chapter in CHAPTERS:
        html = client.get(f"/cheatsheet/chapters/{chapter.slug}", headers=HTML).text
        assert len(html) < 3 * len(re.sub(r"<[^>]+>", "", html)), chapter.slug


@pytest.mark.parametrize(
    ("missed", "meant"),
    [
        ("read", "chapters/read"),
        ("migrations", "chapters/migrations-with-alembic"),
        ("chapters/migrations", "chapters/migrations-with-alembic"),
        ("chapters/raed", "chapters/read"),
    ],
)
def test_a_word_of_a_chapter_leads_to_it(client: FlaskClient, missed: str, meant: str) -> None:
    response = client.get(f"/cheatsheet/{missed}", headers=HTML)
    assert response.status_code == 404
    suggested = response.text.partition("Perhaps you meant")[2]
    assert re.findall(r'href="(.*?)"', suggested)[0] == f"/cheatsheet/{meant}"
