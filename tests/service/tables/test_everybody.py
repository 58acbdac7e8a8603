"""Pages that work for everybody: without a script, by keyboard, read aloud."""

import pytest
from flask.testing import FlaskClient

from .browser import get

pytestmark = pytest.mark.reads


@pytest.mark.parametrize(
    "path", ["/tables", "/tables/persons?id=eq.1", "/tables/persons/1", "/tables/notes"]
)
def test_it_works_for_everybody(client: FlaskClient, path: str) -> None:
    page = get(client, path)
    labels = {given["for"] for tag, given in page.tags if tag == "label"}
    for tag, given in page.tags:
        assert tag not in ("script", "style")
        assert "style" not in given
        assert not any(name.startswith("on") for name in given)
        if tag in ("select", "input") and given.get("type") != "hidden":
            assert given["id"] in labels
        if tag == "th":
            assert given["scope"] in ("col", "row")
        if tag == "pre" or given.get("role") == "region":
            assert given["tabindex"] == "0"
            assert given["aria-labelledby"] in [one.get("id") for _, one in page.tags]
        if tag in ("link", "a", "form"):
            assert (given.get("href") or given.get("action") or "").startswith(("/", "#content"))
    found = [tag for tag, _ in page.tags]
    assert found.count("h1") == 1
    assert found.count("table") == found.count("caption")
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids))


def test_every_link_leads_somewhere(client: FlaskClient) -> None:
    for path in ("/tables", "/tables/persons?name=neq.x&limit=2&offset=2", "/tables/persons/1"):
        for url in get(client, path).links.values():
            assert get(client, url).status in (200, 206, 401)
