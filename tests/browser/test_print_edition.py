"""The edition to print, as Chromium lays it out."""

import re
import warnings
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from retort import Settings
from retort.cheatsheet.edition import paper, pdf
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.runs.runner import Runner
from tests.service.gunicorn import environ
from tests.service.postgres import Database

MOST_PAGES = 30
A4 = (595, 842)  # points


@pytest.fixture(scope="module")
def html(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runner = Runner(Settings.load(environ(database)))
    path = tmp_path_factory.mktemp("print") / "cheatsheet.html"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs = {slug: runner.forms(recipe)[0] for slug, recipe in RECIPES.items()}
    path.write_text(paper.document(runs), encoding="utf-8")
    runner.sandbox.close()
    return path


@pytest.fixture
def page(browser: Browser, html: Path) -> Generator[Page]:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(html.as_uri())
    page.emulate_media(media="print")
    yield page
    context.close()
    assert asked == [html.as_uri()]


def test_it_fits_on_a_few_pages_of_a4(html: Path) -> None:
    chromium = pdf.chromium()
    assert chromium, "no chromium and no google-chrome here: install one"
    printed = html.with_suffix(".pdf")
    pdf.print_pdf(chromium, html, printed)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed.read_bytes())
    assert 1 < len(boxes) <= MOST_PAGES
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {A4}


def test_every_recipe_is_there_in_order(page: Page) -> None:
    assert page.locator("h3 b").all_inner_texts() == [r.number for r in RECIPES.values()]


def test_nothing_is_wider_than_its_column(page: Page) -> None:
    # What is cut by the end of a column has no width of its own: one column, as wide as each.
    page.add_style_tag(content="main { columns: auto; width: calc((190mm - 5mm) / 2) }")
    wide = page.evaluate(
        """() => [...document.querySelectorAll("article *")]
            .filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
            .map(one => one.closest("article").querySelector("b").textContent + one.outerHTML)
        """
    )
    assert wide == []
