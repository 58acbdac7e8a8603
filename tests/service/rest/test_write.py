"""Writing: insert, upsert, PATCH, PUT, DELETE, what comes back, and when nothing is done."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ..postgres import Database

Headers = dict[str, str]


@pytest.fixture
def write(client: FlaskClient, member: Headers) -> Any:
    def send(method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(f"/api{path}", method=method, json=body, headers=member | given)

    return send


REP = "return=representation"
ONE = "application/vnd.pgrst.object+json"


def test_one_row_is_inserted_and_by_default_not_shown(write: Any, database: Database) -> None:
    response = write("POST", "/projects", {"name": "New"})
    assert (response.status, response.data) == ("201 Created", b"")
    assert database.execute("SELECT name FROM projects WHERE id = 4")[0].name == "New"


def test_a_write_without_a_token_is_refused(client: FlaskClient, database: Database) -> None:
    response = client.post("/api/projects", json={"name": "New"})
    assert (response.status_code, response.get_json()["code"]) == (401, "42501")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert database.execute("SELECT count(*) FROM projects")[0].count == 3


def test_many_rows_come_back_in_their_order_with_what_they_lead_to(write: Any) -> None:
    body = [{"name": "B", "manager_id": 1}, {"name": "A", "manager_id": 2}]
    response = write("POST", "/persons?select=name,manager(name)", body, Prefer=REP)
    assert response.status_code == 201
    assert response.get_json() == [
        {"name": "B", "manager": {"name": "Amy"}},
        {"name": "A", "manager": {"name": "Ben"}},
    ]


@pytest.mark.parametrize(
    ("wish", "tags"), [("missing=default", [[], ["x"]]), ("missing=null", None)]
)
def test_what_a_row_lacks_is_its_default_or_null(
    write: Any, wish: str, tags: list[list[str]] | None
) -> None:
    body = [{"name": "a"}, {"name": "b", "tags": ["x"]}]
    response = write("POST", "/persons?columns=name,tags", body, Prefer=f"{REP},{wish}")
    if tags is None:
        assert (response.status_code, response.get_json()["code"]) == (400, "23502")
    else:
        assert [row["tags"] for row in response.get_json()] == tags
        assert response.headers["Preference-Applied"] == f"{wish}, {REP}"


def test_columns_choose_what_is_taken(write: Any) -> None:
    body = [{"name": "a", "tags": ["x"], "nonsense": 1}]
    (row,) = write("POST", '/persons?columns="name"', body, Prefer=REP).get_json()
    assert (row["name"], row["tags"]) == ("a", [])


def test_nothing_is_inserted_where_there_is_nothing(write: Any) -> None:
    assert write("POST", "/persons", [], Prefer=REP).get_json() == []


def test_a_row_of_nothing_but_defaults(write: Any) -> None:
    assert write("POST", "/projects", {}).get_json()["code"] == "23502"  # name has none
    response = write("POST", "/notes?columns=text", [{"text": "mine"}, {"text": "too"}], Prefer=REP)
    assert [row["owner"] for row in response.get_json()] == ["me", "me"]


def test_a_csv_is_inserted(client: FlaskClient, member: Headers) -> None:
    good = 'name,email,tags,profile\nZoe,NULL,"{a,b}","{""city"": ""Rome""}"\n'
    path = "/api/persons?select=name,email,tags,profile"
    headers = member | {"Content-Type": "text/csv", "Prefer": REP}
    response = client.post(path, data=good + "NULL,,NULL,NULL\n", headers=headers)
    assert response.get_json()["code"] == "23502"  # a name of null
    response = client.post(path, data=good, headers=headers)
    assert response.get_json() == [
        {"name": "Zoe", "email": None, "tags": ["a", "b"], "profile": {"city": "Rome"}}
    ]


@pytest.mark.parametrize(
    ("resolution", "status", "names"),
    [("merge-duplicates", 201, ["Funnel", "New"]), ("ignore-duplicates", 201, ["New"])],
)
def test_an_upsert(write: Any, resolution: str, status: int, names: list[str]) -> None:
    body = [{"name": "Funnel"}, {"name": "New"}]
    wish = f"resolution={resolution},{REP}"
    response = write("POST", "/projects?on_conflict=name&select=name", body, Prefer=wish)
    assert (response.status_code, [r["name"] for r in response.get_json()]) == (status, names)


def test_an_upsert_that_only_merged_created_nothing(write: Any) -> None:
    body = {"id": 1, "name": "Merged"}
    response = write("POST", "/projects", body, Prefer=f"resolution=merge-duplicates,{REP}")
    assert (response.status_code, response.get_json()) == (200, [body])


def test_headers_only_tell_the_address(write: Any, client: FlaskClient) -> None:
    response = write("POST", "/projects", {"name": "New"}, Prefer="return=headers-only")
    assert response.data == b""
    assert client.get(response.headers["Location"]).get_json()[0]["name"] == "New"


def test_patch_changes_what_it_meets(write: Any) -> None:
    response = write("PATCH", "/persons?id=lt.3&select=id,tags", {"tags": ["x"]}, Prefer=REP)
    assert response.status_code == 200
    assert response.headers["Content-Range"] == "0-1/*"
    assert response.get_json() == [{"id": 1, "tags": ["x"]}, {"id": 2, "tags": ["x"]}]
    assert write("PATCH", "/persons?id=eq.99", {"name": "x"}).status_code == 204


def test_patch_counts_the_version_and_keeps_the_time(write: Any, client: FlaskClient) -> None:
    before = client.get("/api/persons/1").get_json()
    assert write("PATCH", "/persons?id=eq.1", {"name": "A", "version": 77}).status_code == 204
    after = client.get("/api/persons/1").get_json()
    assert (before["version"], after["version"]) == (1, 2)
    assert before["updated_at"] < after["updated_at"]


def test_delete_takes_what_it_meets(write: Any, client: FlaskClient) -> None:
    response = write("DELETE", "/orders?amount=gt.200&select=id", {}, Prefer=f"{REP},count=exact")
    assert (response.get_json(), response.headers["Content-Range"]) == (
        [{"id": 3}, {"id": 6}],
        "*/2",
    )
    assert len(client.get("/api/orders").get_json()) == 5


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("query", ["", "?select=id", "?limit=1", "?id=eq.1&limit=1"])
def test_every_row_is_not_met_by_mistake(
    write: Any, database: Database, method: str, query: str
) -> None:
    before = database.execute("SELECT * FROM projects")
    assert write(method, f"/projects{query}", {"name": "x"}).status_code == 400
    assert database.execute("SELECT * FROM projects") == before


@pytest.mark.parametrize("path", ["/projects?id=eq.1", "/projects/1"])
def test_put_changes_the_row_of_its_key(write: Any, path: str) -> None:
    response = write("PUT", path, {"id": 1, "name": "Changed"}, Prefer=REP)
    assert response.status_code == 200
    assert "Changed" in response.text


def test_put_creates_the_row_of_its_key(write: Any) -> None:
    assert write("PUT", "/projects?id=eq.77", {"id": 77, "name": "New"}).status_code == 201
    assert write("PUT", "/projects/78", {"name": "Newer"}).status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/projects/1", {"id": 2, "name": "x"}, "PGRST115"),
        ("/projects?name=eq.x", {"name": "x"}, "PGRST105"),
        ("/projects?id=gt.1", {"id": 2, "name": "x"}, "PGRST105"),
        ("/projects/1", [{"name": "x"}, {"name": "y"}], "PGRST102"),
    ],
)
def test_put_is_of_one_row_and_the_same(write: Any, path: str, body: Any, code: str) -> None:
    assert write("PUT", path, body).get_json()["code"] == code


def test_a_row_that_somebody_changed_is_not_changed_again(write: Any, client: FlaskClient) -> None:
    for path, body in (("/persons/1", {"name": "A"}), ("/projects/1", {"name": "P"})):
        tag = client.get(f"/api{path}").headers["ETag"]
        assert client.get(f"/api{path}", headers={"If-None-Match": tag}).status_code == 304
        first = write("PATCH", path, body, If_Match=tag)
        assert first.status_code == 204
        assert first.headers["ETag"] != tag
        for method in ("PATCH", "PUT", "DELETE"):
            assert write(method, path, body, If_Match=tag).status_code == 412
        assert write("PUT", path, body, If_None_Match="*").status_code == 412
        assert write("DELETE", path, If_Match=first.headers["ETag"]).status_code == 204
        assert client.get(f"/api{path}").status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("tag", ['""', 'W/""', "", ",", '"', 'W/"1"', "x"])
def test_an_odd_tag_is_that_of_no_row(write: Any, method: str, tag: str) -> None:
    body = None if method == "DELETE" else {"name": "P"}
    status = write(method, "/projects/1", body, If_Match=tag).status_code
    assert status == (412 if tag else 204)


def test_a_row_has_to_be_there_to_match(write: Any, client: FlaskClient) -> None:
    assert write("PUT", "/projects/99", {"name": "x"}, If_Match="*").status_code == 412
    assert write("PATCH", "/projects/99", {"name": "x"}, If_Match="*").status_code == 412
    assert write("PUT", "/projects/1", {"name": "x"}, If_Match="*").status_code == 204
    tag = client.get("/api/projects/1").headers["ETag"]
    assert write("PATCH", "/projects/1", {"name": "y"}, If_Match=f"W/{tag}").status_code == 412
    weak = client.get("/api/projects/1", headers={"If-None-Match": f"W/{tag}"})
    assert weak.status_code == 304


def test_one_row_of_nothing_is_none(write: Any) -> None:
    assert write("PATCH", "/projects/99", {}).status_code == 404
    assert write("POST", "/projects", [], Accept=ONE).status_code == 406


def test_a_batch_knows_the_whole_address(write: Any) -> None:
    new = {"method": "POST", "path": "/projects", "body": {"name": "New"}}
    (answer,) = write(
        "POST", "/", [new | {"headers": {"Prefer": "return=headers-only"}}]
    ).get_json()
    assert answer["headers"]["Location"] == "/api/projects?id=eq.4"


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("DELETE", "/orders?id=lt.3", None, {"Prefer": "handling=strict,max-affected=1"}),
        (
            "PATCH",
            "/orders?id=lt.3",
            {"amount": 1},
            {"Accept": "application/vnd.pgrst.object+json"},
        ),
        ("PATCH", "/orders?id=lt.3", {"amount": -1}, {}),
        ("PATCH", "/orders?id=lt.3", {"amount": "NaN"}, {}),
        ("PATCH", "/orders/99", {"amount": 1}, {}),
        ("POST", "/orders", [{"person_id": 1, "amount": 1}, {"person_id": 99, "amount": 1}], {}),
        ("POST", "/orders", {"person_id": 1, "amount": 1}, {"Prefer": "tx=rollback"}),
    ],
)
def test_what_is_undone_leaves_nothing(
    write: Any, database: Database, method: str, path: str, body: Any, headers: Headers
) -> None:
    before = database.execute("SELECT * FROM orders ORDER BY id")
    write(method, path, body, **headers)
    assert database.execute("SELECT * FROM orders ORDER BY id") == before


def test_a_batch_is_all_or_nothing(write: Any, database: Database) -> None:
    good = [
        {"method": "POST", "path": "/projects", "body": {"name": "Batch"}},
        {"path": "/api/projects?select=id&name=eq.Batch"},
        {
            "method": "PATCH",
            "path": "/projects/1",
            "body": {"name": "P"},
            "headers": {"Prefer": REP},
        },
    ]
    bad = {"method": "POST", "path": "/projects", "body": {"name": "P"}}
    refused = write("POST", "/", [*good, bad])
    assert (refused.status_code, refused.get_json()["request"]) == (409, 3)
    assert database.execute("SELECT count(*) FROM projects")[0].count == 3
    answers = write("POST", "/", good).get_json()
    assert [answer["status"] for answer in answers] == [201, 200, 200]
    assert answers[2]["body"] == {"id": 1, "name": "P"}
    assert database.execute("SELECT count(*) FROM projects")[0].count == 4


def test_options_say_what_is_possible(client: FlaskClient) -> None:
    assert client.options("/api/persons").headers["Allow"].split(",")[0] == "OPTIONS"
    assert "POST" in client.options("/api/persons").headers["Allow"]
    assert "POST" not in client.options("/api/persons/1").headers["Allow"]
