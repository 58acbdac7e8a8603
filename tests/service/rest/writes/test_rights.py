"""A write needs no more rights than for what it was asked: what it does, which rows it is about,
and what it shows of them."""

from typing import Any

import pytest

from ...postgres import Database
from .conftest import Send

SHOWN = "return=representation"
MINIMAL = "return=minimal"
ACCOUNTS = (
    "CREATE TABLE shop.accounts (id int PRIMARY KEY, name text, secret text DEFAULT 's')",
    "INSERT INTO shop.accounts VALUES (1, 'Amy'), (2, 'Ben')",
    "GRANT SELECT (id, name), INSERT, UPDATE, DELETE ON shop.accounts TO member",
)


@pytest.fixture
def some(serve: Any) -> Send:
    """Of a table of which the role may see two columns."""
    return serve(*ACCOUNTS)


@pytest.mark.parametrize("wish", ["", MINIMAL, "count=exact", "return=headers-only"])
def test_what_shows_nothing_needs_no_right_to_see_anything(
    some: Send, wish: str, database: Database
) -> None:
    assert some("POST", "/accounts", {"id": 3, "secret": "x"}, Prefer=wish).status_code == 201
    changed = some("PATCH", "/accounts?id=eq.1", {"secret": "x"}, Prefer=wish)
    assert (changed.status_code, changed.headers["Content-Range"][:4]) == (204, "0-0/")
    secrets = database.execute("SELECT secret FROM shop.accounts ORDER BY id")
    assert [secret for (secret,) in secrets] == ["x", "s", "x"]
    assert some("DELETE", "/accounts?name=eq.Amy", Prefer=wish).status_code == 204
    assert database.execute("SELECT count(*) FROM shop.accounts") == [(2,)]


def test_what_replaces_a_row_needs_what_postgres_needs(some: Send) -> None:
    """Which is the right to see what it changes."""
    for method, path in (("PUT", "/accounts?id=eq.2"), ("POST", "/accounts")):
        for column, status in (("name", 200 if method == "POST" else 204), ("secret", 403)):
            body = {"id": 2, column: "x"}
            answer = some(method, path, body, Prefer="resolution=merge-duplicates")
            assert answer.status_code == status


def test_what_is_selected_is_what_has_to_be_seen(some: Send) -> None:
    for method, path, body in (
        ("POST", "/accounts?select=id,name", {"id": 3, "name": "Cid"}),
        ("PATCH", "/accounts?id=eq.3&select=id,name", {"name": "Cid"}),
        ("PUT", "/accounts?id=eq.3&select=id,name", {"id": 3, "name": "Cid"}),
        ("DELETE", "/accounts?id=eq.3&select=id,name", None),
    ):
        assert some(method, path, body, Prefer=SHOWN).get_json() == [{"id": 3, "name": "Cid"}]
        refused = some(method, path.partition("select")[0], body, Prefer=SHOWN)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "42501")


def test_a_filter_needs_its_columns(some: Send) -> None:
    assert some("PATCH", "/accounts?name=eq.Amy", {"secret": "x"}).status_code == 204
    assert some("PATCH", "/accounts?secret=eq.x", {"name": "x"}).status_code == 403
    assert some("DELETE", "/accounts?secret=eq.x").status_code == 403


def test_an_address_needs_its_key_and_still_tells_the_version(some: Send) -> None:
    changed = some("PATCH", "/accounts/1", {"secret": "x"})
    assert changed.status_code == 204
    again = some("PUT", "/accounts/1?select=name", {"name": "A"}, Prefer=SHOWN)
    assert again.get_json() == {"name": "A"}
    assert again.headers["ETag"] != changed.headers["ETag"]


def test_the_version_after_a_write_is_the_one_that_a_read_tells(
    serve: Any, database: Database
) -> None:
    send = serve(*ACCOUNTS, "GRANT SELECT ON shop.accounts TO member")
    for method, body in (("PATCH", {"name": "A"}), ("PUT", {"name": "B"})):
        tag = send(method, "/accounts/1", body).headers["ETag"]
        assert send("GET", "/accounts/1").headers["ETag"] == tag
        assert send("PATCH", "/accounts/1", {"name": "C"}, If_Match=tag).status_code == 204
        assert send("PATCH", "/accounts/1", {"name": "D"}, If_Match=tag).status_code == 412


def test_a_row_without_a_version_that_the_role_may_see_is_read_without_one(some: Send) -> None:
    row = some("GET", "/accounts/1?select=id,name")
    assert (row.status_code, row.get_json()) == (200, {"id": 1, "name": "Amy"})
    assert "ETag" not in row.headers
    assert some("GET", "/accounts/1").status_code == 403


@pytest.mark.parametrize(
    "rights",
    [
        ["GRANT INSERT ON shop.inbox TO member"],
        [
            "GRANT SELECT, INSERT ON shop.inbox TO member",
            "ALTER TABLE shop.inbox ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY post ON shop.inbox FOR INSERT WITH CHECK (true)",
        ],
    ],
    ids=["right", "policy"],
)
def test_who_may_only_insert_inserts(serve: Any, rights: list[str], database: Database) -> None:
    send = serve("CREATE TABLE shop.inbox (id int PRIMARY KEY, text text)", *rights)
    assert send("POST", "/inbox", {"id": 1}, Prefer=MINIMAL).status_code == 201
    several = send("POST", "/inbox", [{"id": 2}, {"id": 3}], Prefer="count=exact")
    assert (several.status_code, several.headers["Content-Range"]) == (201, "*/2")
    assert send("POST", "/inbox", "id\n4\n", Content_Type="text/csv").status_code == 201
    for wish in (SHOWN, "return=headers-only"):
        assert send("POST", "/inbox", {"id": 5}, Prefer=wish).status_code == 403
    assert database.execute("SELECT count(*) FROM shop.inbox") == [(4,)]
