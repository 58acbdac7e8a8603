"""One line a thing that happened, with the request's id and without secrets."""

import http.client
import re
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from retort.database import db

from . import gunicorn
from .application import SECRET_KEY, MakeApp
from .postgres import Database, Server

UUID = re.compile(r"[0-9a-f]{32}")


QUOTING = (
    "INSERT INTO persons (name) VALUES (:value), (:value) RETURNING name::int",
    "INSERT INTO persons (name, created_at) VALUES ('a', :value)",
    "INSERT INTO login_attempts SELECT (:value)::bigint",
    "SELECT (:value)::json",
    "SELECT (:value || repeat('9', 20))::int",
)


@pytest.fixture(scope="module")
def one(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[gunicorn.Web]:
    folder = tmp_path_factory.mktemp("web")
    with server.clone() as database, gunicorn.running(gunicorn.environ(database), folder) as web:
        yield web


@pytest.fixture
def web(one: gunicorn.Web) -> gunicorn.Web:
    """One for all who wait for the line of each request of theirs."""
    one.forget()
    return one


def get(web: gunicorn.Web, path: str, **headers: str) -> int:
    """As raw as it is: urllib would quote the path."""
    connection = http.client.HTTPConnection(web.url.removeprefix("http://"))
    connection.putrequest("GET", "/", skip_accept_encoding=True)
    connection._buffer[0] = f"GET {path} HTTP/1.1".encode()  # type: ignore[attr-defined]
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def access_line(web: gunicorn.Web, path: str) -> dict[str, Any]:
    web.wait(re.escape(f'"path": "{path}'))
    (line,) = [line for line in web.lines() if line.get("path", "").startswith(path)]
    return line


def test_each_line_in_a_container_is_an_object(database: Database, tmp_path: Path) -> None:
    with gunicorn.running(gunicorn.environ(database), tmp_path) as web:
        get(web, "/", User_Agent='quo"te \\ and more')
        line = access_line(web, "/")
    assert line["level"] == "INFO"
    assert line["logger"] == "gunicorn.access"
    assert re.fullmatch(r"GET / 200 \d+\.\d ms", line["message"])
    assert (line["method"], line["status"], line["bytes"]) == ("GET", 200, 12)
    assert line["client"] == "127.0.0.1"
    assert line["user_agent"] == 'quo"te \\ and more'
    assert line["ms"] > 0
    assert UUID.fullmatch(line["request_id"])
    assert line["time"].endswith("+00:00")
    assert all({"level", "logger", "message", "time"} <= set(line) for line in web.lines())


def test_a_line_on_a_terminal_is_readable(database: Database, tmp_path: Path) -> None:
    with gunicorn.running(gunicorn.environ(database, LOG_FORMAT="text"), tmp_path) as web:
        get(web, "/", X_Request_ID="abc")
        web.wait(r"\d\d:\d\d:\d\d INFO    GET / 200 \d+\.\d ms  \[abc\]\n")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_checks_are_not_logged(web: gunicorn.Web, path: str) -> None:
    assert get(web, path) == 200
    get(web, "/")
    access_line(web, "/")
    assert path not in web.log.read_text()


def test_health_checks_are_logged_for_whoever_debugs(database: Database, tmp_path: Path) -> None:
    with gunicorn.running(gunicorn.environ(database, LOG_LEVEL="debug"), tmp_path) as web:
        get(web, "/livez")
        assert access_line(web, "/livez")["level"] == "DEBUG"


@pytest.mark.parametrize(
    ("query", "logged"),
    [
        ("select=name&name=eq.hunter2", "select&name"),
        ("or=(apikey.eq.hunter2,name.like.*hunter2*)", "or"),
        ("and=(or(a.eq.hunter2,b.eq.hunter2))&limit=5", "and&limit"),
        ("na%6de=hunter2&%0a=1", "name&%0A"),
        ("hunter2", "***"),
        ("hunter2&a=", "***&a"),
        ("a=hunter2=hunter2", "a"),
    ],
)
def test_the_values_of_a_query_are_not_logged(web: gunicorn.Web, query: str, logged: str) -> None:
    get(web, f"/api/persons?{query}")
    assert access_line(web, "/api/persons?")["path"] == f"/api/persons?{logged}"
    assert "hunter2" not in web.log.read_text()


@pytest.mark.parametrize(
    "line",
    [
        "GET /?a=1 HTTP/1.1 hunter2",
        "hunter2 / HTTP/1.1",
        "GET / HTTP/1.1\r\nTransfer-Encoding: hunter2",
        "GET / HTTP/1.1\r\nhunter2 : a",
    ],
)
def test_nothing_of_a_request_that_is_none_is_logged(web: gunicorn.Web, line: str) -> None:
    host, _, port = web.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"{line}\r\n\r\n".encode())
        assert client.recv(100).startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
    web.wait("a request was refused with")
    assert "hunter2" not in web.log.read_text()


@pytest.fixture(scope="module")
def open_hearted(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Generator[gunicorn.Web]:
    folder = tmp_path_factory.mktemp("web")
    with server.clone() as database:
        environ = gunicorn.environ(database, LOG_VALUES="1")
        with gunicorn.running(environ, folder) as web:
            yield web


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWD", "access_token", "api_key", "client_secret", "X-Amz-Signature"],
)
def test_a_setting_logs_the_values_but_those_that_are_named_like_secrets(
    open_hearted: gunicorn.Web, name: str
) -> None:
    web = open_hearted
    web.forget()
    get(web, f"/?page=2&{name}=hunter2&{name.replace('e', '%65')}=hunter2")
    line = access_line(web, "/?")
    assert line["path"].startswith(f"/?page=2&{name}=***")
    assert "hunter2" not in web.log.read_text()


@pytest.mark.parametrize("shown", [False, True])
def test_no_value_is_in_the_traceback_of_a_database_error(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], shown: bool
) -> None:
    """Not in what Postgres says of it either, unless a setting asks for it."""
    app = make_app(log_values=shown)

    def fails(number: int) -> str:
        value = ("hunter2", "9\n'hunter2", 'a": "hunter2')[number % 3]
        db.session.execute(text(QUOTING[number // 3]), {"value": value})
        return ""

    app.add_url_rule("/<int:number>", view_func=fails)
    client = app.test_client()
    many = range(3 * len(QUOTING))
    assert {client.get(f"/{number}").status_code for number in many} == {500}
    said = capsys.readouterr().err
    assert len(re.findall(r"\(psycopg2\.errors\.\w+\)", said)) >= len(many)
    assert said.count("[SQL: ") == len(many)
    assert ("hunter2" in said) is shown


def test_nothing_of_a_header_that_holds_a_secret_is_logged(web: gunicorn.Web) -> None:
    get(web, "/x", Authorization="Bearer hunter2", Cookie="a=hunter2", Referer="/?token=hunter2")
    access_line(web, "/x")
    assert "hunter2" not in web.log.read_text()


def test_the_settings_secrets_are_not_logged(database: Database, tmp_path: Path) -> None:
    environ = gunicorn.environ(database, LOG_LEVEL="debug", SQLALCHEMY_ECHO="1")
    with gunicorn.running(environ, tmp_path) as web:
        get(web, "/")
        log = web.log.read_text()
        assert "SELECT persons.name" in log
        assert str(database.web.password) not in log
        assert SECRET_KEY not in log


def test_a_path_cannot_forge_a_line(database: Database, tmp_path: Path) -> None:
    with gunicorn.running(gunicorn.environ(database, LOG_FORMAT="text"), tmp_path) as web:
        get(web, "/%0a12:00:00%20INFO%20forged%1b[31m")
        web.wait("GET /%0A12")
        assert "\n12:00:00" not in web.log.read_text()
        assert "\x1b" not in web.log.read_text()


def test_the_clients_request_id_goes_through(web: gunicorn.Web) -> None:
    request = Request(f"{web.url}/", headers={"X-Request-ID": "a-1.b:2"})
    with urlopen(request) as response:
        assert response.headers["X-Request-ID"] == "a-1.b:2"
    assert access_line(web, "/")["request_id"] == "a-1.b:2"


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "<b>", "é"])
def test_a_request_id_that_is_not_sane_is_replaced(client: FlaskClient, given: str) -> None:
    response = client.get("/", headers={"X-Request-ID": given})
    assert UUID.fullmatch(response.headers["X-Request-ID"])


def test_every_request_has_another_id(client: FlaskClient) -> None:
    ids = {client.get("/livez").headers["X-Request-ID"] for _ in range(10)}
    assert len(ids) == 10


def test_an_error_is_logged_under_the_requests_id(database: Database, tmp_path: Path) -> None:
    database.execute(
        "ALTER TABLE persons RENAME TO people",
        "CREATE VIEW persons AS SELECT id, (1 / (id - id))::text AS name FROM people",
        f"GRANT SELECT ON persons TO {database.web.username}",
    )
    with gunicorn.running(gunicorn.environ(database), tmp_path) as web:
        assert get(web, "/", X_Request_ID="abc") == 500
        access_line(web, "/")
        (error,) = [line for line in web.lines() if line["level"] == "ERROR"]
    assert error["request_id"] == "abc"
    assert "division by zero" in error["exc_info"]


def test_a_database_that_is_away_is_one_line(database: Database, tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgresql://web:hunter2@127.0.0.1:1/retort"}
    with gunicorn.running(gunicorn.environ(database, **away), tmp_path) as web:
        assert get(web, "/") == 503
        access_line(web, "/")
        (error,) = [line for line in web.lines() if line["level"] == "ERROR"]
        assert error["message"].startswith("database: connection to server at")
        assert "exc_info" not in error
        assert "hunter2" not in web.log.read_text()
