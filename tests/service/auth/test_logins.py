"""A token ends with its log-in: by a log-out, a new password, a lock, or the account's end."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.auth import accounts
from retort.auth.tokens import tokens

from ..postgres import Database

PASSWORD = "correct horse battery"
LOGIN = {"email": "amy@example.com", "password": PASSWORD}
ENDED = {
    "code": "PGRST303",
    "message": "The log-in of this token has ended",
    "details": None,
    "hint": "Log in again",
}
UNDONE = {"Prefer": "tx=rollback"}


@pytest.fixture
def amy(app: Flask) -> None:
    with app.app_context():
        accounts.save("amy@example.com", PASSWORD)


def log_in(client: FlaskClient) -> dict[str, str]:
    token = client.post("/api/login", json=LOGIN).get_json()["token"]
    return {"Authorization": f"Bearer {token}"}


def refuses_all(client: FlaskClient, headers: dict[str, str]) -> None:
    """Reads, writes, streams and batches, and says why."""
    batch = [{"path": "/persons"}, {"method": "POST", "path": "/projects", "body": {"name": "x"}}]
    for response in (
        client.get("/api/persons", headers=headers),
        client.get("/api/notes", headers=headers),
        client.get("/api/persons", headers=headers | {"Accept": "application/x-ndjson"}),
        client.post("/api/projects", json={"name": "x"}, headers=headers),
        client.post("/api/projects", json={"name": "x"}, headers=headers | UNDONE),
        client.post("/api/", json=batch, headers=headers),
    ):
        assert (response.status_code, response.get_json() | {"request": 0}) == (
            401,
            ENDED | {"request": 0},
        )
        assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def works(client: FlaskClient, headers: dict[str, str]) -> None:
    batch = [{"path": "/persons"}, {"method": "POST", "path": "/projects", "body": {"name": "x"}}]
    assert client.get("/api/notes", headers=headers).status_code == 200
    assert client.post("/api/", json=batch, headers=headers | UNDONE).status_code == 200


def test_a_cookie_gives_no_right(client: FlaskClient, amy: None) -> None:
    """Browsers send cookies along with what another site makes them send."""
    assert "Set-Cookie" not in client.post("/api/login", json=LOGIN).headers
    headers = log_in(client)
    token = headers["Authorization"].removeprefix("Bearer ")
    for name in ("session", "token", "access_token", "jwt", "Authorization"):
        client.set_cookie(name, token)
    client.set_cookie("Bearer", f"Bearer {token}")
    assert client.get("/api/notes").status_code == 401
    assert client.post("/api/projects", json={"name": "x"}).status_code == 401
    works(client, headers)


def test_a_log_out_ends_its_token_and_no_other(client: FlaskClient, amy: None) -> None:
    one, other = log_in(client), log_in(client)
    works(client, one)
    response = client.post("/api/logout", headers=one)
    assert (response.status_code, response.data) == (204, b"")
    refuses_all(client, one)
    works(client, other)
    # A client that did not hear the answer may ask again.
    assert client.post("/api/logout", headers=one).status_code == 204


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM accounts WHERE email = 'amy@example.com'", "DELETE FROM logins"],
)
def test_a_log_in_that_is_gone_ends_its_tokens(
    client: FlaskClient, amy: None, database: Database, statement: str
) -> None:
    headers = log_in(client)
    works(client, headers)
    database.execute(statement)
    refuses_all(client, headers)


def test_a_new_password_ends_the_tokens_of_the_old_one(
    app: Flask, client: FlaskClient, amy: None
) -> None:
    headers = log_in(client)
    with app.app_context():
        accounts.save("ben@example.com", PASSWORD)
    works(client, headers)
    with app.app_context():
        accounts.save("amy@example.com", PASSWORD)
    refuses_all(client, headers)
    works(client, log_in(client))


def test_a_locked_account_has_no_tokens_and_gets_none(
    app: Flask, client: FlaskClient, amy: None
) -> None:
    headers = log_in(client)
    lock = ["account", "Amy@example.com", "--lock"]
    assert app.test_cli_runner().invoke(args=lock).output == "account amy@example.com: locked\n"
    refuses_all(client, headers)
    response = client.post("/api/login", json=LOGIN)
    assert (response.status_code, response.get_json()["code"]) == (401, "28P01")
    result = app.test_cli_runner().invoke(args=["account", "amy@example.com"], input=PASSWORD)
    assert result.output == "account amy@example.com: changed\n"
    works(client, log_in(client))


def test_only_an_account_can_be_locked(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["account", "amy@example.com", "--lock"])
    assert (result.exit_code, result.output) == (1, "Error: there is no account amy@example.com\n")


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_log_in_is_looked_up_in_the_same_round_trip(
    client: FlaskClient, amy: None, statements: list[str], method: str
) -> None:
    headers = log_in(client)
    statements.clear()
    response = client.open("/api/projects", method=method, json={"name": "x"}, headers=headers)
    assert response.status_code in (200, 201)
    (sent,) = statements
    assert "FROM public.logins" in sent.partition("; ")[0]


def test_what_no_log_in_made_cannot_be_logged_out(client: FlaskClient, app: Flask) -> None:
    assert client.post("/api/logout").status_code == 401
    by_hand = {"Authorization": f"Bearer {tokens(app).issue('operator')}"}
    response = client.post("/api/logout", headers=by_hand)
    assert (response.status_code, response.get_json()["code"]) == (400, "HTTP400")
    assert "exp" in response.get_json()["hint"]
    works(client, by_hand)


def test_log_ins_are_forgotten_once_their_tokens_have_ended(
    client: FlaskClient, amy: None, database: Database
) -> None:
    log_in(client)
    database.execute("UPDATE logins SET ends_at = now() - interval '1 second'")
    log_in(client)
    ((number,),) = database.execute("SELECT count(*) FROM logins WHERE ends_at > now()")
    assert number == 1
    assert database.execute("SELECT count(*) FROM logins") == [(1,)]
