"""Runs, tabs and copies, by mouse and by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from retort.cheatsheet.alone import alone
from retort.cheatsheet.recipe import Recipe
from retort.cheatsheet.recipes import RECIPES

from .conftest import watched

RECIPE = RECIPES["like"]
WITH_LEGACY = next(recipe for recipe in RECIPES.values() if recipe.legacy)

# Tells when the first statements and the SQL come onto the page.
WHEN = """
window.at = {};
const observer = new MutationObserver((changes) => changes.forEach(({ target }) => {
  window.at[target.dataset.part] ??= performance.now();
}));
for (const part of document.querySelectorAll('[data-part=statements], [data-part=sql]'))
  observer.observe(part, { childList: true });
"""

# Tells in which order the parts of a run come onto the page.
ORDERED = """
window.came = [];
const observer = new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) {
    if (node.nodeType === 1) window.came.push(`${change.target.dataset.part} ${node.className}`);
  }
});
for (const part of document.querySelectorAll("[data-part]")) {
  observer.observe(part, { childList: true });
}
"""


def run(page: Page) -> None:
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".outcome[aria-busy]")).to_have_count(0)
    expect(page.locator(".summary dl")).to_be_visible()


def test_a_run_shows_what_came_back_and_what_was_sent(page: Page, url: str) -> None:
    page.goto(f"{url}/like")
    expect(page.locator(".summary")).to_contain_text("recorded")
    expect(page.locator(".plan")).to_have_count(0)
    run(page)
    expect(page.locator("#result")).to_contain_text("Emeka")
    expect(page.locator(".statement").first).to_contain_text("SELECT")
    expect(page.locator(".transaction").first).to_have_text("BEGIN")
    expect(page.locator(".summary")).to_contain_text("round trip")
    expect(page.locator(".summary")).not_to_contain_text("recorded")
    expect(page.locator(".plan").first).to_be_visible()


def test_a_run_is_an_address(page: Page, url: str) -> None:
    page.goto(f"{url}/like")
    page.locator("#p-part").fill("am")
    run(page)
    expect(page.locator("#result")).not_to_contain_text("Emeka")
    curl = page.locator("[data-part=curl]").inner_text()
    assert curl == f"curl '{url}/like?part=am&limit=5'"
    shown = page.locator("#result table").inner_text()
    page.reload()
    assert page.locator("#result table").inner_text() == shown
    expect(page.locator("#p-part")).to_have_value("am")
    expect(page.locator(".summary")).not_to_contain_text("recorded")
    assert page.locator("[data-part=curl]").inner_text().startswith(f"curl '{url}/like?")


def test_it_comes_in_order(page: Page, url: str) -> None:
    page.goto(f"{url}/like")
    page.evaluate(ORDERED)
    run(page)
    came = page.evaluate("window.came")
    parts = [one.split()[0] for one in came]
    assert parts == sorted(parts, key=("problem", "statements", "result", "sql", "summary").index)
    assert came[:2] == ["statements transaction", "statements statement"]


def test_what_takes_long_does_not_hold_back_what_was_before(page: Page, url: str) -> None:
    gaps: list[float] = []
    for _ in range(3):  # of which a busy machine may hold up some
        page.goto(f"{url}/statement-timeout?milliseconds=450")
        page.evaluate(WHEN)
        run(page)
        at = page.evaluate("window.at")
        gaps.append(at["sql"] - at["statements"])
    assert max(gaps) > 300  # milliseconds


def test_another_run_takes_the_place_of_the_first(page: Page, url: str) -> None:
    page.goto(f"{url}/like")
    run(page)
    count = page.locator(".statement").count()
    page.locator("#p-part").fill("xyzzy")
    run(page)
    assert page.locator(".statement").count() == count
    expect(page.locator("#result")).not_to_contain_text("Emeka")


def test_while_it_runs_nothing_else_is_started(page: Page, url: str) -> None:
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.goto(f"{url}/like")
    page.route("**/run", hold)
    button = page.get_by_role("button", name="Run")
    button.click()
    expect(button).to_be_disabled()
    page.keyboard.press("Control+Enter")
    asked[0].continue_()
    expect(button).to_be_enabled()
    expect(page.locator(".outcome[aria-busy]")).to_have_count(0)
    assert len(asked) == 1


@pytest.mark.parametrize("key", ["Enter", "Control+Enter"])
def test_the_keyboard_runs(page: Page, url: str, key: str) -> None:
    page.goto(f"{url}/like")
    page.locator("#p-part").focus()
    page.keyboard.press(key)
    expect(page.locator(".summary dl")).to_be_visible()


def test_a_wrong_parameter_is_told_at_the_field(page: Page, url: str) -> None:
    page.goto(f"{url}/like")
    page.evaluate("document.getElementById('run').noValidate = true")
    page.locator("#p-limit").fill("1001")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#p-limit-error")).to_contain_text("whole number")
    expect(page.locator("#p-limit")).to_be_focused()
    expect(page.locator("#p-limit")).to_have_attribute("aria-invalid", "true")
    page.locator("#p-limit").fill("2")
    run(page)
    expect(page.locator("#p-limit-error")).to_have_text("")


def test_where_too_many_run_it_says_so_and_may_be_tried_again(page: Page, url: str) -> None:
    def busy(route: Route) -> None:
        problem = {"status": 429, "detail": "Too many recipes run at once."}
        route.fulfill(status=429, json=problem)

    page.goto(f"{url}/like")
    run(page)
    count = page.locator(".statement").count()
    page.route("**/run", busy)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_have_text("Too many recipes run at once.")
    assert page.locator(".statement").count() == count  # the last run's, as is its result
    page.unroute("**/run")
    run(page)
    expect(page.locator(".problem")).to_be_hidden()


def test_an_answer_that_breaks_off_is_told(page: Page, url: str) -> None:
    page.goto(f"{url}/like")
    page.route("**/run", lambda route: route.fulfill(status=200, body='{"part": \n'))
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("Run it again")
    expect(page.locator(".outcome[aria-busy]")).to_have_count(0)


def test_tabs_by_arrow_keys(page: Page, url: str) -> None:
    page.goto(f"{url}/{WITH_LEGACY.slug}")
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["Modern", "Legacy", "SQL"])
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    expect(page.get_by_role("tabpanel")).to_contain_text("_legacy(")
    page.keyboard.press("End")
    expect(page.get_by_role("tabpanel")).to_contain_text("SELECT")
    page.keyboard.press("ArrowRight")
    expect(tabs.first).to_be_focused()


def test_the_form_in_sight_is_the_one_that_runs(page: Page, url: str) -> None:
    page.goto(f"{url}/{WITH_LEGACY.slug}")
    page.get_by_role("tab", name="Legacy").click()
    page.get_by_role("tab", name="SQL").click()
    with page.expect_request("**/run") as request:
        run(page)
    assert "form=legacy" in str(request.value.post_data)
    expect(page.get_by_role("tabpanel")).to_contain_text("SELECT")


def test_copy(browser: Browser, url: str) -> None:
    with watched(browser, url, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{url}/{WITH_LEGACY.slug}")
        for form, tab in (("modern", "Modern"), ("legacy", "Legacy")):
            page.get_by_role("tab", name=tab).click()
            copy = page.locator(".bar-of-tabs .copy")
            expect(copy).to_have_text("Copy")
            copy.click()
            expect(copy).to_have_text("Copied")
            assert page.evaluate("navigator.clipboard.readText()") == source(WITH_LEGACY, form)
            panel = page.get_by_role("tabpanel")
            panel.locator("summary").click()
            panel.get_by_role("button", name="Copy the program").click()
            expect(panel.locator(".copy")).to_have_text("Copied")
            program = page.evaluate("navigator.clipboard.readText()")
            assert program.strip() == alone(WITH_LEGACY, form).strip()


def source(recipe: Recipe, form: str) -> str:
    return recipe.form(form).source


def errors() -> list[Any]:
    return [recipe.slug for recipe in RECIPES.values() if recipe.raises]


@pytest.mark.parametrize("slug", errors())
def test_an_error_that_is_the_lesson_is_shown_as_one(page: Page, url: str, slug: str) -> None:
    page.goto(f"{url}/{slug}")
    run(page)
    raises = RECIPES[slug].raises
    assert raises is not None
    expect(page.locator(".raised .name")).to_have_text(raises.__name__)
    expect(page.locator(".unexpected")).to_have_count(0)
