"""What a write answers with: status, `Location`, `Content-Range`; and what PUT asks for."""

from typing import Any
from urllib.parse import quote

import pytest

from ...postgres import Database
from .conftest import Send

SHOWN = "return=representation"
ONE = "application/vnd.pgrst.object+json"
HEAD = "return=headers-only"


@pytest.fixture
def items(serve: Any) -> Send:
    return serve(
        "CREATE TABLE shop.items (id int PRIMARY KEY, name text UNIQUE)",
        "CREATE TABLE shop.odd (flag bool, amount numeric, at timestamptz, word text, "
        "PRIMARY KEY (flag, amount, at, word))",
        "INSERT INTO shop.items VALUES (1, 'a'), (2, 'b')",
        "GRANT ALL ON ALL TABLES IN SCHEMA shop TO member",
    )


@pytest.mark.parametrize(
    ("resolution", "rows", "status", "shown"),
    [
        ("ignore-duplicates", [{"id": 1, "name": "x"}], 201, []),
        ("ignore-duplicates", [{"id": 1, "name": "x"}, {"id": 3, "name": "c"}], 201, [3]),
        ("ignore-duplicates", [], 201, []),
        ("merge-duplicates", [{"id": 1, "name": "x"}], 200, [1]),
        ("merge-duplicates", [{"id": 3, "name": "c"}, {"id": 1, "name": "x"}], 201, [3, 1]),
        ("merge-duplicates", [{"id": 1, "name": "x"}, {"id": 3, "name": "c"}], 201, [1, 3]),
        ("merge-duplicates", [], 200, []),
    ],
)
def test_an_upsert_is_201_unless_it_only_merged(
    items: Send, resolution: str, rows: Any, status: int, shown: list[int]
) -> None:
    answer = items("POST", "/items", rows, Prefer=f"resolution={resolution},{SHOWN},count=exact")
    assert (answer.status_code, [row["id"] for row in answer.get_json()]) == (status, shown)
    assert answer.headers["Content-Range"] == f"*/{len(shown)}"


def test_a_row_that_a_trigger_leaves_alone_is_not_new_and_hides_none_that_is(
    items: Send, database: Database
) -> None:
    database.execute(
        "CREATE FUNCTION shop.leave() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER leave BEFORE UPDATE ON shop.items FOR EACH ROW EXECUTE FUNCTION "
        "shop.leave()",
    )
    for rows, status in (([1, 3], 201), ([1, 2], 200), ([4, 1], 201)):
        wish = f"resolution=merge-duplicates,{SHOWN}"
        answer = items("POST", "/items", [{"id": id_} for id_ in rows], Prefer=wish)
        new = [{"id": id_, "name": None} for id_ in rows if id_ > 2]
        assert (answer.status_code, answer.get_json()) == (status, new)


def test_each_upsert_of_a_batch_tells_what_is_new(items: Send) -> None:
    wish = {"Prefer": "resolution=merge-duplicates"}
    batch = [
        {"method": "POST", "path": "/items", "body": {"id": id_, "name": name}, "headers": wish}
        for id_, name in ((1, "x"), (3, "c"), (2, "y"), (3, "d"))
    ]
    answers = items("POST", "/", batch).get_json()
    assert [answer["status"] for answer in answers] == [200, 201, 200, 200]


def test_the_location_leads_to_the_row_whatever_its_key(items: Send) -> None:
    row = {
        "flag": True,
        "amount": "12345678901234567890.10",
        "at": "2026-01-01T00:00:00.123456+00:00",
        "word": "Rock & R+ll, ümlaut",
    }
    new = items("POST", "/odd", row, Prefer=HEAD)
    (found,) = items("GET", new.headers["Location"].removeprefix("/api")).get_json()
    assert (found["flag"], found["word"]) == (True, row["word"])


def test_the_location_is_that_of_one_row_and_only_if_asked_for(items: Send) -> None:
    one = items("POST", "/items", {"id": 3}, Prefer=HEAD)
    assert one.headers["Location"] == "/api/items?id=eq.3"
    for wish, rows in ((SHOWN, [{"id": 4}]), ("", [{"id": 5}]), (HEAD, [{"id": 6}, {"id": 7}])):
        assert "Location" not in items("POST", "/items", rows, Prefer=wish).headers
    ignored = items("POST", "/items", {"id": 1}, Prefer=f"resolution=ignore-duplicates,{HEAD}")
    assert (ignored.status_code, "Location" in ignored.headers) == (201, False)


@pytest.mark.parametrize("count", ["exact", "estimated", "planned"])
def test_every_count_of_a_write_is_exact(items: Send, count: str) -> None:
    wish = f"count={count}"
    for method, path, body, number in (
        ("POST", "/items", [{"id": 3}, {"id": 4}], "*/2"),
        ("PATCH", "/items?id=gte.3", {"name": None}, "0-1/2"),
        ("DELETE", "/items?id=gte.3", None, "*/2"),
    ):
        answer = items(method, path, body, Prefer=wish)
        assert answer.headers["Content-Range"] == number
        assert answer.headers["Preference-Applied"] == wish


@pytest.mark.parametrize("parameter", ["limit=1", "offset=1", "limit=1&offset=0"])
def test_put_has_no_limit(items: Send, parameter: str) -> None:
    for path in (f"/items?id=eq.1&{parameter}", f"/items/1?{parameter}"):
        refused = items("PUT", path, {"id": 1, "name": "x"})
        assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST114")
    assert items("PUT", "/items?id=eq.1", {"id": 1}, Range="1-1").status_code == 204


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("id=not.eq.1", 405, "PGRST105"),
        ("id=in.(1)", 405, "PGRST105"),
        ("and=(id.eq.1)", 405, "PGRST105"),
        ("id=eq.1&name=eq.a", 405, "PGRST105"),
        ("", 405, "PGRST105"),
        ("id=eq.2", 400, "PGRST115"),
    ],
)
def test_put_is_about_the_row_of_its_key(items: Send, query: str, status: int, code: str) -> None:
    refused = items("PUT", f"/items?{query}", [{"id": 1, "name": "x"}])
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("type_", "url", "same", "other"),
    [
        ("numeric", "1.5", 1.50, 1.51),
        ("int", "01", 1, 10),
        ("bool", "t", True, False),
        ("timestamptz", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "2026-01-02"),
        ("uuid", "AB" * 16, "ab" * 16, "ac" * 16),
        ("char(4)", "ab", "ab  ", "ab c"),
        ("jsonb", '{ "a":1}', {"a": 1}, {"a": 2}),
        ("int[]", "{1,2}", [1, 2], [2, 1]),
        ("int4range", "[1,2]", "[1,3)", "[1,2)"),
        ("shop.pair", "(1,x)", {"a": 1, "b": "x"}, {"a": 1, "b": "y"}),
        ("shop.mood", "good", "good", "bad"),
    ],
)
def test_put_compares_keys_as_postgres_does(
    serve: Any, type_: str, url: str, same: Any, other: Any
) -> None:
    send = serve(
        "CREATE TYPE shop.pair AS (a int, b text)",
        "CREATE TYPE shop.mood AS ENUM ('good', 'bad')",
        f"CREATE TABLE shop.items (id {type_} PRIMARY KEY, name text)",
        "GRANT ALL ON shop.items TO member",
    )
    path = f"/items?id=eq.{quote(url)}"
    for name, status in (("new", 201), ("changed", 200)):
        row = send("PUT", path, {"id": same, "name": name}, Prefer=SHOWN)
        assert (row.status_code, row.get_json()[0]["name"]) == (status, name)
    refused = send("PUT", path, {"id": other, "name": "other"})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST115")
    assert [row["name"] for row in send("GET", "/items").get_json()] == ["changed"]


@pytest.mark.parametrize(
    ("when", "table", "requests"),
    [
        ("BEFORE", "TABLE shop.some (id int PRIMARY KEY)", ["POST /some", "PUT /some?id=eq.1"]),
        ("INSTEAD OF", "VIEW shop.some AS SELECT id FROM shop.items", ["POST /some"]),
    ],
)
def test_what_a_trigger_left_out_is_undone_where_one_row_was_asked_for(
    serve: Any, database: Database, when: str, table: str, requests: list[str]
) -> None:
    send = serve(
        "CREATE TABLE shop.items (id int PRIMARY KEY)",
        f"CREATE {table}",
        "CREATE FUNCTION shop.elsewhere() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO shop.items VALUES (NEW.*); RETURN NULL; END'",
        f"CREATE TRIGGER elsewhere {when} INSERT ON shop.some FOR EACH ROW EXECUTE FUNCTION "
        "shop.elsewhere()",
        "GRANT ALL ON ALL TABLES IN SCHEMA shop TO member",
    )
    for request in requests:
        refused = send(*request.split(), {"id": 1}, Accept=ONE)
        problem = refused.get_json()
        assert (refused.status_code, problem["code"]) == (406, "PGRST116")
        assert problem["details"] == "The result contains 0 rows"
        assert database.execute("SELECT * FROM shop.items") == []
    if len(requests) > 1:
        refused = send("PUT", "/some?id=eq.1", {"id": 1})
        assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST115")
    assert send("POST", "/some", {"id": 1}).status_code == 201
    assert database.execute("SELECT * FROM shop.items") == [(1,)]


@pytest.mark.parametrize("event", ["UPDATE", "DELETE"])
def test_so_it_is_where_the_row_was_there_before(
    items: Send, database: Database, event: str
) -> None:
    database.execute(
        "CREATE TABLE shop.seen (id int)",
        "CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "'BEGIN INSERT INTO shop.seen VALUES (OLD.id); RETURN NULL; END'",
        f"CREATE TRIGGER note BEFORE {event} ON shop.items FOR EACH ROW EXECUTE FUNCTION "
        "shop.note()",
    )
    method, body = ("PATCH", {"name": "x"}) if event == "UPDATE" else ("DELETE", None)
    for path, accept in (("/items/1", "*/*"), ("/items?id=eq.1", ONE)):
        refused = items(method, path, body, Accept=accept)
        problem = refused.get_json()
        assert (refused.status_code, problem["code"]) == (406, "PGRST116")
        assert problem["details"] == "The result contains 0 rows"
    assert database.execute("SELECT * FROM shop.seen") == []
    assert items(method, "/items/9", body).status_code == 404
    assert items(method, "/items?id=eq.1", body).status_code == 204
    assert database.execute("SELECT * FROM shop.seen") == [(1,)]


def test_put_of_another_key_leaves_nothing_of_a_statements_trigger(
    items: Send, database: Database
) -> None:
    database.execute(
        "CREATE TABLE shop.seen (id int)",
        "CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "'BEGIN INSERT INTO shop.seen VALUES (1); RETURN NULL; END'",
        "CREATE TRIGGER note BEFORE INSERT ON shop.items FOR EACH STATEMENT EXECUTE FUNCTION "
        "shop.note()",
    )
    refused = items("PUT", "/items?id=eq.1", {"id": 2})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST115")
    assert database.execute("SELECT * FROM shop.seen") == []


def test_one_object_of_several_rows_writes_none(items: Send, database: Database) -> None:
    many = [{"id": 3}, {"id": 4}]
    for method, path, body in (
        ("POST", "/items", many),
        ("POST", "/items?on_conflict=id", many),
        ("PATCH", "/items?id=gt.0", {"name": None}),
        ("DELETE", "/items?id=gt.0", None),
    ):
        refused = items(method, path, body, Accept=ONE)
        problem = refused.get_json()
        assert (refused.status_code, problem["code"]) == (406, "PGRST116")
        assert problem["details"] == "The result contains 2 rows"
    assert [*database.execute("SELECT * FROM shop.items")] == [(1, "a"), (2, "b")]
