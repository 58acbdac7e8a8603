"""A browser at `/tables`: what it gets, and what one reads there."""

import re

from flask.testing import FlaskClient

from ..page import Page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def get(client: FlaskClient, url: str) -> Page:
    return Page(client.get(url, headers={"Accept": BROWSER}, follow_redirects=True))


def shown(page: Page) -> str:
    """Which rows of how many, as the caption has it."""
    found = re.search(r"([\d,]+)\N{EN DASH}([\d,]+ of [\d,]+) ", page.html)
    assert found
    return f"{found[1]}-{found[2]}"


def names(page: Page) -> list[str]:
    return page.columns["name"]
