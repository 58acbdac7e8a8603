"""What must not be told is in neither the document nor the info."""

import json

import pytest

from retort.models import Person, Project

from .document import Make, document, operations

pytestmark = pytest.mark.reads


def test_a_hidden_column_is_nowhere(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person, "__api__", {"hidden": {"profile", "manager_id"}}, raising=False)
    client = make()
    told = json.dumps(document(client))
    assert "updated_at" in told
    assert "profile" not in told
    assert "manager_id" not in told
    assert "profile" not in client.get("/api/info").text


def test_a_table_that_is_not_served_is_nowhere(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person, "__api__", False, raising=False)
    client = make()
    for told in (json.dumps(document(client)), client.get("/api/info").text):
        for table in ("persons", "accounts", "login_attempts", "alembic_version"):
            assert table not in told


def test_a_column_that_leads_to_it_stays(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Person, "__api__", False, raising=False)
    assert "person_id" in document(make())["components"]["schemas"]["orders"]["properties"]


def test_a_hidden_key_is_no_address(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Project, "__api__", {"hidden": {"id"}}, raising=False)
    client = make()
    found = operations(document(client))
    assert {path for path, _ in found if path.startswith("/projects")} == {"/projects"}
    assert ("/projects", "PUT") not in found
    assert client.get("/api/info").get_json()["resources"]["public"]["projects"]["key"] == []
