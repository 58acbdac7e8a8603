"""Writes that say too little, too much or nothing clear are refused."""

from __future__ import annotations

from typing import Any

import pytest

from .attacker import Attacker


@pytest.mark.parametrize(
    "query", ["", "limit=1", "offset=1", "order=id", "select=id", "columns=id"]
)
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_write_without_a_filter(send: Attacker, method: str, query: str) -> None:
    send.refused(method, f"projects?{query}", json={"name": "x"})


@pytest.mark.parametrize(
    "query", ["id=gt.0&limit=1", "id=gt.0&offset=1", "id=gt.0&order=id&limit=2"]
)
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_a_write_of_a_page(send: Attacker, method: str, query: str) -> None:
    response = send.refused(method, f"projects?{query}", json={"name": "x"})
    assert response.get_json()["code"] == "PGRST114"


@pytest.mark.parametrize("method", ["GET", "HEAD", "FETCH", "OPTIONS"])
def test_what_only_reads_writes_nothing(send: Attacker, method: str) -> None:
    """Whatever it has of a write: a body, headers, columns."""
    for path in ("projects?columns=name", "projects?id=eq.1&on_conflict=id", "projects/1"):
        options: dict[str, Any] = {"json": {} if method == "FETCH" else {"name": "x"}}
        headers = {
            "Prefer": "tx=commit,resolution=merge-duplicates,return=representation",
            "X-HTTP-Method-Override": "DELETE",
            "X-HTTP-Method": "DELETE",
        }
        send(method, path, headers=headers, **options)


def test_a_batch_of_too_many(send: Attacker) -> None:
    send.refused("POST", "", json=[{"path": "/persons"}] * 101)
    send.refused("POST", "", json=[])
    send.refused("POST", "", json=[[]])
    send.refused("POST", "", json=[{"method": "POST", "path": "/", "body": [{"path": "/persons"}]}])
    send.refused("POST", "", json=[{"method": "POST", "path": "/api/login", "body": {}}])


def test_a_batch_of_which_the_last_fails(send: Attacker) -> None:
    every = [{"method": "POST", "path": "/persons", "body": {"name": f"n{n}"}} for n in range(50)]
    headers = {"Prefer": "tx=commit"}
    response = send.refused("POST", "", json=[*every, {"path": "/nothing"}], headers=headers)
    assert response.get_json()["request"] == 50


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n",
        "\n\n",
        '"',
        'name\n"x',
        'name\n"x"y',
        "name,name\nx,y\n",
        "name\nx,y\n",
        "id,name\n1\n",
        "nane\nx\n",
        ",\n,\n",
        "name,\nx,\n",
        "\ufeffname\nx\n",
        "name\n\0\n",
        "name\n" + "x" * 200_000 + ",\n",
        "id,name\n1;2,x\n",
        "name;id\nx;1\n",
        '{}\n{"name": "x"}',
        '[{"name": "x"}]\n[]',
        "tags,name\n[1,x\n",
        "profile,name\n{,x\n",
    ],
    ids=range(21),
)
def test_csv_that_is_broken(send: Attacker, body: str) -> None:
    send.refused("POST", "persons", data=body.encode(), content_type="text/csv")
