"""At 1,440 px a page uses the width: whoever opens it sees something in each quarter."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from retort.cheatsheet.recipes import CHAPTERS

# A page of each kind. Those of errors are left out, which are a few words.
PAGES = {
    "front page": "/",
    "list of tables": "/tables",
    "table": "/tables/persons",
    "row": "/tables/persons/1",
    "documentation": "/api/docs",
    "index": "/cheatsheet",
    "search": "/cheatsheet?q=like",
    "search for nothing": "/cheatsheet?q=xyzzyq",
    "recipe": "/cheatsheet/like",
    "run": "/cheatsheet/like?run=1",
    "wide result": "/cheatsheet/query-methods",
    "chapter": f"/cheatsheet/chapters/{CHAPTERS[0].slug}",
}

# For each quarter of the width, how many lines of the first screen, in pixels, have a text or a
# field there. The head, which all pages share, is not counted.
FILLED = """
() => {
  const boxes = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_ALL);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (node !== element && node.data.trim()) {
      const range = document.createRange();
      range.selectNodeContents(node);
      boxes.push(...range.getClientRects());
    } else if (element.matches("input, select, button")) {
      boxes.push(element.getBoundingClientRect());
    }
  }
  return [0, 1, 2, 3].map((quarter) => {
    const left = quarter * innerWidth / 4, right = left + innerWidth / 4;
    const lines = new Set();
    for (const box of boxes) {
      if (Math.min(box.right, right) - Math.max(box.left, left) < 20) continue;
      for (let y = Math.max(0, Math.floor(box.top)); y < Math.min(box.bottom, innerHeight); y++) {
        lines.add(y);
      }
    }
    return lines.size;
  });
}
"""


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_no_quarter_of_a_page_is_empty(page: Page, url: str, path: str) -> None:
    page.goto(url.replace("/cheatsheet", path))
    if "docs" in path:  # which a script makes
        expect(page.locator("[data-tag='persons']")).to_be_visible()
    filled = page.evaluate(FILLED)
    assert min(filled) > 20, filled  # more than a line of text
