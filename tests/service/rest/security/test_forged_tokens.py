"""A token that is forged, or is rubbish, is none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from flask.testing import FlaskClient

from retort.auth.tokens import tokens
from retort.environment import BadSettings

from ...application import SECRET_KEY, MakeApp
from ..lab import Stack
from .bearer import bearer


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(key: rsa.RSAPrivateKey, kid: str | None = None, **claims: object) -> str:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    given = {"sub": "me", "exp": int(time.time()) + 60} | claims
    return jwt.encode(given, pem, "RS256", {"kid": kid} if kid else None)


def by_hand(header: dict[str, object], claims: dict[str, object], secret: bytes) -> str:
    """HS256 with any secret at all, which libraries refuse to do."""
    whole = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{whole}.{encoded(hmac.digest(secret, whole.encode(), hashlib.sha256))}"


def test_a_foreign_key_cannot_speak_for_us_nor_be_mistaken(
    another: MakeApp, key: rsa.RSAPrivateKey
) -> None:
    client = another(JWT_KEY=public(key).decode()).test_client()
    soon = int(time.time()) + 60
    claims: dict[str, object] = {"sub": "me", "exp": soon}
    ours: dict[str, object] = claims | {"iss": "retort"}
    other = rsa.generate_private_key(65537, 2048)
    assert client.get("/api/notes", headers=bearer(signed(key))).status_code == 200
    forged = [
        signed(key, iss="retort"),
        signed(other),
        by_hand({"alg": "HS256"}, claims, public(key)),
        by_hand({"alg": "HS256"}, claims, public(key).strip()),
        by_hand({"alg": "HS256"}, ours, public(key)),
        by_hand({"alg": "HS256"}, ours, SECRET_KEY.encode()),  # SECRET_KEY itself signs no token
        by_hand({"alg": "HS256"}, claims, b""),
        by_hand({"alg": "HS512"}, ours, b""),
        jwt.encode(claims, "", "none"),
        jwt.encode(ours, "", "none"),
        f"{encoded(b'{}')}.{encoded(json.dumps(ours).encode())}.",
        jwt.encode({"sub": "me"}, SECRET_KEY, "HS256"),
    ]
    for token in forged:
        response = client.get("/api/notes", headers=bearer(token))
        assert (response.status_code, response.get_json()["code"]) == (401, "PGRST301")
        # Nor is a forged token as good as none.
        assert client.get("/api/persons", headers=bearer(token)).status_code == 401


def test_a_token_of_ours_without_an_end_is_none(shared: Stack, client: FlaskClient) -> None:
    for claims in ({}, {"exp": None}, {"exp": "never"}, {"exp": 1}, {"nbf": time.time() + 999}):
        given = {"iss": "retort", "sub": "me"} | claims
        token = jwt.encode(given, tokens(shared.app).key, "HS256")
        response = client.get("/api/persons", headers=bearer(token))
        assert (response.status_code, response.get_json()["code"]) == (401, "PGRST303")


def test_every_key_of_a_set_is_tried(another: MakeApp, key: rsa.RSAPrivateKey) -> None:
    keys = [rsa.generate_private_key(65537, 2048), key]
    algorithm = jwt.get_algorithm_by_name("RS256")
    found = [algorithm.to_jwk(one.public_key(), as_dict=True) for one in keys]
    document = {"keys": [one | {"kid": name} for one, name in zip(found, "ab", strict=True)]}
    client = another(JWT_KEY=json.dumps(document)).test_client()
    for kid, status in ((None, 200), ("b", 200), ("a", 401), ("c", 401)):
        response = client.get("/api/notes", headers=bearer(signed(key, kid)))
        assert response.status_code == status


def test_a_set_of_keys_that_nests_too_deep_is_refused(another: MakeApp) -> None:
    with pytest.raises(BadSettings, match="JWT_KEY: must be another issuer's key"):
        another(JWT_KEY='{"keys": ' + "[" * 100_000)


@pytest.mark.parametrize(("depth", "status"), [(100, 200), (101, 401), (500, 401)])
def test_what_a_token_claims_nests_no_deeper_than_a_body(
    another: MakeApp, key: rsa.RSAPrivateKey, depth: int, status: int
) -> None:
    client = another(JWT_KEY=public(key).decode()).test_client()
    inside = json.loads("[" * (depth - 1) + "]" * (depth - 1))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    claims = {"sub": "me", "exp": int(time.time()) + 60}
    for token in (
        signed(key, deep=inside),
        jwt.encode(claims, pem, "RS256", {"deep": inside}),
    ):
        assert client.get("/api/notes", headers=bearer(token)).status_code == status


DEEP = b"[" * 3000
HS256 = b'{"alg":"HS256"}'


def in_parts(*parts: bytes) -> str:
    return ".".join(map(encoded, parts))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "x" * 100_000,
        in_parts(DEEP, DEEP, b"x"),
        in_parts(HS256, DEEP, b"x"),
        in_parts(HS256, b'{"iss":"retort","a":' + DEEP, b"x"),
        in_parts(b'{"alg":5}', b"{}", b"x"),
        in_parts(b'{"alg":"HS256","kid":[]}', b"{}", b"x"),
        in_parts(b'{"alg":"HS256","crit":["x"]}', b"{}", b"x"),
        in_parts(b"[]", b"[]", b"x"),
        in_parts(b"\xff", b"\xff", b"x"),
    ],
    ids=range(14),
)
def test_a_token_that_is_rubbish(client: FlaskClient, token: str) -> None:
    response = client.get("/api/persons", headers=bearer(token))
    assert (response.status_code, response.get_json()["code"]) == (401, "PGRST301")


def test_another_scheme_is_no_token(client: FlaskClient) -> None:
    headers = {"Authorization": "Basic bWU6bWU="}
    assert client.get("/api/persons", headers=headers).status_code == 200
    assert client.get("/api/notes", headers=headers).status_code == 401
