"""A request of a batch refers to what an earlier one's answer shows: parent and children in one
transaction."""

from typing import Any

import pytest

from ...postgres import Database
from .conftest import Send

SHOWN = {"Prefer": "return=representation"}


@pytest.fixture
def shop(serve: Any) -> Send:
    return serve(
        "CREATE TABLE shop.parents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "
        "name text, big numeric DEFAULT 12345678901234567890.10, old bool DEFAULT true, "
        "more jsonb, list jsonb[])",
        "CREATE TABLE shop.children (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "parent_id uuid REFERENCES shop.parents, name text, big numeric)",
        "GRANT ALL ON ALL TABLES IN SCHEMA shop TO member",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO member",
    )


def post(path: str, body: Any, **headers: str) -> dict[str, Any]:
    return {"method": "POST", "path": path, "body": body, "headers": headers}


PARENT = post("/parents", {"name": "a, b"}, **SHOWN)


def test_children_are_inserted_with_their_parent(shop: Send, database: Database) -> None:
    children = [{"parent_id": {"$ref": "0.id"}, "name": name} for name in ("x", "y")]
    last = {"path": "/parents/$0.id?select=children(name)"}
    batch = [PARENT, post("/children", children), last]
    answers = shop("POST", "/", batch).get_json()
    assert [answer["status"] for answer in answers] == [201, 201, 200]
    assert answers[2]["body"] == {"children": [{"name": "x"}, {"name": "y"}]}
    assert database.execute("SELECT count(parent_id) FROM shop.children") == [(2,)]


def test_a_value_arrives_as_it_is(shop: Send, database: Database) -> None:
    child = {"name": {"$ref": "0.name"}, "big": {"$ref": "0.big"}}
    many = [
        PARENT,
        post("/children", child, **SHOWN),
        {"path": "/children?name=eq.$0.name&big=gte.$0.big&parent_id=is.null"},
        {"path": "/parents?old=neq.$0.old"},
        {"method": "PATCH", "path": "/children/$1.id", "body": {"parent_id": {"$ref": "0.id"}}},
    ]
    answers = shop("POST", "/", many).get_json()
    assert answers[2]["body"] == [answers[1]["body"][0]]
    assert answers[3]["body"] == []
    (row,) = database.execute("SELECT parent_id, name, big::text FROM shop.children")
    assert row[0] is not None
    assert row[1:] == ("a, b", "12345678901234567890.10")


def test_it_may_be_of_what_was_read(shop: Send) -> None:
    shop("POST", "/parents", {"name": "p"})
    one = {"path": "/parents?name=eq.p&select=it:id"}
    child = post("/children", {"parent_id": {"$ref": "0.it"}})
    assert [each["status"] for each in shop("POST", "/", [one, child]).get_json()] == [200, 201]


@pytest.mark.parametrize("value", ["$0.id", {"$ref": "#/defs/x"}, {"$ref": "0.id", "x": 1}])
def test_other_json_is_itself(shop: Send, value: Any) -> None:
    batch = [PARENT, post("/parents?select=more", {"more": value}, **SHOWN)]
    assert shop("POST", "/", batch).get_json()[1]["body"] == [{"more": value}]
    reference = {"more": {"$ref": "0.id"}}  # which is in no batch
    assert shop("POST", "/parents?select=more", reference, **SHOWN).get_json() == [reference]


def test_a_dollar_in_a_text_is_escaped_or_a_price(shop: Send) -> None:
    shop("POST", "/parents", [{"name": "$0.id"}, {"name": "$5.00"}])
    for name in ("%240.id", "$5.00"):
        batch = [{"path": f"/parents?name=eq.{name}&select=name"}]
        (answer,) = shop("POST", "/", batch).get_json()
        assert answer["body"] == [{"name": name.replace("%24", "$")}]


NOWHERE = "There is no request 1 before this one"
NO_ROW = "The answer to request 0 does not show one row"


NOT_THERE: list[tuple[dict[str, Any], str, str]] = [
    (PARENT, "1.id", NOWHERE),
    (PARENT, "1000.id", "There is no request 1000 before this one"),
    (PARENT, "0.nonsense", "The answer to request 0 has no nonsense"),
    (PARENT | {"headers": {}}, "0.id", NO_ROW),
    (PARENT | {"body": [{}, {}]}, "0.id", NO_ROW),
    (PARENT | {"headers": SHOWN | {"Accept": "text/csv"}}, "0.id", NO_ROW),
    ({"path": "/parents"}, "0.id", NO_ROW),
]


@pytest.mark.parametrize(
    ("first", "reference", "message"),
    NOT_THERE,
)
def test_what_is_not_there_is_told(
    shop: Send, database: Database, first: Any, reference: str, message: str
) -> None:
    for second in (
        post("/children", {"parent_id": {"$ref": reference}}),
        {"path": f"/parents/${reference}"},
        {"path": f"/parents?id=eq.${reference}"},
    ):
        refused = shop("POST", "/", [first, second])
        assert refused.status_code == 400
        said = refused.get_json()
        assert (said["code"], said["message"], said["request"]) == ("PGRST102", message, 1)
        assert database.execute("SELECT count(*) FROM shop.parents") == [(0,)]


@pytest.mark.parametrize(
    "path",
    [
        "/$0.name",
        "/$0.name/1",
        "/parents?$0.name=eq.1",
        "/parents?select=$0.name",
        "/parents?select=eq.$0.name",
        "/parents?order=$0.name",
        "/parents?children.order=eq.$0.name&select=children()",
        "/parents?name=in.($0.name)",
        "/parents?or=(name.eq.$0.name)",
        "/parents?name=eq.x$0.name",
        "/parents?name=$0.name.x",
        "/parents/x$0.name",
        "/parents/$0.name,$0.id",
        "/parents/$0.more",
        "/parents?more=eq.$0.old_more",
    ],
)
def test_it_is_never_a_name_nor_a_part(shop: Send, path: str) -> None:
    refused = shop("POST", "/", [PARENT, {"path": path}])
    assert (refused.status_code, refused.get_json()["code"]) == (400, "PGRST102")


def test_what_a_row_may_not_have_it_does_not_get_so(shop: Send) -> None:
    batch = [PARENT, post("/children", {"id": {"$ref": "0.big"}})]
    assert shop("POST", "/", batch).get_json()["code"] == "428C9"
    fetch = {"method": "FETCH", "path": "/parents", "body": {"select": {"$ref": "0.name"}}}
    assert shop("POST", "/", [PARENT, fetch]).status_code == 400


def test_many_references_to_a_long_value_are_not_made(shop: Send) -> None:
    long = post("/parents", {"name": "x" * 1_000_000}, **SHOWN)
    children = [{"name": {"$ref": "0.name"}} for _ in range(5)]
    refused = shop("POST", "/", [long, post("/children", children)])
    assert (refused.status_code, refused.get_json()["request"]) == (413, 1)


def test_a_value_that_makes_an_address_too_long_is_refused(shop: Send) -> None:
    long = post("/parents", {"name": "x" * 100_000}, **SHOWN)
    refused = shop("POST", "/", [long, {"path": "/parents?name=eq.$0.name"}])
    assert (refused.status_code, refused.get_json()["request"]) == (400, 1)


@pytest.mark.parametrize("depth", [101, 2000])
@pytest.mark.parametrize("column", ["list", "id"])
def test_what_is_nested_too_deep_is_refused(shop: Send, depth: int, column: str) -> None:
    """In Postgres' own form, a value may be nested deeper than JSON that is sent."""
    parent = post("/parents", {"list": f'{{"{"[" * depth}{"]" * depth}"}}'}, **SHOWN)
    child = post("/children", {"name": {"$ref": f"0.{column}"}})
    answer = shop("POST", "/", [parent, child])
    if column == "list" or (answer.status_code != 200 and depth > 1000):
        assert (answer.status_code, answer.get_json()["code"]) == (413, "54001")
    else:  # beside it; how deep it may be for that, Python's version decides
        assert answer.status_code == 200
