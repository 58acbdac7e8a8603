"""The API's documentation in use: an operation is opened and sent."""

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import watched
from .test_page import FAINT, UNNAMED


def sent(page: Page, url: str) -> None:
    page.goto(url.removesuffix("/cheatsheet") + "/api/docs")
    for tag in ("Retort", "persons"):
        page.locator(f"[data-tag='{tag}']").get_by_role("button").click()
        first = page.locator(f"[id^='operations-{tag}-get_']").first
        first.locator(".opblock-summary-control").click()
        first.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").first.click()
    expect(page.get_by_role("button", name="Download")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_sent_and_what_came_back_is_readable(
    browser: Browser, url: str, scheme: str
) -> None:
    with watched(browser, url, color_scheme=scheme) as page:
        sent(page, url)
        assert page.evaluate(FAINT) == []


def test_each_control_has_a_name_and_the_page_has_one_main_part(page: Page, url: str) -> None:
    sent(page, url)
    page.get_by_role("button", name="Authorize").click()
    expect(page.get_by_role("button", name="Apply credentials")).to_be_visible()
    assert [one for one in page.evaluate(UNNAMED) if "title=" not in one] == []
    expect(page.get_by_role("main")).to_have_count(1)


def test_the_keyboard_scrolls_what_came_back(page: Page, url: str) -> None:
    sent(page, url)
    wide = page.locator("pre").evaluate_all(
        "(all) => all.filter((one) => getComputedStyle(one).overflowX === 'auto')"
        ".map((one) => one.tabIndex)"
    )
    assert set(wide) == {0}
