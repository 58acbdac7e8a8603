"""The form that runs a recipe: what it takes, and what it says of that."""

from __future__ import annotations

import re
import shlex
from datetime import date
from decimal import Decimal
from enum import StrEnum
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient

from retort.cheatsheet.recipe import Chapter, Recipe
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.renderers import highlight

from .client import HTML

pytestmark = pytest.mark.reads


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


def test_a_post_runs_it_with_what_was_filled_in(client: FlaskClient) -> None:
    response = client.post("/cheatsheet/like", headers=HTML, data={"part": "AM", "limit": "3"})
    assert response.status_code == 200
    assert "Amy" in response.text
    assert 'value="AM"' in response.text
    assert 'class="statement"' in response.text
    assert "<code>BEGIN</code>" in response.text


def test_a_run_has_an_address(client: FlaskClient) -> None:
    """Which a reload and a link that is shared follow, and curl."""
    html = client.get("/cheatsheet/like?part=AM&limit=3&run=1", headers=HTML).text
    assert "Amy" in html
    assert 'value="AM"' in html
    assert curl(html) == ["curl", "http://localhost/cheatsheet/like?part=AM&limit=3"]
    assert "recorded" not in html
    html = client.get("/cheatsheet/like?run=1", headers=HTML).text
    assert "recorded" not in html
    assert "<summary>Plan" in html
    assert "<summary>Plan" not in client.get("/cheatsheet/like?run=1&plan=0", headers=HTML).text


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_what_is_given_is_in_the_line_for_curl_whatever_it_is(
    client: FlaskClient, recipe: Recipe
) -> None:
    given = dict.fromkeys(recipe.parameters.model_fields, f"{'x' * 60}'; ls '<&`\n")
    given |= {"form": recipe.forms[-1]}
    response = client.get(f"/cheatsheet/{recipe.slug}", query_string=given, headers=HTML)
    assert response.status_code == (400 if len(given) > 1 else 200)
    command, address = curl(response.text)
    assert command == "curl"
    if recipe.legacy is None:
        del given["form"]  # it runs without being asked for
    assert dict(parse_qsl(urlsplit(address).query)) == given


def curl(html: str) -> list[str]:
    """The line for curl, as a shell takes it."""
    (line,) = re.findall(r'data-part="curl">(.*?)</code>', html, re.DOTALL)
    return shlex.split(unescape(line))


def test_head_says_what_get_would(client: FlaskClient) -> None:
    assert client.head("/cheatsheet/like?limit=x", headers=HTML).status_code == 400
    assert client.head("/cheatsheet/like?limit=3", headers=HTML).status_code == 200


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


def test_what_a_reader_types_is_not_kept(client: FlaskClient) -> None:
    def kept() -> int:
        return highlight.html.cache_info().currsize

    client.post("/cheatsheet/like", headers=HTML)
    before = kept()
    client.post("/cheatsheet/like", headers=HTML, data={"part": "xyzzy"})
    assert kept() == before
