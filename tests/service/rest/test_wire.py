"""What is on the wire, to the letter, is what PostgREST sends."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.reads


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "persons", "200 OK"),
        ("GET", "persons?limit=1&id=gt.0", "206 Partial Content"),
        ("GET", "persons?id=eq.x", "400 Bad Request"),
        ("POST", "persons", "401 Unauthorized"),
        ("GET", "nothing", "404 Not Found"),
        ("PUT", "info", "405 Method Not Allowed"),
    ],
)
def test_a_status_has_its_usual_words(
    client: FlaskClient, method: str, path: str, status: str
) -> None:
    headers = {"Prefer": "count=exact"}
    assert client.open(f"/api/{path}", method=method, headers=headers).status == status


def test_an_error_has_no_spaces_between_its_parts(client: FlaskClient) -> None:
    assert client.get("/api/persons?id=eq.x").text == (
        '{"code":"22P02","message":"invalid input syntax for type bigint: \\"x\\"",'
        '"details":null,"hint":null}'
    )


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("persons", "persons"),
        ("persons?select=name&id=eq.1&name=neq.a%20b", "persons?id=eq.1&name=neq.a+b&select=name"),
        ("persons/1?select=name", "persons/1?select=name"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_says_which_address_it_is_of(
    client: FlaskClient, method: str, path: str, location: str
) -> None:
    response = client.open(f"/api/{path}", method=method)
    assert response.headers["Content-Location"] == f"/api/{location}"


@pytest.mark.parametrize("path", ["persons?name=eq.Amy&id=gt.0", "persons/1"])
def test_in_a_batch_a_read_says_what_it_says_alone(client: FlaskClient, path: str) -> None:
    alone = client.get(f"/api/{path}")
    answers: Any = client.post("/api/", json=[{"method": "GET", "path": f"/{path}"}]).json
    (item,) = answers
    ours = ("Content-Location", "Content-Range", "Content-Type", "Content-Length", "ETag")
    assert {name: item["headers"].get(name) for name in ours} == {
        name: alone.headers.get(name) for name in ours
    }


def test_no_address_has_what_a_body_asked_for(client: FlaskClient) -> None:
    response = client.open("/api/persons", method="FETCH", json={"limit": 1})
    assert "Content-Location" not in response.headers


@pytest.mark.parametrize(
    ("query", "text"),
    [("id=lt.3", "id,name\n1,Amy\n2,Ben"), ("id=eq.1", "id,name\n1,Amy"), ("id=eq.0", "id,name\n")],
)
def test_a_csv_ends_with_its_last_row(client: FlaskClient, query: str, text: str) -> None:
    path = f"/api/persons?select=id,name&order=id&{query}"
    assert client.get(path, headers={"Accept": "text/csv"}).text == text


@pytest.mark.parametrize(
    ("range_", "query", "found", "content_range"),
    [
        ("0-1", "limit=3", [1, 2], "0-1/*"),
        ("0-9", "limit=3", [1, 2, 3], "0-2/*"),
        ("2-9", "limit=3", [3], "2-2/*"),
        ("0-2", "offset=1", [2, 3], "1-2/*"),
        ("2-", "limit=4&offset=1", [3, 4, 5], "2-4/*"),
        ("1-2", "limit=0", [], "*/*"),
        ("2-1", "limit=0&offset=0", [], "*/*"),
        ("7-9", "", [], "*/*"),
        ("4-9", "offset=5&limit=9", [6], "5-5/*"),
        ("bytes=0-1", "limit=3", [1, 2, 3], "0-2/*"),
        ("1-" + "9" * 30, "limit=3", [2, 3], "1-2/*"),
        ("9" * 30 + "-", "", [], "*/*"),
        ("9" * 5000 + "-", "limit=1", [1], "0-0/*"),
    ],
)
def test_a_range_and_the_limits_hold_both(
    client: FlaskClient, range_: str, query: str, found: list[int], content_range: str
) -> None:
    path = f"/api/persons?select=id&order=id&{query}"
    response = client.get(path, headers={"Range": range_})
    assert [row["id"] for row in response.get_json()] == found
    assert response.headers["Content-Range"] == content_range


@pytest.mark.parametrize(
    ("range_", "query", "details"),
    [
        (
            "2-1",
            "",
            "The lower boundary must be lower than or equal to the upper boundary in the "
            "Range header.",
        ),
        ("3-5", "limit=3", "No row is in both the Range header and limit and offset."),
        ("5-", "limit=3", "No row is in both the Range header and limit and offset."),
        ("", "limit=0&offset=5", "No row is behind an offset with a limit of 0."),
        ("0-9", "limit=0&offset=9", "No row is behind an offset with a limit of 0."),
        ("", "limit=-1", "Limit should be greater than or equal to zero."),
    ],
)
def test_a_range_without_rows_is_refused(
    client: FlaskClient, range_: str, query: str, details: str
) -> None:
    response = client.get(f"/api/persons?{query}", headers={"Range": range_} if range_ else {})
    assert response.status_code == 416
    assert response.get_json() == {
        "code": "PGRST103",
        "message": "Requested range not satisfiable",
        "details": details,
        "hint": None,
    }


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("query", "wish", "status", "content_range"),
    [
        ("limit=1", "", 200, "0-0/*"),
        ("limit=1", "count=exact", 206, "0-0/6"),
        ("id=eq.1", "count=exact", 200, "0-0/1"),
    ],
)
def test_a_count_tells_that_one_row_is_not_all(
    client: FlaskClient, method: str, query: str, wish: str, status: int, content_range: str
) -> None:
    headers = {"Accept": "application/vnd.pgrst.object+json", "Prefer": wish}
    answer = client.open(f"/api/persons?{query}", method=method, headers=headers)
    assert (answer.status_code, answer.headers["Content-Range"]) == (status, content_range)


@pytest.mark.parametrize(
    ("query", "content_range", "status"),
    [
        ("limit=0", "*/6", 206),
        ("id=eq.0&limit=0", "*/0", 200),
        ("id=eq.0", "*/0", 200),
        ("offset=6", "*/6", 206),
        ("offset=7", "*/6", 416),
        ("offset=7&limit=3", "*/6", 416),
        ("offset=6&limit=3", "*/6", 206),
        ("limit=0&offset=0", "*/6", 206),
        ("id=eq.0&offset=1", "*/0", 416),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("count", ["exact", "estimated"])
def test_no_rows_of_those_that_were_counted(
    client: FlaskClient, method: str, count: str, query: str, content_range: str, status: int
) -> None:
    headers = {"Prefer": f"count={count}"}
    answer = client.open(f"/api/persons?{query}", method=method, headers=headers)
    assert (answer.status_code, answer.headers["Content-Range"]) == (status, content_range)
    without = client.open(f"/api/persons?{query}", method=method)
    assert (without.status_code, without.headers["Content-Range"]) == (200, "*/*")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["offset=6", "offset=7", "limit=0", "id=eq.0"])
def test_that_there_is_no_one_row_comes_before_how_many_there_are(
    client: FlaskClient, method: str, query: str
) -> None:
    headers = {"Accept": "application/vnd.pgrst.object+json", "Prefer": "count=exact"}
    answer = client.open(f"/api/persons?{query}", method=method, headers=headers)
    assert answer.status_code == 406
    assert method == "HEAD" or answer.get_json()["code"] == "PGRST116"


def test_a_batch_has_no_spaces_between_its_parts(client: FlaskClient) -> None:
    text = client.post("/api/", json=[{"path": "/persons?select=id&limit=1"}]).text
    assert text.startswith('[{"status":200,"headers":{"')
    assert text.endswith('},"body":[{"id":1}]}]')
