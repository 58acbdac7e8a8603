"""Each kind of page, with the head that all have: by keyboard, on a phone, in both schemes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from retort.cheatsheet.recipes import CHAPTERS

from .conftest import watched
from .test_page import FAINT, UNNAMED, WIDER

PAGES = [
    "/",
    "/nowhere",
    "/livz",
    "/cheatsheet",
    "/cheatsheet/chapters/read",
    "/cheatsheet/like",
    "/tables",
    "/tables/persons",
    "/tables/persons/1",
    "/tables/notes",
    "/api/docs",
]

# Whether what has the focus has an outline, and is on the screen.
SEEN = """
() => {
  const one = document.activeElement;
  const { left, top, right, bottom } = one.getBoundingClientRect();
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2
    && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
}
"""

# Each id that two elements have, and each heading that is more than one level below the one before.
GARBLED = """
() => {
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at),
    ...headings
      .filter((one, at) => one.tagName[1] - (headings[at - 1]?.tagName[1] ?? 0) > 1)
      .map((one) => one.outerHTML),
  ];
}
"""

COLOURS = """
() => [...document.querySelectorAll("body, body *")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.tagName, getComputedStyle(one).color])
"""

MOVING = """
() => [...document.querySelectorAll("*")]
  .filter((one) => {
    const style = getComputedStyle(one);
    return parseFloat(style.transitionDuration) || style.animationName !== "none";
  })
  .map((one) => one.outerHTML.slice(0, 80))
"""


def opened(page: Page, url: str, path: str) -> None:
    page.goto(url.removesuffix("/cheatsheet") + path)
    if page.locator("#docs").count():  # a script draws what is below the head
        expect(page.get_by_role("button", name="Authorize")).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_by_keyboard_the_head_is_first_and_can_be_skipped(page: Page, url: str, path: str) -> None:
    opened(page, url, path)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    assert page.evaluate(SEEN)
    for link in page.locator(".masthead a").all():
        page.keyboard.press("Tab")
        expect(link).to_be_focused()
        assert page.evaluate(SEEN)
    assert not skip.evaluate("(one) => one.getBoundingClientRect().bottom > 0")
    skip.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_readable_and_everything_has_a_name(
    browser: Browser, url: str, scheme: str, path: str
) -> None:
    with watched(browser, url, color_scheme=scheme) as page:
        opened(page, url, path)
        assert page.evaluate(FAINT) == []
        # The titles that Swagger UI gives are names.
        assert [one for one in page.evaluate(UNNAMED) if "title=" not in one] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_no_wider_than_a_phone_and_its_head_has_one_line(
    browser: Browser, url: str, path: str
) -> None:
    with watched(browser, url, viewport={"width": 360, "height": 740}) as page:
        opened(page, url, path)
        assert page.evaluate(WIDER) == 0
        tops = {
            box["y"] for link in page.locator(".masthead a").all() if (box := link.bounding_box())
        }
        assert len(tops) == 1


@pytest.mark.parametrize("path", PAGES)
def test_who_wants_less_motion_gets_none(browser: Browser, url: str, path: str) -> None:
    with watched(browser, url, reduced_motion="reduce") as page:
        opened(page, url, path)
        assert page.evaluate(MOVING) == []


@pytest.mark.parametrize(
    "path", [*PAGES[:-1], *(f"/cheatsheet/chapters/{chapter.slug}" for chapter in CHAPTERS)]
)
def test_each_id_is_of_one_element_and_no_level_of_headings_is_left_out(
    page: Page, url: str, path: str
) -> None:
    opened(page, url, path)
    assert page.evaluate(GARBLED) == []


@pytest.mark.parametrize("path", PAGES[:-1])
def test_paper_is_never_dark(page: Page, url: str, path: str) -> None:
    opened(page, url, path)
    page.emulate_media(media="print", color_scheme="light")
    light = page.evaluate(COLOURS)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(COLOURS) == light


def test_without_a_script_every_link_of_the_head_leads_to_a_page(
    browser: Browser, url: str
) -> None:
    with watched(browser, url, java_script_enabled=False) as page:
        page.goto(url)
        for name in page.locator(".masthead a").all_inner_texts():
            page.locator(".masthead").get_by_role("link", name=name).click()
            expect(page.locator(".masthead [aria-current=page]")).to_have_text(name)


def test_without_a_script_the_documentation_leads_to_what_it_shows(
    browser: Browser, url: str
) -> None:
    with watched(browser, url, java_script_enabled=False) as page:
        page.goto(url.removesuffix("/cheatsheet") + "/api/docs")
        page.get_by_role("link", name="/api/openapi.json").click()
        expect(page.locator("body")).to_contain_text('"openapi"')


def test_a_card_is_a_link_as_a_whole(page: Page, url: str) -> None:
    page.goto(url.removesuffix("/cheatsheet") + "/")
    card = page.get_by_role("listitem").filter(has_text="recipes that run")
    card.click()  # in its middle
    expect(page).to_have_url(url)


def test_a_mistyped_address_is_two_clicks_from_the_right_one(page: Page, url: str) -> None:
    page.goto(f"{url.removesuffix('sheet')}shet/like")
    page.get_by_role("navigation", name="Perhaps you meant").get_by_role("link").first.click()
    expect(page).to_have_url(f"{url}/like")
