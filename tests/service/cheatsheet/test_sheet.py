"""What is made of the runs besides the README: the edition to print."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from retort.cheatsheet import printed
from retort.cheatsheet.catalog import RECIPES
from retort.cheatsheet.run import Runner

from ... import sheet

SOME = ("like", "many-to-many", "upsert", "statement-timeout")


class Page(HTMLParser):
    """The tags of a page, and what they ask for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.asked: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.asked += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]


@pytest.fixture
def html(runner: Runner) -> str:
    recipes = [RECIPES[slug] for slug in SOME]
    return printed.document(
        {recipe.slug: runner.run(recipe, dict(recipe.parameters())) for recipe in recipes}
    )


def test_the_edition_to_print_holds_all_that_it_needs(html: str) -> None:
    page = Page(html)
    assert page.asked == []
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert "@import" not in html
    assert "url(" not in html


def test_the_edition_to_print_shows_code_statements_and_result(html: str) -> None:
    for slug in SOME:
        assert f"<i>{slug}</i>" in html
    text = re.sub(r"<[^>]+>", "", html)
    assert "Person.name.ilike(" in text
    assert "CREATE TABLE posts (…)" in text
    assert "ON CONFLICT" in text
    assert "OperationalError" in text


def test_what_changed_is_told_as_a_diff() -> None:
    assert sheet.difference("a\nb\n", "a\nb\n") == ""
    assert "-b\n+c" in sheet.difference("a\nb\n", "a\nc\n")


def test_without_a_browser_there_is_no_pdf_and_that_is_said(
    runner: Runner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sheet, "ROOT", tmp_path)
    monkeypatch.setattr(sheet, "HTML", tmp_path / "build/cheatsheet.html")
    monkeypatch.setenv("PATH", str(tmp_path))
    sheet.print_edition({"like": runner.forms(RECIPES["like"])})
    assert sheet.HTML.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert capsys.readouterr().out.endswith("no PDF: that takes Chromium, which is not there\n")
