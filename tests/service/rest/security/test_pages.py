"""What is not for everybody is on no page."""

from __future__ import annotations

import pytest
from flask import Flask

from retort.models import Person

from ...application import MakeApp
from ...postgres import Database

SECRETS = {"name": "Ysolde", "email": "ysolde@example.org", "tags": "quicksilver"}
PERSONS = ("/tables/persons", "/tables/persons/1", "/tables/orders", "/tables/orders/1")
ASKED = "select=*,manager(*),reports(*)"


@pytest.fixture
def secrets(database: Database) -> None:
    database.execute(
        "UPDATE persons SET name = :name, email = id || :email, tags = ARRAY[:tags]", **SECRETS
    )


def shown(app: Flask) -> set[str]:
    """Those of the secrets that somebody without a token gets to see, by any route."""
    client = app.test_client()
    own = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "<" not in rule.rule
    }
    api = ("/api/persons", "/api/persons/1", f"/api/persons?{ASKED}", f"/api/orders?{ASKED}")
    found = ""
    for path in sorted({*own, *PERSONS, *api, f"/tables/persons?{ASKED}"}):
        for accept in ("text/html", "application/json", "*/*"):
            found += client.get(path, headers={"Accept": accept}, buffered=True).text
    return {name for name, secret in SECRETS.items() if secret in found}


def test_what_is_for_everybody_is_shown(make_app: MakeApp, secrets: None) -> None:
    assert shown(make_app()) == {*SECRETS}


@pytest.mark.parametrize("hidden", [*SECRETS])
def test_a_hidden_column_is_on_no_page(
    make_app: MakeApp, secrets: None, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    monkeypatch.setattr(Person, "__api__", {"hidden": {hidden}}, raising=False)
    assert hidden not in shown(make_app())


@pytest.mark.parametrize("said", [False, {"read": "token"}, {"read": ["boss"]}])
def test_nor_is_a_table_that_is_not_for_everybody(
    make_app: MakeApp, secrets: None, monkeypatch: pytest.MonkeyPatch, said: object
) -> None:
    monkeypatch.setattr(Person, "__api__", said, raising=False)
    assert shown(make_app()) == set()


def test_a_setting_hides_them_all(make_app: MakeApp, secrets: None) -> None:
    app = make_app(api_read="token")
    assert shown(app) == set()
    for accept in ("*/*", "application/json", "text/html"):
        text = app.test_client().get("/", headers={"Accept": accept}).text
        assert "Hello, stranger!" in text
        assert "Not everybody may see the names" in text
        assert "INSERT INTO" not in text


def test_who_manages_whom_may_be_hidden(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person, "__api__", {"hidden": {"manager_id"}}, raising=False)
    html = make_app().test_client().get("/", headers={"Accept": "text/html"}).text
    assert "Chloé" in html
    assert "Manager" not in html
