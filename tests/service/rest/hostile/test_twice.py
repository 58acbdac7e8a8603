"""A key that is there twice is refused, of an object as of a row."""

from __future__ import annotations

import pytest

from .attacker import Attacker


@pytest.mark.parametrize("path", ["projects", "", "login"])
def test_a_key_that_is_there_twice(send: Attacker, path: str) -> None:
    for body in ('{"name": "a", "name": "b"}', '[{"path": "/x", "path": "/y"}]'):
        response = send.refused("POST", path, data=body, content_type="application/json")
        assert "is there twice" in response.text
    send.refused("PATCH", "persons?id=eq.1", data='{"profile": {"a": 1, "a": 2}}')
    send.refused("FETCH", "persons", data='{"where": {"id": 1, "id": 2}}')


def test_a_primary_key_that_is_there_twice(send: Attacker) -> None:
    rows = [{"id": 77, "name": "x"}, {"id": 77, "name": "y"}]
    assert send.refused("POST", "projects", json=rows).get_json()["code"] == "23505"
    merge = {"Prefer": "tx=rollback,resolution=merge-duplicates"}
    assert send.refused("POST", "projects", json=rows, headers=merge).get_json()["code"] == "21000"
    response = send.refused("POST", "projects", data="id,name\n1,x\n", content_type="text/csv")
    assert response.get_json()["code"] == "23505"
    requests = [{"method": "POST", "path": "/projects", "body": row} for row in rows]
    assert send.refused("POST", "", json=requests).get_json()["request"] == 1
