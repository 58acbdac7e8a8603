"""Accounts and tokens: made by an operator, got by logging in."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from retort.auth import accounts
from retort.auth.tokens import tokens

from ..postgres import Database

PASSWORD = "correct horse battery"
LOGIN = {"email": "Amy@Example.com", "password": PASSWORD}


@pytest.fixture
def amy(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["account", "amy@example.com"], input=f"{PASSWORD}\n"
    )
    assert result.output == "account amy@example.com: created\n"


def test_an_account_gets_a_token_that_writes(client: FlaskClient, app: Flask, amy: None) -> None:
    response = client.post("/api/login", json=LOGIN)
    answer = response.get_json()
    assert (response.status_code, answer["token_type"], answer["expires_in"]) == (
        200,
        "Bearer",
        3600,
    )
    assert response.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {answer['token']}"}
    assert client.post("/api/projects", json={"name": "New"}, headers=headers).status_code == 201
    assert tokens(app).verify(answer["token"])["sub"] == "account:1"


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"email": "nobody@example.com"}])
def test_a_wrong_password_and_an_unknown_account_say_the_same(
    client: FlaskClient, amy: None, wrong: dict[str, str]
) -> None:
    response = client.post("/api/login", json=LOGIN | wrong)
    assert (response.status_code, response.get_json()) == (
        401,
        {
            "code": "28P01",
            "message": "E-mail address or password is wrong",
            "details": None,
            "hint": None,
        },
    )


def test_tries_are_limited_and_a_good_one_begins_anew(client: FlaskClient, amy: None) -> None:
    wrong = LOGIN | {"password": "wrong"}
    for _ in range(accounts.TRIES - 1):
        assert client.post("/api/login", json=wrong).status_code == 401
    assert client.post("/api/login", json=LOGIN).status_code == 200
    for _ in range(accounts.TRIES):
        assert client.post("/api/login", json=wrong).status_code == 401
    response = client.post("/api/login", json=LOGIN)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


def test_tries_are_forgotten_after_a_while(
    client: FlaskClient, amy: None, database: Database
) -> None:
    for _ in range(accounts.TRIES + 1):
        client.post("/api/login", json=LOGIN | {"password": "wrong"})
    database.execute("UPDATE login_attempts SET since = now() - interval '1 hour'")
    assert client.post("/api/login", json=LOGIN).status_code == 200


def test_many_people_may_share_an_address(
    client: FlaskClient, amy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "TRIES_FROM_ADDRESS", 2)
    for _ in range(4):
        assert client.post("/api/login", json=LOGIN).status_code == 200
    for number, status in ((1, 401), (2, 401), (3, 429)):
        wrong = {"email": f"{number}@example.com", "password": "wrong"}
        assert client.post("/api/login", json=wrong).status_code == status


@pytest.mark.parametrize("body", [{}, [], {"email": 1, "password": "x"}, {"email": "a@b"}])
def test_a_login_needs_two_texts(client: FlaskClient, body: object) -> None:
    assert client.post("/api/login", json=body).get_json()["code"] == "PGRST102"


def test_a_password_is_kept_as_a_hash_and_can_be_changed(
    app: Flask, client: FlaskClient, amy: None, database: Database
) -> None:
    (row,) = database.execute("SELECT password_hash FROM accounts")
    assert row.password_hash.startswith("scrypt:")
    result = app.test_cli_runner().invoke(
        args=["account", "AMY@example.com"], input="another good password\n"
    )
    assert result.output == "account amy@example.com: changed\n"
    assert client.post("/api/login", json=LOGIN).status_code == 401
    assert (
        client.post("/api/login", json=LOGIN | {"password": "another good password"}).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("amy", PASSWORD, "email: 'amy' is not an e-mail address"),
        ("amy@example.com", "short", "password: it has 5 characters; take from 15 to 200"),
        ("amy@example.com", "x" * 201, "password: it has 201 characters"),
        ("amy@example.com", "1" * 15, 'password: repeats like "aaa" are easy to guess; take four'),
        ("amy@example.com", "passwordpassword", "password: repeats"),
        ("amy@example.com", "qwertyuiopasdfghjkl", "password: this is similar to a commonly used"),
        ("amy@example.com", "Amy@Example.com", "password: it is easy to guess; take four words"),
    ],
)
def test_an_account_that_is_none(app: Flask, email: str, password: str, words: str) -> None:
    result = app.test_cli_runner().invoke(args=["account", email], input=f"{password}\n")
    assert result.exit_code == 1
    assert words in result.output


@pytest.mark.parametrize(
    "password", ["a long line of words", "長い長いパスワードです日本語の文", "n" * 8 + "-7#Kd!q2"]
)
def test_any_characters_make_a_password_that_is_long(app: Flask, password: str) -> None:
    result = app.test_cli_runner().invoke(args=["account", "a@b.de"], input=f"{password}\n")
    assert result.output == "account a@b.de: created\n"


def test_no_process_loads_the_list_of_passwords_before_it_needs_it() -> None:
    code = "import sys, retort; print('zxcvbn' in sys.modules)"
    environ = os.environ | {"PYTHONPATH": "web"}
    out = subprocess.check_output([sys.executable, "-c", code], env=environ, text=True)
    assert out == "False\n"


def test_a_token_by_hand(app: Flask, client: FlaskClient) -> None:
    token = app.test_cli_runner().invoke(args=["token"]).output.strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post("/api/projects", json={"name": "New"}, headers=headers).status_code == 201
    named = app.test_cli_runner().invoke(args=["token", "--subject", "x", "--role", "y"]).output
    assert tokens(app).verify(named.strip())["role"] == "y"


def test_a_token_that_was_accepted_expires_nevertheless(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Authorization": f"Bearer {tokens(app).issue('ann')}"}
    assert client.get("/api/persons", headers=headers).status_code == 200
    later = time.time() + tokens(app).seconds + 31  # the clocks may differ by half a minute
    monkeypatch.setattr(time, "time", lambda: later)
    response = client.get("/api/persons", headers=headers)
    assert (response.status_code, response.get_json()["message"]) == (401, "JWT expired")


def test_many_log_ins_at_once_are_refused_and_leave_the_others_their_threads(
    client: FlaskClient, app: Flask, amy: None
) -> None:
    def log_in(number: int) -> int:
        return app.test_client().post("/api/login", json=LOGIN).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(log_in, range(40)))
    assert set(statuses) == {200, 503}
    assert client.post("/api/login", json=LOGIN).status_code == 200


def test_a_refused_try_writes_no_row(
    client: FlaskClient, amy: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "TRIES_FROM_ADDRESS", 3)
    for number in range(6):
        wrong = {"email": f"{number}@example.com", "password": "wrong"}
        status = client.post("/api/login", json=wrong).status_code
        assert status == (401 if number < 3 else 429)
    found = database.execute("SELECT who, tries FROM login_attempts")
    pairs = [(f"{number}@example.com from 127.0.0.1", 1) for number in range(3)]
    assert sorted(found) == sorted([("127.0.0.1", 3), *pairs])


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_network_of_ipv6_is_one_client(
    client: FlaskClient, amy: None, database: Database, first: str, second: str, is_one: bool
) -> None:
    wrong = LOGIN | {"password": "wrong"}
    for address in (first, second):
        client.post("/api/login", json=wrong, environ_base={"REMOTE_ADDR": address})
    ((number,),) = database.execute("SELECT count(*) FROM login_attempts WHERE who LIKE '%@%'")
    assert number == (1 if is_one else 2)
