"""OPTIONS says which methods a path answers, and these are the ones that it answers."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.auth.tokens import tokens

METHODS = {"GET", "HEAD", "FETCH", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}
TABLES = ("persons", "persons/1", "notes", "notes/1")


def addresses(app: Flask) -> list[str]:
    """Of every route of the API but those of tables, and of some tables."""
    own = {
        rule.rule.replace("<name>", "docs.css")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("rest.") and "<table>" not in rule.rule
    }
    return sorted([*own - {"/api/<path:path>"}, *(f"/api/{table}" for table in TABLES)])


def allowed(client: FlaskClient, path: str) -> set[str]:
    response = client.options(path)
    assert response.status_code == 200
    return {method.strip() for method in response.headers["Allow"].split(",")}


def test_a_path_answers_the_methods_that_options_offers_and_no_other(
    app: Flask, client: FlaskClient
) -> None:
    headers = {"Authorization": f"Bearer {tokens(app).issue('me')}", "Prefer": "tx=rollback"}
    for path in addresses(app):
        offered = allowed(client, path)
        assert len(offered) > 1
        for method in METHODS:
            # A row, and the filter that PUT asks for.
            query = "?id=eq.1" if method == "PUT" and path.count("/") == 2 else ""
            response = client.open(path + query, method=method, headers=headers, buffered=True)
            if method in offered:
                assert response.status_code != 405, f"{method} {path}"
                assert path not in response.text or response.status_code != 404
            else:
                assert response.status_code == 405, f"{method} {path}"
                named = response.headers["Allow"].split(",")
                assert {each.strip() for each in named} == offered


@pytest.mark.parametrize(
    ("line", "allow"),
    [
        ("PUT /api/info", "GET, HEAD, OPTIONS"),
        ("DELETE /api/docs", "GET, HEAD, OPTIONS"),
        ("GET /api/login", "POST, OPTIONS"),
    ],
)
def test_the_apis_own_paths_are_no_tables(client: FlaskClient, line: str, allow: str) -> None:
    method, path = line.split()
    response = client.open(path, method=method)
    assert (response.status_code, response.get_json()["code"]) == (405, "HTTP405")
    assert sorted(response.headers["Allow"].split(", ")) == sorted(allow.split(", "))
    hint = f"This address takes {', '.join(sorted(allow.split(', ')))}."
    assert response.get_json()["hint"] == hint
