"""What a function of the database raises is answered as PostgREST answers it."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ...application import application, settings_on
from ..lab import Stack
from .problem import open_, problem

RAISE = """
CREATE FUNCTION raised() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE said json := NEW.name::json;
BEGIN
    IF said->>'detail' IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = said->>'state', MESSAGE = said->>'message';
    END IF;
    RAISE EXCEPTION USING ERRCODE = said->>'state', MESSAGE = said->>'message',
        DETAIL = said->>'detail', HINT = coalesce(said->>'hint', '');
END $$
"""
TRIGGER = (
    "CREATE TRIGGER raised BEFORE INSERT ON projects FOR EACH ROW "
    "WHEN (NEW.name LIKE '{%') EXECUTE FUNCTION raised()"
)


@pytest.fixture(scope="module", autouse=True)
def raising(shared: Stack) -> Generator[None]:
    """A project whose name is an object raises what that says."""
    shared.database.execute(RAISE, TRIGGER)
    yield
    shared.database.execute("DROP FUNCTION raised CASCADE")


def raised(shared: Stack, state: str, message: object, detail: object = None) -> TestResponse:
    said: dict[str, Any] = {"state": state, "message": _text(message), "hint": "Do it otherwise"}
    if detail is not None:
        said["detail"] = _text(detail)
    options = {"json": {"name": json.dumps(said)}, "headers": shared.header()}
    return open_(shared, "POST", "projects", options)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_pt_and_three_digits_are_the_status(shared: Stack) -> None:
    response = raised(shared, "PT402", "Payment Required", "Quota exceeded")
    assert response.status == "402 Payment Required"
    assert problem(response, 402, "PT402") == {
        "code": "PT402",
        "message": "Payment Required",
        "details": "Quota exceeded",
        "hint": "Do it otherwise",
    }
    assert raised(shared, "PT418", "I'm a teapot").status == "418 I'm a teapot"


@pytest.mark.parametrize("state", ["PT000", "PT100", "PT101", "PT199", "PT600", "PT999", "PTABC"])
def test_what_is_no_status_of_an_answer_is_500(shared: Stack, state: str) -> None:
    problem(raised(shared, state, "this is how it fails"), 500, state)


@pytest.mark.parametrize("state", ["PT204", "PT304"])
def test_a_status_without_a_body_has_none(shared: Stack, state: str) -> None:
    response = raised(shared, state, "nothing to see")
    assert (response.status_code, response.data) == (int(state[2:]), b"")


@pytest.mark.parametrize("message", ["two\r\nX-Injected: 1", "Chloé", "tab\there", "x" * 5000])
def test_a_message_that_no_status_line_can_have_is_in_the_body_alone(
    shared: Stack, message: str
) -> None:
    response = raised(shared, "PT409", message)
    assert response.status.casefold() == "409 conflict"
    assert response.get_json()["message"] == message
    assert "X-Injected" not in response.headers


MESSAGE = {"code": "123", "message": "ABC", "details": "DEF", "hint": "XYZ"}


def test_pgrst_says_all_of_the_answer(shared: Stack) -> None:
    detail = {"status": 332, "headers": {"X-Header": "str", "X-Other": "é"}}
    response = raised(shared, "PGRST", MESSAGE, detail)
    assert response.status_code == 332
    assert response.get_json() == MESSAGE
    assert response.headers["X-Header"] == "str"
    assert response.headers["X-Other"].encode("latin-1").decode() == "é"
    assert response.headers["Proxy-Status"] == "PostgREST; error=123"


def test_pgrst_may_leave_out_details_and_hint_and_give_the_status_its_words(shared: Stack) -> None:
    message = {"code": "123", "message": "ABC"}
    detail: object = {"status": 404, "status_text": "My Not Found", "headers": {}}
    response = raised(shared, "PGRST", message, detail)
    assert response.status == "404 My Not Found"
    assert response.get_json() == message | {"details": None, "hint": None}


@pytest.mark.parametrize(
    "message",
    [
        "INVALID",
        "[]",
        {"code": "123"},
        {"message": "ABC"},
        {"code": 123, "message": "ABC"},
        {"code": "123", "message": "ABC", "details": {}},
        "[" * 5000,
    ],
)
def test_a_message_that_is_not_such_an_object_is_told(shared: Stack, message: object) -> None:
    response = raised(shared, "PGRST", message, {"status": 404, "headers": {}})
    assert response.status_code == 500
    body = response.get_json()
    assert body["code"] == "PGRST121"
    assert body["message"] == """Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error"""
    assert body["details"] == f"Invalid JSON value for MESSAGE: '{_text(message)}'"
    assert body["hint"].startswith("MESSAGE must be a JSON object with obligatory keys: 'code'")


@pytest.mark.parametrize(
    "detail",
    [
        "INVALID",
        {"status": 404},
        {"headers": {}},
        {"status": "404", "headers": {}},
        {"status": 99, "headers": {}},
        {"status": 1000, "headers": {}},
        {"status": 404, "headers": {"X-A": 1}},
        {"status": 404, "headers": {"X-A": "a\r\nX-Injected: 1"}},
        {"status": 404, "headers": {"X-A": "a\u0000"}},
        {"status": 404, "headers": {"X-A\r\nX-Injected": "1"}},
        {"status": 404, "headers": {"X A": "1"}},
        {"status": 404, "headers": {"": "1"}},
        {"status": 404, "headers": {"Content-Length": "1"}},
        {"status": 404, "headers": {"transfer-encoding": "chunked"}},
        {"status": 404, "headers": {"Connection": "upgrade"}},
    ],
)
def test_a_detail_that_no_answer_can_have_is_told(shared: Stack, detail: object) -> None:
    response = raised(shared, "PGRST", MESSAGE, detail)
    body = response.get_json()
    assert (response.status_code, body["code"]) == (500, "PGRST121")
    assert body["details"] == f"Invalid JSON value for DETAIL: '{_text(detail)}'"
    assert body["hint"].startswith("DETAIL must be a JSON object with obligatory keys: 'status'")
    assert "X-Injected" not in response.headers


def test_a_missing_detail_is_told(shared: Stack) -> None:
    body = raised(shared, "PGRST", MESSAGE).get_json()
    assert body["details"] == "DETAIL is missing in the RAISE statement"


@pytest.mark.parametrize("code", ["1\r\nX-Injected: 1", "é", "a b", '"', ""])
def test_a_code_that_no_header_can_have_is_in_the_body_alone(shared: Stack, code: str) -> None:
    detail: object = {"status": 404, "headers": {}}
    response = raised(shared, "PGRST", MESSAGE | {"code": code}, detail)
    assert (response.status_code, response.get_json()["code"]) == (404, code)
    assert "Proxy-Status" not in response.headers
    assert "X-Injected" not in response.headers


def test_a_batch_tells_which_request_raised_it(shared: Stack) -> None:
    said = {"state": "PT402", "message": "Payment Required", "detail": "Quota exceeded"}
    items = [{"path": "/projects"}, {"method": "POST", "path": "/projects"}]
    items[1] |= {"body": {"name": json.dumps(said)}}  # type: ignore[operator]
    response = open_(shared, "POST", "", {"json": items, "headers": shared.header()})
    assert response.status == "402 Payment Required"
    assert response.get_json()["request"] == 1


def test_a_page_has_the_error_but_not_its_headers(shared: Stack) -> None:
    shared.database.execute(
        "CREATE FUNCTION own(projects) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        """RAISE SQLSTATE 'PGRST' USING MESSAGE = '{"code": "1", "message": "<b>no</b>"}', """
        """DETAIL = '{"status": 302, "headers": {"Location": "/x", "Content-Type": "a/b"}}'; """
        "END $$",
        "CREATE POLICY own ON projects USING (own(projects))",
        "ALTER TABLE projects ENABLE ROW LEVEL SECURITY",
    )
    try:
        page = shared.app.test_client().get("/tables/projects")
        answer = open_(shared, "GET", "projects", {})
        streamed = open_(shared, "GET", "projects", {"headers": {"Accept": "application/x-ndjson"}})
    finally:
        shared.database.execute(
            "ALTER TABLE projects DISABLE ROW LEVEL SECURITY",
            "DROP FUNCTION own CASCADE",
        )
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "Location" not in page.headers
    assert "&lt;b&gt;no" in page.text
    for one in (answer, streamed):
        assert (one.status_code, one.headers["Location"], one.mimetype) == (302, "/x", "a/b")


def test_what_is_refused_keeps_its_reasons(shared: Stack) -> None:
    response = raised(shared, "42501", "You may not do that", "It is closed")
    body = problem(response, 403, "42501")
    assert (body["details"], body["hint"]) == ("It is closed", "Do it otherwise")


def test_a_statement_that_takes_too_long_is_500(shared: Stack) -> None:
    web = shared.database.web
    shared.database.execute(
        "CREATE FUNCTION slow(projects) RETURNS boolean LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(6); RETURN true; END $$",
        "CREATE POLICY slow ON projects USING (slow(projects))",
        "ALTER TABLE projects ENABLE ROW LEVEL SECURITY",
    )
    short = web.set(query=dict(web.query) | {"options": "-c statement_timeout=50ms"})
    try:
        with application(settings_on(short)) as app:
            response = app.test_client().get("/api/projects")
    finally:
        shared.database.execute(
            "ALTER TABLE projects DISABLE ROW LEVEL SECURITY",
            "DROP FUNCTION slow CASCADE",
        )
    problem(response, 500, "57014")


def test_a_row_that_comes_twice_is_the_clients_fault(shared: Stack) -> None:
    rows = [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]
    headers = shared.header() | {"Prefer": "resolution=merge-duplicates"}
    response = open_(shared, "POST", "projects", {"json": rows, "headers": headers})
    problem(response, 400, "21000")


def test_more_rows_than_one_in_a_function_are_the_databases_fault(shared: Stack) -> None:
    shared.database.execute(
        "CREATE FUNCTION several(projects) RETURNS boolean LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN (SELECT true FROM generate_series(1, 2)); END $$",
        "CREATE POLICY several ON projects USING (several(projects))",
        "ALTER TABLE projects ENABLE ROW LEVEL SECURITY",
    )
    try:
        response = open_(shared, "GET", "projects", {})
    finally:
        shared.database.execute(
            "ALTER TABLE projects DISABLE ROW LEVEL SECURITY",
            "DROP FUNCTION several CASCADE",
        )
    problem(response, 500, "21000")
