"""A log-in tells nobody which accounts there are, whatever is sent."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from retort.auth import accounts

from ..lab import Stack


@pytest.fixture
def with_account(shared: Stack) -> Generator[FlaskClient]:
    with shared.app.app_context():
        accounts.save("amy@example.com", "a good password")
    shared.database.execute("DELETE FROM login_attempts")
    yield shared.app.test_client()
    shared.database.execute("DELETE FROM accounts", "DELETE FROM login_attempts")


def log_in(client: FlaskClient, email: object, password: object) -> TestResponse:
    return client.post("/api/login", json={"email": email, "password": password})


ODD = [
    "a@" + "x" * 3500,
    "a@" + "".join(chr(0x4E00 + n) for n in range(650)),
    "İ@ﬀ.example",
    "\u202emoc.elpmaxe@yma",
    "amy@example.com'; --",
    "%s%(x)s",
    "😀" * 300,
    "",
    " ",
]


@pytest.mark.parametrize("email", ODD, ids=range(len(ODD)))
def test_an_odd_address_is_an_unknown_account(with_account: FlaskClient, email: str) -> None:
    response = log_in(with_account, email, "x" * 12)
    expected = log_in(with_account, "nobody@example.com", "x" * 12)
    assert (response.status_code, response.data) == (401, expected.data)


def test_tries_with_a_long_address_are_counted_too(with_account: FlaskClient) -> None:
    email = "a@" + "x" * 3500
    statuses = [log_in(with_account, email, "x").status_code for _ in range(accounts.TRIES + 1)]
    assert statuses == [401] * accounts.TRIES + [429]


@pytest.mark.parametrize(
    ("email", "password"),
    [("a\0", "x"), ("\ud800", "x"), ("a", "\0"), ("a", "\udfff"), (5, "x"), ("a", None), ({}, [])],
)
def test_what_is_no_text_is_refused(
    with_account: FlaskClient, email: object, password: object
) -> None:
    assert log_in(with_account, email, password).status_code == 400


@pytest.mark.parametrize("password", ["x" * 3500, "ü" * 200, "a good password "])
def test_an_odd_password_is_wrong(with_account: FlaskClient, password: str) -> None:
    assert log_in(with_account, "amy@example.com", password).status_code == 401
    assert log_in(with_account, "AMY@example.com ", "a good password").status_code == 200


def test_an_address_that_is_too_long_gets_no_account(shared: Stack) -> None:
    with shared.app.app_context(), pytest.raises(ValueError, match="e-mail"):
        accounts.save("a@" + "x" * 400, "a good password")


def test_an_unknown_account_costs_what_a_wrong_password_does(
    with_account: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measured in work, not in seconds: the same hash, once each."""
    checked: list[tuple[str, int]] = []
    check = accounts.check_password_hash

    def recorded(hashed: str, password: str) -> bool:
        method, _, rest = hashed.partition("$")
        checked.append((method, len(rest)))
        return check(hashed, password)

    monkeypatch.setattr(accounts, "check_password_hash", recorded)
    wrong = log_in(with_account, "amy@example.com", "a wrong password")
    unknown = log_in(with_account, "ann@example.com", "a wrong password")
    assert wrong.data == unknown.data
    assert wrong.status_code == unknown.status_code == 401
    assert len(checked) == 2
    assert checked[0] == checked[1]
    assert checked[0][0].startswith("scrypt")
