"""A table that is not served is not there, and leads nowhere."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from ...application import MakeApp, settings_on
from .. import lab as laboratory
from ..application import application_of
from ..lab import Stack

PRIVATE = [
    "accounts",
    "logins",
    "login_attempts",
    "alembic_version",
    "persons_projects",
    "pg_authid",
]


@pytest.mark.parametrize("table", PRIVATE)
@pytest.mark.parametrize("schemas", ["", "public"])
def test_a_private_table_is_not_there(
    shared: Stack, another: MakeApp, table: str, schemas: str
) -> None:
    client = another(API_SCHEMAS=schemas).test_client()
    headers = shared.header()
    for method in ("GET", "HEAD", "FETCH", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"):
        for name in (table, f"public.{table}", f'"{table}"', f"{table}/1"):
            if method == "OPTIONS" and name.endswith("/1"):
                continue
            response = client.open(f"/api/{name}", method=method, headers=headers)
            assert response.status_code == 404
    assert client.get(f"/api/persons?select=*,{table}(*)").get_json()["code"] == "PGRST200"
    assert client.get(f"/api/persons?{table}.id=eq.1").get_json()["code"] == "PGRST108"
    answer = client.post("/api/", json=[{"path": f"/{table}"}], headers=headers)
    assert answer.get_json()["code"] == "PGRST205"


@pytest.mark.parametrize(
    "table", ["accounts", "logins", "login_attempts", "vaults", "alembic_version"]
)
def test_nor_where_the_models_are_others(shared: Stack, table: str) -> None:
    """The tables of the log-in are none of the application's that has the API."""
    with application_of(
        laboratory.db, settings_on(shared.database.web, API_SCHEMAS="public")
    ) as app:
        client = app.test_client()
        assert client.get("/api/persons").status_code == 200  # reflected
        assert client.get(f"/api/{table}", headers=shared.header()).status_code == 404
        assert client.get(f"/api/rooms?select=*,{table}(*)").status_code == 400


def test_an_association_that_is_not_served_leads_nowhere(lab: FlaskClient) -> None:
    secret = lab.get("/api/guests?select=name,parties!secret_invitations(name)")
    assert (secret.status_code, secret.get_json()["code"]) == (400, "PGRST200")
    opened = lab.get("/api/guests?select=name,parties!open_invitations(name)")
    assert opened.get_json() == [{"name": "Gus", "parties": [{"name": "open"}]}]
