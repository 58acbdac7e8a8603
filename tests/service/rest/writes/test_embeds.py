"""What is embedded in the answer to a write: every row of it, as PostgREST has no maximum there, as
long as there is room for the bytes."""

from typing import Any

import pytest

from ...postgres import Database
from .conftest import Send

SHOWN = "return=representation"
CHILDREN = [{"id": id_} for id_ in range(1, 6)]

TABLES = (
    "CREATE TABLE shop.a (id int PRIMARY KEY, name text)",
    "CREATE TABLE shop.b (id int PRIMARY KEY, a_id int REFERENCES shop.a, text text)",
    "CREATE TABLE shop.c (id int PRIMARY KEY, b_id int REFERENCES shop.b)",
    "INSERT INTO shop.a SELECT n, NULL FROM generate_series(1, 3) n",
    "INSERT INTO shop.b SELECT n, 1, repeat('x', 5000) FROM generate_series(1, 5) n",
    "INSERT INTO shop.c SELECT n, 1 FROM generate_series(1, 5) n",
    "GRANT ALL ON ALL TABLES IN SCHEMA shop TO member",
)


@pytest.mark.parametrize(
    ("select", "found"),
    [
        ("b(id)", {"b": CHILDREN}),
        ("...b(ids:id)", {"ids": [1, 2, 3, 4, 5]}),
        ("b(id,c(id))&b.id=eq.1", {"b": [{"id": 1, "c": CHILDREN}]}),
        ("b(id)&b.limit=4", {"b": CHILDREN[:4]}),
    ],
)
def test_an_embed_has_all_of_its_rows(serve: Any, select: str, found: dict[str, Any]) -> None:
    send = serve(*TABLES, api_max_rows=2)
    answer = send("PATCH", f"/a?id=gt.0&select=id,{select}", {"name": "x"}, Prefer=SHOWN)
    rows = answer.get_json()
    assert len(rows) == 3
    assert next(row for row in rows if row["id"] == 1) == {"id": 1} | found


@pytest.mark.parametrize(
    ("method", "path", "wish"),
    [("PUT", "/a/1?", SHOWN), ("POST", "/a?", f"{SHOWN},resolution=merge-duplicates")],
)
def test_whatever_the_write(serve: Any, method: str, path: str, wish: str) -> None:
    send = serve(*TABLES, api_max_rows=2)
    body = {"id": 1, "name": "x"}
    rows = send(method, f"{path}select=b(id)", body, Prefer=wish).get_json()
    assert (rows[0] if isinstance(rows, list) else rows) == {"b": CHILDREN}


def test_one_with_too_many_bytes_is_refused_and_undone(serve: Any, database: Database) -> None:
    send: Send = serve(*TABLES, api_max_rows=2, api_max_bytes=20_000)
    path, body = "/a?id=gt.0&select=b(text)", {"name": "x"}
    assert send("PATCH", f"{path}&b.limit=3", body, Prefer=SHOWN).status_code == 200
    answer = send("PATCH", path, {"name": "y"}, Prefer=SHOWN)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "54000")
    assert database.execute("SELECT DISTINCT name FROM shop.a") == [("x",)]
