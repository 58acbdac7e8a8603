"""Every error comes in the form that was asked for, and never as a traceback."""

from contextvars import copy_context
from threading import Timer
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.exceptions import RequestEntityTooLarge

from retort.database import db, read
from retort.deadline import Deadline, current
from retort.models import Person

from .postgres import Database


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of an application with views that fail."""

    def form() -> str:
        return request.get_json()["name"]

    def fields() -> str:
        return request.form["name"]

    def bug() -> str:
        raise RuntimeError("the secret reason")

    def slow() -> str:
        read(text("SET statement_timeout = '10ms'; SELECT pg_sleep(5)"))
        return ""

    app.add_url_rule("/form", view_func=form, methods=["POST"])
    app.add_url_rule("/fields", view_func=fields, methods=["POST"])
    app.add_url_rule("/bug", view_func=bug)
    app.add_url_rule("/slow", view_func=slow)
    return app.test_client()


ERRORS: dict[int, tuple[str, str, dict[str, Any]]] = {
    404: ("GET", "/nowhere", {}),
    405: ("DELETE", "/", {}),
    413: ("POST", "/form", {"data": b"x" * 2_000_000, "content_type": "application/json"}),
    415: ("POST", "/form", {"data": "name=Amy", "content_type": "text/plain"}),
    400: ("POST", "/form", {"data": "{", "content_type": "application/json"}),
    500: ("GET", "/bug", {}),
    503: ("GET", "/slow", {}),
}


@pytest.mark.parametrize("status", ERRORS)
def test_text(client: FlaskClient, status: int) -> None:
    method, path, options = ERRORS[status]
    response = client.open(path, method=method, headers={"Accept": "*/*"}, **options)
    assert response.status_code == status
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.text.startswith(f"{status} ")
    assert response.text.count("\n") == 1


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (405, "This address takes GET, HEAD, OPTIONS."),
        (413, "Send at most 1,048,576 bytes, and 500,000 bytes in a form."),
    ],
)
def test_what_is_refused_says_what_is_taken(client: FlaskClient, status: int, remedy: str) -> None:
    method, path, options = ERRORS[status]
    response = client.open(path, method=method, headers={"Accept": "*/*"}, **options)
    assert response.text.endswith(f": {remedy}\n")


@pytest.mark.parametrize(
    ("config", "remedy"),
    [
        ({"MAX_FORM_MEMORY_SIZE": None}, "Send at most 1,048,576 bytes."),
        ({"MAX_CONTENT_LENGTH": None}, "Send at most 500,000 bytes in a form."),
        (
            {"MAX_CONTENT_LENGTH": None, "MAX_FORM_MEMORY_SIZE": None, "MAX_FORM_PARTS": 0},
            RequestEntityTooLarge.description,
        ),
    ],
)
def test_a_size_is_named_only_if_it_has_a_limit(
    app: Flask, client: FlaskClient, config: dict[str, int | None], remedy: str
) -> None:
    for name, limit in config.items():
        app.config[name] = limit
    part = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n%b\r\n--b--\r\n'
    response = client.post(
        "/fields",
        data=part % (b"x" * 2_000_000),
        content_type="multipart/form-data; boundary=b",
        headers={"Accept": "*/*"},
    )
    assert response.text == f"413 Request Entity Too Large: {remedy}\n"


@pytest.mark.parametrize("status", ERRORS)
def test_a_page(client: FlaskClient, status: int) -> None:
    method, path, options = ERRORS[status]
    response = client.open(path, method=method, headers={"Accept": "text/html"}, **options)
    assert response.status_code == status
    assert response.content_type == "text/html; charset=utf-8"
    assert f'<p class="eyebrow">{status}</p>' in response.text
    assert response.headers["X-Request-ID"] in response.text


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
@pytest.mark.parametrize("status", ERRORS)
def test_json(client: FlaskClient, status: int, accept: str) -> None:
    method, path, options = ERRORS[status]
    response = client.open(path, method=method, headers={"Accept": accept}, **options)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["status"] == status
    assert response.json["type"] == "about:blank"
    assert response.json["title"]
    assert response.json["detail"]
    assert response.json["request_id"] == response.headers["X-Request-ID"]


def test_405_says_what_is_allowed(client: FlaskClient) -> None:
    allowed = client.delete("/").headers["Allow"].split(", ")
    assert sorted(allowed) == ["GET", "HEAD", "OPTIONS"]


def test_503_says_when_to_try_again(client: FlaskClient) -> None:
    assert client.get("/slow").headers["Retry-After"] == "5"


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json"])
@pytest.mark.parametrize("path", ["/bug", "/slow"])
def test_the_user_never_learns_the_inside(client: FlaskClient, path: str, accept: str) -> None:
    body = client.get(path, headers={"Accept": accept}).text
    for inside in ("Traceback", "secret reason", "psycopg2", "SELECT", "sqlalche"):
        assert inside not in body


def test_the_path_is_not_echoed_as_html(client: FlaskClient) -> None:
    response = client.get("/<script>alert(1)</script>", headers={"Accept": "text/html"})
    assert "<script>" not in response.text


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_a_database_that_is_gone_is_a_503(
    client: FlaskClient, database: Database, accept: str
) -> None:
    assert client.get("/").status_code == 200
    name = database.owner.database
    owner = database.owner.set(database="postgres")
    type(database)(owner, owner).execute(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    response = client.get("/", headers={"Accept": accept})
    assert response.status_code == 503
    assert "The database does not answer" in response.text


def test_a_pool_with_no_connection_left_is_a_503(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        pool = db.engines["read"].pool
        pool._timeout = 0.01  # type: ignore[attr-defined]
        taken = [pool.connect() for _ in range(4)]
    assert client.get("/").status_code == 503
    for connection in taken:
        connection.close()
    assert client.get("/").status_code == 200


def test_a_commit_without_an_answer_may_be_done(app: Flask, database: Database) -> None:
    """The view's own: its error says so, where the error of a statement before does not."""
    database.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_sleep(1); RETURN NEW; END $$",
        "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON persons DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION slow()",
    )

    def view() -> str:
        current.set(deadline := Deadline())
        db.session.add(Person(name="in doubt"))
        db.session.flush()
        Timer(0.5, deadline.end).start()
        if "now" in request.args:
            db.session.execute(text("SELECT pg_sleep(1)"))
        db.session.commit()
        return "done"

    app.add_url_rule("/in-doubt", view_func=view, methods=["POST"])
    client = app.test_client()
    # In a context of its own, as the front has one for each request.
    assert "may have done this. Look" in copy_context().run(client.post, "/in-doubt").text
    said = copy_context().run(client.post, "/in-doubt?now").text
    assert said.endswith("does not answer. Try again.\n")
