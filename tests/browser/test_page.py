"""How the pages look and read: without a script, on a phone, on paper, to whom sees badly."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from retort.cheatsheet.recipes import CHAPTERS, RECIPES

from .conftest import watched

WITH_LEGACY = next(recipe for recipe in RECIPES.values() if recipe.legacy)
PATHS = ["", "?q=like", "/like", "/chapters/read"]

# What has moved so far, as browsers count it; what a person's own click moves is not counted.
SHIFTS = """
window.shift = 0;
window.any = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.any += entry.value;
    if (!entry.hadRecentInput) window.shift += entry.value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""

# Each text's contrast with what is behind it, where that is less than AA asks for.
FAINT = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => {
    const [r, g, b] = color.map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = rgb(getComputedStyle(one).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push([node.data.trim().slice(0, 40), contrast.toFixed(2)]);
  }
  return faint;
}
"""

UNNAMED = """
() => [...document.querySelectorAll("a, button, input, select, [tabindex='0']")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden")
  .filter((one) => !((one.tagName !== "SELECT" && one.textContent.trim()) || one.labels?.length
    || one.getAttribute("aria-label") || one.getAttribute("aria-labelledby")))
  .map((one) => one.outerHTML)
"""

CUT = """
[...document.querySelectorAll("pre, .scroll")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.slice(0, 60))
"""

# What scrolls sideways, but not by keyboard: not every browser stops at it by itself.
UNREACHED = """
[...document.querySelectorAll("pre, .scroll")]
  .filter((one) => one.scrollWidth > one.clientWidth && one.tabIndex < 0)
  .map((one) => one.textContent.slice(0, 60))
"""

NUMBERS_IN_TWO_LINES = """
[...document.querySelectorAll("td.right")]
  .map((one) => { const text = new Range(); text.selectNodeContents(one); return text; })
  .filter((text) => text.getClientRects().length > 1).map(String)
"""

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def ran(page: Page, url: str, slug: str = "like") -> None:
    page.goto(f"{url}/{slug}?run=1")
    expect(page.locator(".summary dl")).to_be_visible()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_moves_while_it_loads(page: Page, url: str, path: str) -> None:
    page.add_init_script(SHIFTS)
    page.goto(url + path)
    page.wait_for_timeout(500)
    assert page.evaluate("window.any") == 0


def test_a_run_moves_hardly_anything(page: Page, url: str) -> None:
    page.request.post(f"{url}/like/run")  # the first takes longer than a click may be the cause
    page.add_init_script(SHIFTS)
    page.goto(f"{url}/like")
    for _ in range(2):
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".summary dl")).to_be_visible()
        page.wait_for_timeout(300)
    assert page.evaluate("window.shift") <= 0.1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable(browser: Browser, url: str, scheme: str) -> None:
    with watched(browser, url, color_scheme=scheme) as page:
        for path in PATHS[:2]:
            page.goto(url + path)
            assert page.evaluate(FAINT) == []
        for slug in ("like", *(recipe.slug for recipe in RECIPES.values() if recipe.raises)):
            ran(page, url, slug)
            assert page.evaluate(FAINT) == []


def test_everything_to_act_on_has_a_name(page: Page, url: str) -> None:
    for path in PATHS[:2]:
        page.goto(url + path)
        assert page.evaluate(UNNAMED) == []
    ran(page, url)
    assert page.evaluate(UNNAMED) == []
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1


def test_a_page_is_no_wider_than_a_phone(browser: Browser, url: str) -> None:
    with watched(browser, url, viewport={"width": 360, "height": 740}) as page:
        for path in PATHS[:2]:
            page.goto(url + path)
            assert page.evaluate(WIDER) == 0
        for slug in RECIPES:
            page.goto(f"{url}/{slug}", wait_until="domcontentloaded")
            assert page.evaluate(WIDER) == 0, slug
            assert page.evaluate(NUMBERS_IN_TWO_LINES) == page.evaluate(UNREACHED) == [], slug
        ran(page, url)
        page.get_by_text("The models and the rows", exact=True).click()
        assert page.evaluate(WIDER) == 0
        assert page.evaluate(UNREACHED) == []


def test_the_index_has_columns_on_a_wide_screen(page: Page, url: str) -> None:
    page.goto(url)
    assert page.locator("#chapters li a").count() == len(RECIPES)
    lefts = page.evaluate(
        "new Set([...document.querySelectorAll('#chapters section')]"
        ".map((one) => one.getBoundingClientRect().left)).size"
    )
    chapters = page.locator("#chapters section").count()
    assert lefts == min(4, chapters)


def test_code_and_result_are_side_by_side_on_a_wide_screen(page: Page, url: str) -> None:
    ran(page, url)
    side, code, result = (
        page.locator(what).bounding_box() for what in (".side", ".code", ".outcome")
    )
    assert side
    assert code
    assert result
    assert side["x"] < code["x"] < result["x"]
    assert code["y"] == result["y"]


def test_a_wide_result_is_below_its_code_in_the_whole_width(page: Page, url: str) -> None:
    page.goto(f"{url}/query-methods")
    code, more, result = (
        page.locator(what).bounding_box() for what in (".code", ".more", ".outcome")
    )
    assert code
    assert more
    assert result
    assert result["y"] >= code["y"] + code["height"]
    assert result["x"] == code["x"]
    assert result["width"] == more["x"] + more["width"] - code["x"]
    rows = page.locator("#result tr").evaluate_all("(rows) => rows.map((row) => row.offsetHeight)")
    assert max(rows) < 2 * min(rows)  # each value in one line


def test_what_is_beside_stays_in_sight(page: Page, url: str) -> None:
    page.goto(f"{url}/functions")  # the last one of a long chapter
    expect(page.locator(".side li [aria-current]")).to_be_in_viewport()
    page.goto(f"{url}/cascades")
    page.locator(".statement").last.scroll_into_view_if_needed()
    expect(page.locator(".side li [aria-current]")).to_be_in_viewport()
    page.goto(f"{url}/upsert-partial-index")
    page.locator(".statement").last.scroll_into_view_if_needed()
    expect(page.locator("#terminal")).to_be_in_viewport()


def test_the_keyboard_stops_at_no_text_that_only_wraps(page: Page, url: str) -> None:
    ran(page, url, "query-methods")
    page.locator("summary").evaluate_all("(all) => all.forEach((one) => one.click())")
    stops = page.locator("pre[tabindex='0']")
    assert set(stops.evaluate_all("(all) => all.map((one) => one.ariaLabel)")) == {
        "Code",
        "Program",
    }


def test_a_chapter_is_a_few_keys_away(page: Page, url: str) -> None:
    page.goto(url)
    page.keyboard.press("/")
    for _ in CHAPTERS[:7]:
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/chapters/{CHAPTERS[6].slug}")


def test_without_a_script_all_works(browser: Browser, url: str) -> None:
    with watched(browser, url, java_script_enabled=False) as page:
        page.goto(url)
        expect(page.locator("kbd:visible")).to_have_count(0)
        page.get_by_role("searchbox").fill("like")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("#said")).to_contain_text("“like”")
        page.locator("#found a").first.click()
        expect(page.locator("#run")).to_be_visible()
        page.goto(f"{url}/{WITH_LEGACY.slug}")
        expect(page.locator(".bar-of-tabs .copy")).to_be_hidden()
        page.get_by_text("Legacy", exact=True).click()
        expect(page.locator("#panel-legacy")).to_be_visible()
        expect(page.locator("#panel-modern")).to_be_hidden()
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".summary dl")).to_be_visible()
        assert page.url.startswith(f"{url}/{WITH_LEGACY.slug}?form=legacy&")
        assert page.url.endswith("&run=1#result")
        expect(page.locator("#panel-legacy")).to_be_visible()
        page.get_by_role("radio", name="Legacy").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#panel-sql")).to_contain_text("SELECT")


def test_without_a_script_a_wrong_parameter_is_told_at_the_field(
    browser: Browser, url: str
) -> None:
    with watched(browser, url, java_script_enabled=False) as page:
        page.goto(f"{url}/like?part=x&limit=1001")
        expect(page.locator("#p-limit-error")).to_contain_text("a whole number from")
        page.get_by_role("link", name="limit: must be").click()
        expect(page.locator("#p-limit")).to_be_focused()
        expect(page.locator("#p-limit")).to_have_value("1001")
        expect(page.locator("#p-part")).to_have_value("x")
        page.get_by_role("button", name="Run").click()  # which the browser does not send
        assert page.locator("#p-limit:invalid").count() == 1


def test_paper_has_both_forms_and_no_buttons(page: Page, url: str) -> None:
    ran(page, url, WITH_LEGACY.slug)
    page.emulate_media(media="print")
    for there in ("#panel-modern", "#panel-legacy", "#result", ".statement >> nth=0"):
        expect(page.locator(there)).to_be_visible()
    for gone in ("#q", "#run", ".side", ".bar-of-tabs .copy", "#panel-sql", ".tab >> nth=0"):
        expect(page.locator(gone)).to_be_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_what_it_works_on_is_reached_from_a_recipe(page: Page, url: str) -> None:
    page.goto(f"{url}/like")
    page.get_by_text("The models and the rows", exact=True).click()
    shown = page.locator(".data")
    expect(shown).to_contain_text("class Person(")
    expect(shown.get_by_role("heading", name="persons", exact=True)).to_be_visible()
    expect(shown.get_by_role("cell", name="Emeka", exact=True)).to_be_visible()
    page.get_by_text("a program that runs by itself").first.click()
    assert page.evaluate(CUT) == []


def test_a_chapter_leads_to_its_recipes_and_back(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("#chapters").get_by_role("link", name="Relationships", exact=True).click()
    page.wait_for_url(f"{url}/chapters/relationships")
    page.locator("article").get_by_role("link", name="One to one").click()
    page.wait_for_url(f"{url}/one-to-one")
    page.locator(".trail").get_by_role("link", name="Relationships").click()
    page.wait_for_url(f"{url}/chapters/relationships")


def test_nothing_is_cut_off_on_a_wide_screen(page: Page, url: str) -> None:
    """No line of code, no value of a result scrolls at 1,440 px."""
    for chapter in CHAPTERS:
        page.goto(f"{url}/chapters/{chapter.slug}", wait_until="domcontentloaded")
        assert page.evaluate(CUT) == [], chapter.title
        assert page.evaluate(WIDER) == 0
