"""Each issuer has subjects of its own: no other can speak for them."""

from __future__ import annotations

import time
from collections.abc import Generator

import jwt
import pytest
from flask.testing import FlaskClient

from ...application import MakeApp
from ..lab import Stack
from .bearer import bearer

SECRET = "another issuer's secret, of 32 or more characters"


def foreign(**claims: object) -> dict[str, str]:
    given: dict[str, object] = {"sub": "account:5", "exp": int(time.time()) + 60}
    return bearer(jwt.encode(given | claims, SECRET, "HS256"))


@pytest.fixture
def client(shared: Stack, another: MakeApp) -> Generator[FlaskClient]:
    yield another(JWT_KEY=SECRET).test_client()
    shared.database.execute("DELETE FROM notes")


ISSUERS = [{"iss": "https://a.example"}, {"iss": "https://b.example"}, {"iss": ""}, {}]


@pytest.mark.parametrize("issuer", ISSUERS, ids=str)
def test_a_foreign_subject_is_none_of_our_accounts(
    shared: Stack, client: FlaskClient, issuer: dict[str, str]
) -> None:
    ours, theirs = shared.header("account:5"), foreign(**issuer)
    wish = {"Prefer": "return=representation"}
    assert client.post("/api/notes", json={"text": "ours"}, headers=ours).status_code == 201
    assert client.get("/api/notes", headers=theirs).get_json() == []
    for method in ("PATCH", "DELETE"):
        response = client.open(
            "/api/notes?id=gt.0", method=method, json={"text": "x"}, headers=theirs | wish
        )
        assert response.get_json() == []
    made = client.post("/api/notes", json={"text": "theirs"}, headers=theirs | wish)
    assert made.get_json()[0]["owner"] == f"{issuer.get('iss', '')} account:5"
    for headers, text in ((ours, "ours"), (theirs, "theirs")):
        assert [note["text"] for note in client.get("/api/notes", headers=headers).get_json()] == [
            text
        ]


def test_nor_another_issuers(client: FlaskClient) -> None:
    for issuer in ISSUERS[:2]:
        headers = foreign(**issuer)
        assert client.post("/api/notes", json={"text": "x"}, headers=headers).status_code == 201
        (note,) = client.get("/api/notes", headers=headers).get_json()
        assert note["owner"] == f"{issuer['iss']} account:5"


def test_a_foreign_token_is_of_no_log_in_here(client: FlaskClient) -> None:
    headers = foreign(jti="00000000-0000-0000-0000-000000000000")
    assert client.get("/api/notes", headers=headers).status_code == 200
    assert client.post("/api/logout", headers=headers).status_code == 400
