"""The pages of the tables, on a phone and on paper."""

from playwright.sync_api import Browser, Page, expect

from .conftest import watched
from .test_page import CUT, WIDER

LONGEST = 63  # characters of a name in Postgres


def test_the_longest_name_of_a_column_is_no_wider_than_a_phone(browser: Browser, url: str) -> None:
    with watched(browser, url, viewport={"width": 360, "height": 740}) as page:
        page.goto(url.replace("cheatsheet", "tables/persons?name=like.A*"))
        page.locator("select").evaluate_all(
            f"(all) => all.forEach((one) => one.append(new Option('w'.repeat({LONGEST}))))"
        )
        assert page.evaluate(WIDER) == 0


def test_paper_has_all_values_and_no_form(page: Page, url: str) -> None:
    page.goto(url.replace("cheatsheet", "tables/persons"))
    page.set_viewport_size({"width": 700, "height": 900})  # about what A4 has
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert page.evaluate(WIDER) == 0
    for gone in (".filters", ".pager"):
        expect(page.locator(gone)).to_be_hidden()
