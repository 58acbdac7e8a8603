"""The page that shows the document, and its files."""

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from .document import Make

pytestmark = pytest.mark.reads


def test_the_page_loads_its_own_files_and_nothing_else(client: FlaskClient) -> None:
    class Page(HTMLParser):
        loaded: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            assert tag != "style"
            assert "style" not in given
            assert not any(name.startswith("on") for name in given)
            if tag in ("link", "script"):
                self.loaded.append(given.get("href") or given.get("src") or "")

        def handle_data(self, data: str) -> None:
            assert self.lasttag != "script" or not data.strip()

    parser = Page()
    parser.loaded = []
    response = client.get("/api/docs")
    assert response.mimetype == "text/html"
    parser.feed(response.text)
    types = {
        path: client.get(path, buffered=True).headers["Content-Type"].partition(";")[0]
        for path in parser.loaded
    }
    assert types == {
        "/static/retort.svg": "image/svg+xml",
        "/static/head.css": "text/css",
        "/api/docs/swagger-ui.css": "text/css",
        "/api/docs/docs.css": "text/css",
        "/api/docs/swagger-ui-bundle.js": "text/javascript",
        "/api/docs/docs.js": "text/javascript",
    }
    address = re.findall(r'data-url="(.*)"', response.text)
    assert address == ["/api/openapi.json"]
    assert client.get(address[0]).status_code == 200


def test_only_this_page_may_run_scripts_and_only_its_own(client: FlaskClient) -> None:
    (policy,) = client.get("/api/docs").headers.getlist("Content-Security-Policy")
    given = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert given == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "script-src" not in client.get("/api/persons").headers["Content-Security-Policy"]
    for path in ("/api/docs/docs.js", "/api/docs/docs.css"):
        assert "//" not in re.sub(r"// .*", "", client.get(path, buffered=True).text)


def test_its_files_are_kept_and_asked_about(client: FlaskClient) -> None:
    response = client.get("/api/docs/swagger-ui.css", buffered=True)
    assert response.headers["Cache-Control"] == "no-cache"
    known = {"If-None-Match": response.headers["ETag"]}
    assert client.get("/api/docs/swagger-ui.css", headers=known, buffered=True).status_code == 304


@pytest.mark.parametrize("name", ["index.css", "oauth2-redirect.html", "LICENSE", "..%2fREADME.md"])
def test_no_other_file_of_the_package_is_served(client: FlaskClient, name: str) -> None:
    response = client.get(f"/api/docs/{name}")
    assert response.status_code == 404
    assert response.get_json()["code"] in ("PGRST125", "PGRST205")


@pytest.mark.alone
def test_the_page_leads_to_the_other_schemas(make: Make, sales: None) -> None:
    client = make(api_schemas=["public", "sales"])
    here = ' aria-current="page"'
    for address, marks in (("", (here, "")), ("?schema=sales", ("", here))):
        page = client.get(f"/api/docs{address}").text
        assert re.findall(r'href="(\?[^"]*)"([^>]*)>(\w+)</a>', page) == [
            ("?schema=public", marks[0], "public"),
            ("?schema=sales", marks[1], "sales"),
        ]
    assert "Schemas" not in make().get("/api/docs").text
