"""The sheet's pages over HTTP, and runs that are streamed."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from decimal import Decimal
from enum import StrEnum
from html.parser import HTMLParser
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, text
from werkzeug.test import TestResponse

from retort.cheatsheet.recipe import Chapter, Recipe
from retort.cheatsheet.recipes import CHAPTERS, RECIPES
from retort.cheatsheet.renderers import highlight, page
from retort.cheatsheet.runs.sandbox import RUNS
from retort.database import db

from ..application import MakeApp

pytestmark = pytest.mark.reads

HTML = {"Accept": "text/html"}


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Gate:
    """A recipe that waits between its two statements until it may go on."""

    def __init__(self) -> None:
        self.open = Event()
        self.recipe = recipe("gated", self.run)

    def run(self) -> str:
        opened = self.open
        db.session.execute(text("SELECT 'first'"))
        assert opened.wait(20)
        db.session.execute(text("SELECT 'second'"))
        return "done"


def recipe(name: str, does: Any, raises: type[Exception] | None = None) -> Recipe:
    """A recipe of the tests' own, which no chapter has."""

    def function() -> Any:
        """For `tests` & <such>.

        Pitfall: none.
        """
        return does()

    function.__name__ = name
    chapter = Chapter("Z", "Tests")
    chapter.recipe(name, keywords="", links=("https://example.com/a#b-c",), raises=raises)(function)
    return chapter.recipes[0]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Generator[Gate]:
    gate = Gate()
    monkeypatch.setitem(RECIPES, "gated", gate.recipe)
    yield gate
    gate.open.set()


def added(monkeypatch: pytest.MonkeyPatch, does: Any, raises: type[Exception] | None = None) -> str:
    monkeypatch.setitem(RECIPES, "added", recipe("added", does, raises))
    return "/cheatsheet/added"


def stream(client: FlaskClient, path: str) -> tuple[TestResponse, Iterator[dict[str, str]]]:
    """The answer, and its lines as they come."""
    response = client.post(f"{path}/run", buffered=False)
    return response, map(json.loads, iter(response.response))


# --- Pages


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


def test_a_recipe_is_shown_before_it_ran(client: FlaskClient) -> None:
    html = client.get("/cheatsheet/like", headers=HTML).text
    assert RECIPES["like"].number in html
    assert "Run it to see what comes back." in html
    assert 'class="statement' not in html
    assert "curl http://localhost/cheatsheet/like" in html
    assert "make recipe r=like" in html


def test_what_is_said_is_escaped_but_for_code(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = added(monkeypatch, lambda: "<b>")
    html = client.post(path, headers=HTML).text
    assert "For <code>tests</code> &amp; &lt;such&gt;." in html
    assert "<b>Pitfall</b> none." in html
    assert "&lt;b&gt;" in html
    assert '<a href="https://example.com/a#b-c" rel="noreferrer">example.com: b c</a>' in html


def test_a_post_runs_it_with_what_was_filled_in(client: FlaskClient) -> None:
    response = client.post("/cheatsheet/like", headers=HTML, data={"part": "AM", "limit": "3"})
    assert response.status_code == 200
    assert "Amy" in response.text
    assert 'value="AM"' in response.text
    assert 'class="statement"' in response.text
    assert "<code>BEGIN</code>" in response.text
    assert re.search(r"slowest", response.text)


def test_all_that_was_sent_can_be_copied_with_its_values(client: FlaskClient) -> None:
    html = client.post("/cheatsheet/like", headers=HTML, data={"part": "<i>"}).text
    script = html.split('aria-label="SQL">')[1].split("</pre>")[0]
    assert '<span class="c1">-- name_1 = &#39;%&lt;i&gt;%&#39;, param_1 = 5</span>' in script
    assert re.sub("<[^>]+>", "", script).startswith("BEGIN;\n\nSELECT persons.name\n")
    assert "<i>" not in html


def test_head_runs_no_more_than_get_does(client: FlaskClient) -> None:
    assert client.head("/cheatsheet/like?limit=x", headers=HTML).status_code == 200


def test_the_legacy_form_runs_where_it_was_chosen(client: FlaskClient) -> None:
    html = client.post("/cheatsheet/like", headers=HTML, data={"form": "legacy"}).text
    assert re.search(r'id="tab-legacy" value="legacy" checked', html)
    html = client.post("/cheatsheet/like", headers=HTML, data={"form": "old"}).text
    assert "like has no form" in html


def test_an_address_may_fill_in_the_form(client: FlaskClient) -> None:
    html = client.get("/cheatsheet/like?part=zz&form=legacy", headers=HTML).text
    assert 'value="zz"' in html
    assert re.search(r'id="tab-legacy" value="legacy" checked', html)


def test_a_wrong_parameter_is_told_at_its_field(client: FlaskClient) -> None:
    response = client.post("/cheatsheet/like", headers=HTML, data={"part": "E", "limit": "x"})
    assert response.status_code == 400
    assert re.search(r'id="p-limit-error">must be a whole number', response.text)
    assert re.search(r'name="limit" [^>]*value="x"[^>]*aria-invalid="true"', response.text)
    assert 'class="statement' not in response.text


def test_each_type_has_its_input(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RECIPES, "typed", typed())
    html = client.get("/cheatsheet/typed", headers=HTML).text
    assert re.search(r'name="number" type="number" value="1" [^>]*step="1"', html)
    assert re.search(r'name="amount" type="number" value="1.50" [^>]*step="0.01"', html)
    assert re.search(r'name="word" type="text" value="a" [^>]*maxlength="60"', html)
    assert re.search(r'name="is_new" type="checkbox" value="true" checked', html)
    assert re.search(r'name="day" type="date" value="2026-03-31"', html)
    assert re.search(
        r'<select [^>]*name="size"[^>]*>\s*<option>small</option><option selected>', html
    )
    fields = {"number": "2", "is_new": "false", "size": "small", "day": "2026-01-02"}
    html = client.post("/cheatsheet/typed", headers=HTML, data=fields).text
    assert "2 1.50 a False 2026-01-02 small" in html
    assert not re.search(r'type="checkbox" value="true" checked', html)


def typed() -> Recipe:
    chapter = Chapter("Z", "Tests")

    @chapter.recipe("Typed", keywords="", links=())
    def typed(
        number: int = 1,
        amount: Decimal = Decimal("1.50"),
        word: str = "a",
        is_new: bool = True,
        day: date = date(2026, 3, 31),
        size: Size = Size.LARGE,
    ) -> str:
        """Takes one of each."""
        return f"{number} {amount} {word} {is_new} {day} {size.value}"

    return chapter.recipes[0]


def test_an_error_is_the_lesson_or_a_surprise(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise KeyError("nobody")

    html = client.post(added(monkeypatch, fail, KeyError), headers=HTML).text
    assert "Raises, as it should" in html
    assert "unexpected" not in html
    html = client.post(added(monkeypatch, fail), headers=HTML).text
    assert 'class="raised unexpected"' in html
    html = client.post(added(monkeypatch, lambda: 1, KeyError), headers=HTML).text
    assert "No KeyError this time." in html


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([], "[]"),
        ([1, 2], '<ol class="values"><li>1</li><li>2</li></ol>'),
        ([{"n": 1}], '<th scope=col class="right">n</th>'),
        ({"a": "x"}, "<th scope=row>a</th>"),
        ([{"n": n} for n in range(50)], "and 10 more"),
        ([{"n": 1}, 2], "AttributeError"),
        ([{"n": {(1, 2): 3}}], "TypeError"),
    ],
)
def test_each_kind_of_result_has_its_form(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, value: object, shown: str
) -> None:
    assert shown in client.post(added(monkeypatch, lambda: value), headers=HTML).text


def test_what_a_reader_types_is_not_kept(client: FlaskClient) -> None:
    def kept() -> int:
        return highlight.html.cache_info().currsize

    client.post("/cheatsheet/like", headers=HTML)
    before = kept()
    client.post("/cheatsheet/like", headers=HTML, data={"part": "xyzzy"})
    assert kept() == before


# --- Streams


def test_each_statement_comes_as_it_happens(client: FlaskClient, gate: Gate) -> None:
    response, lines = stream(client, "/cheatsheet/gated")
    assert response.mimetype == "application/x-ndjson"
    begin, first = next(lines), next(lines)
    assert "BEGIN" in begin["html"]
    assert "first" in first["html"]
    gate.open.set()
    rest = list(lines)
    assert [line["part"] for line in rest] == ["statements", "result", "sql", "summary"]
    assert "second" in rest[0]["html"]
    assert "done" in rest[1]["html"]


def test_a_streamed_statement_is_that_of_the_page(client: FlaskClient) -> None:
    def timeless(html: str) -> str:
        return re.sub(
            r"[\d.]+ ms|width=\"[\d.]+%\"| class=\"slowest\"| <span.*?slowest</span>", "", html
        )

    _, lines = stream(client, "/cheatsheet/like")
    html = timeless(client.post("/cheatsheet/like", headers=HTML).text)
    for line in lines:
        if line["part"] != "summary":
            assert timeless(line["html"]).strip() in html


def test_what_goes_wrong_before_is_a_status(client: FlaskClient) -> None:
    problem = client.post(
        "/cheatsheet/like/run", data={"limit": "x"}, headers={"Accept": "application/json"}
    )
    assert problem.status_code == 400
    assert problem.get_json()["detail"].startswith("limit: must be a whole number")
    assert client.post("/cheatsheet/nowhere/run").status_code == 404


def test_a_database_that_is_away_is_a_503(make_app: MakeApp) -> None:
    url = make_url("postgresql+psycopg2://nobody:nothing@127.0.0.1:1/nowhere")
    client = make_app(database_url=url).test_client()
    assert client.get("/cheatsheet/like", headers=HTML).status_code == 200
    for path in ("/cheatsheet/like", "/cheatsheet/like/run"):
        assert client.post(path, headers=HTML).status_code == 503


def test_too_many_at_once_are_told_to_try_again(client: FlaskClient, gate: Gate) -> None:
    with all_places(client):
        assert client.post("/cheatsheet/like/run").status_code == 429
        response = client.post("/cheatsheet/like", headers=HTML, data={"part": "zz"})
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "1"
        assert "Try again in a second" in response.text
        assert '<button form="run">' in response.text
        assert 'value="zz"' in response.text


def test_who_goes_away_leaves_no_place_taken(client: FlaskClient, gate: Gate) -> None:
    with all_places(client):
        pass
    gate.open.set()
    gate.open = Event()
    with all_places(client):
        pass


@contextmanager
def all_places(client: FlaskClient) -> Generator[None]:
    """As many runs as may be at once, none of which ends; then whoever asked goes away."""
    end = monotonic() + 30
    with ExitStack() as stack:
        for _ in range(RUNS):
            response, lines = stream(client, "/cheatsheet/gated")
            while response.status_code == 429:  # until one of before has ended
                assert monotonic() < end
                sleep(0.1)
                response, lines = stream(client, "/cheatsheet/gated")
            stack.callback(response.close)
            assert "BEGIN" in next(lines)["html"]
        yield


def test_a_run_that_breaks_off_says_so(
    client: FlaskClient, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def events() -> Iterator[Any]:
        raise RuntimeError("nobody expected this")
        yield

    with app.test_request_context():
        lines = [json.loads(line) for line in page.lines(events())]
    assert lines == [{"part": "problem", "html": "The run broke off. Run it again."}]
    assert "nobody expected this" in caplog.text
