"""The edition to print, and the essential on two pages, as Chromium lays them out."""

import re
import warnings
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from pypdf.generic import Destination

from retort import Settings
from retort.cheatsheet.edition import pdf, write
from retort.cheatsheet.recipes import CHAPTERS, RECIPES
from retort.cheatsheet.runs.runner import Runner
from tests.service.gunicorn import environ
from tests.service.postgres import Database

A4 = (595, 842)  # points
MOST_OF_A_PAGE = 0.3  # that a recipe takes on average
SMALLEST = 6.5  # points, of what the two pages say


@pytest.fixture(scope="module")
def folder(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make cheatsheet` writes to print."""
    runner = Runner(Settings.load(environ(database)))
    path = tmp_path_factory.mktemp("print")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs = {slug: runner.forms(recipe)[:1] for slug, recipe in RECIPES.items()}
    runner.sandbox.close()
    assert pdf.chromium(), "no chromium and no google-chrome here: install one"
    write.edition(runs, path)
    return path


@pytest.fixture(scope="module")
def printed(folder: Path) -> PdfReader:
    return PdfReader(folder / "cheatsheet.pdf")


@pytest.fixture
def page(browser: Browser, folder: Path) -> Generator[Page]:
    yield from opened(browser, folder / "cheatsheet.html")


@pytest.fixture
def two_pages(browser: Browser, folder: Path) -> Generator[Page]:
    yield from opened(browser, folder / "cheatsheet-essential.html")


def opened(browser: Browser, html: Path) -> Generator[Page]:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(html.as_uri())
    page.emulate_media(media="print")
    yield page
    context.close()
    assert asked == [html.as_uri()]


def sizes(reader: PdfReader) -> set[tuple[int, int]]:
    return {(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages}


def test_it_fits_on_a_few_pages_of_a4(printed: PdfReader) -> None:
    assert sizes(printed) == {A4}
    assert 1 < len(printed.pages) <= len(RECIPES) * MOST_OF_A_PAGE


def test_every_recipe_is_there_in_order(page: Page) -> None:
    assert page.locator("h3 b").all_inner_texts() == [r.number for r in RECIPES.values()]


@pytest.mark.parametrize("name", ["cheatsheet", "cheatsheet-essential"])
def test_nothing_is_wider_than_its_column(browser: Browser, folder: Path, name: str) -> None:
    for page in opened(browser, folder / f"{name}.html"):
        # What is cut by the end of a column has no width of its own: one column, as wide as each.
        page.add_style_tag(content="main { columns: auto; width: calc((190mm - 6mm) / 2) }")
        wide = page.evaluate(
            """() => [...document.querySelectorAll("article *")]
                .filter(one => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
                .map(one => one.closest("article").querySelector("b").textContent + one.outerHTML)
            """
        )
        assert wide == []


@pytest.mark.parametrize("name", ["cheatsheet", "cheatsheet-essential"])
def test_no_code_breaks_across_columns_or_pages(
    browser: Browser, folder: Path, tmp_path: Path, name: str
) -> None:
    for page in opened(browser, folder / f"{name}.html"):
        # The PDF has the place of what a link leads to: here of both ends, by links behind all.
        blocks = page.evaluate(
            """() => {
                const blocks = document.querySelectorAll(".code, .sql");
                blocks.forEach((block, at) => ["prepend", "append"].forEach(end => {
                    const place = document.createElement("span");
                    const link = document.createElement("a");
                    place.id = `${end}-${at}`;
                    link.href = `#${end}-${at}`;
                    link.textContent = "here ";
                    block[end](place);
                    document.body.append(link);
                }));
                return [...blocks].map(block => block.textContent.trim());
            }"""
        )
        page.pdf(path=tmp_path / "ends.pdf", prefer_css_page_size=True)
        reader = PdfReader(tmp_path / "ends.pdf")
        places = reader.named_destinations
        ends = [(places[f"/prepend-{at}"], places[f"/append-{at}"]) for at in range(len(blocks))]
        broken = [
            block[:200]
            for block, (begin, end) in zip(blocks, ends, strict=True)
            if column(reader, begin) != column(reader, end) or (begin.top or 0) <= (end.top or 0)
        ]
        assert blocks
        assert broken == []


def column(reader: PdfReader, place: Destination) -> tuple[int | None, bool]:
    """Its page, and whether it is on the right."""
    return reader.get_destination_page_number(place), float(place.left or 0) > A4[0] / 3


def test_the_contents_and_the_index_tell_the_page(printed: PdfReader, page: Page) -> None:
    """They also lead there."""
    told: list[tuple[str, int]] = page.evaluate(
        """() => [...document.querySelectorAll("nav li, .index a")].map(one => [
            (one.querySelector("a") || one).hash.slice(1),
            Number(one.querySelector(".page, i").textContent),
        ])"""
    )
    places = printed.named_destinations
    assert {name for name, _ in told} >= {*RECIPES, "index"}
    for name, number in told:
        assert number == (printed.get_destination_page_number(places[f"/{name}"]) or 0) + 1
    texts = [page.extract_text() for page in printed.pages]
    for slug, number in told:
        if slug in RECIPES:
            heading = rf"(?s){RECIPES[slug].number}\s.{{5,150}}{slug}"
            assert re.search(heading, texts[number - 1]), slug


def test_every_link_leads_somewhere(printed: PdfReader, page: Page) -> None:
    led_to = page.locator("a").evaluate_all("all => all.map(one => one.hash.slice(1))")
    assert set(led_to) <= {name.removeprefix("/") for name in printed.named_destinations}
    assert page.locator("article a").count(), "no recipe names another"


def test_bookmarks_are_the_chapters_with_their_recipes(printed: PdfReader) -> None:
    expected: list[tuple[str, str]] = []
    for chapter in CHAPTERS:
        expected.append((f"{chapter.letter} {chapter.title}", f"chapter-{chapter.slug}"))
        expected += [(f"{r.number} {r.title}", r.slug) for r in chapter.recipes]
    expected.append(("Index", "index"))
    bookmarks = [*flat(printed.outline)]
    assert [one.title for one in bookmarks] == [title for title, _ in expected]
    places = [printed.named_destinations[f"/{name}"] for _, name in expected]
    assert [(one.page, one.top) for one in bookmarks] == [(one.page, one.top) for one in places]
    assert sum(isinstance(one, list) for one in printed.outline) == len(CHAPTERS)


def flat(outline: Sequence[Any]) -> Generator[Destination]:
    for one in outline:
        if isinstance(one, Destination):
            yield one
        else:
            yield from flat(one)


def test_the_essential_is_two_pages(folder: Path, two_pages: Page) -> None:
    reader = PdfReader(folder / "cheatsheet-essential.pdf")
    assert sizes(reader) == {A4}
    assert len(reader.pages) == 2
    pixels = two_pages.evaluate(
        """() => Math.min(...[...document.querySelectorAll("body *")]
            .filter(one => one.textContent.trim() && one.tagName != "B")
            .map(one => parseFloat(getComputedStyle(one).fontSize)))"""
    )
    assert pixels * 72 / 96 >= SMALLEST - 0.01
