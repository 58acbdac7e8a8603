"""Accounts and tokens of the stack, from the outside."""

import json
from typing import Any
from urllib.request import Request, urlopen

from .conftest import Stack


def post(stack: Stack, path: str, body: object, token: str = "") -> Any:
    """What a successful POST of JSON gives."""
    headers = {"Content-Type": "application/json", "Prefer": "return=representation"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    address = f"http://127.0.0.1:{stack.port}{path}"
    request = Request(address, json.dumps(body).encode(), headers)
    with urlopen(request, timeout=10) as response:
        return json.load(response)


def test_an_account_and_a_token_are_made_inside_and_write_from_outside(stack: Stack) -> None:
    command = "echo correct horse battery | flask account amy@example.com"
    assert "created" in stack.compose("exec", "-T", "web", "sh", "-c", command)
    login = {"email": "amy@example.com", "password": "correct horse battery"}
    logged_in = post(stack, "/api/login", login)["token"]
    by_hand = stack.compose("exec", "-T", "web", "flask", "token").strip()
    for token in (logged_in, by_hand):
        new = post(stack, "/api/notes?select=text", {"text": "mine"}, token)
        assert new == [{"text": "mine"}]
    assert stack.psql("SELECT owner FROM notes ORDER BY id") == "account:1\noperator"
    stack.psql("DELETE FROM notes", "DELETE FROM accounts")
