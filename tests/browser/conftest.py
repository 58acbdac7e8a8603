"""Fixtures: the service as in production, and a browser that looks at it.

Each page fails its test where it complains in the console or asks another host.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from retort.cheatsheet.edition.pdf import chromium
from tests.service.gunicorn import environ, running
from tests.service.postgres import Database, Server

pytest_plugins = ["tests.service.server"]


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    path = chromium()
    if path is None:
        pytest.fail("no chromium and no google-chrome here: install one, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, whom containers run as.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def database(server: Server) -> Generator[Database]:
    with server.clone() as database:
        yield database


@pytest.fixture(scope="session")
def url(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the sheet."""
    environment = environ(database, THREADS="8")
    with running(environment, tmp_path_factory.mktemp("web")) as web:
        yield f"{web.url}/cheatsheet"


@contextmanager
def watched(browser: Browser, url: str, **options: Any) -> Generator[Page]:
    """Give a page that is at nothing yet, and check afterwards what it did."""
    options.setdefault("viewport", {"width": 1440, "height": 900})
    context = browser.new_context(**options)
    page = context.new_page()
    said: list[str] = []
    foreign: list[str] = []

    def look(request: Request) -> None:
        if not request.url.startswith((url.removesuffix("/cheatsheet"), "blob:")):
            foreign.append(request.url)

    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", look)
    yield page
    context.close()
    # The browser itself tells of each 4xx; that an answer is one, the tests know.
    assert [line for line in said if "the server responded with a status of 4" not in line] == []
    assert foreign == []


@pytest.fixture
def page(browser: Browser, url: str) -> Generator[Page]:
    with watched(browser, url) as page:
        yield page
