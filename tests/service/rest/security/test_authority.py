"""Keys that another issuer gives at an address: new ones are found, and it is not asked often."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask.testing import FlaskClient

from retort.auth import authority
from retort.environment import BadSettings

from ...application import MakeApp
from .bearer import bearer

SECRET = b"a secret of the issuer, of 32 or more characters"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Issuer(ThreadingHTTPServer):
    """Gives the keys that it has at any path, and counts how often it was asked."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.answer: tuple[int, bytes] | None = None
        self.may_answer = Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/jwks.json"


class Answer(BaseHTTPRequestHandler):
    server: Issuer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.may_answer.wait(10)
        keys = json.dumps({"keys": self.server.keys}).encode()
        status, body = self.server.answer or (200, keys)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.url)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked waits no longer
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def running(issuer: Issuer) -> Generator[Issuer]:
    thread = Thread(target=issuer.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.may_answer.set()
        issuer.shutdown()
        issuer.server_close()
        thread.join()


@pytest.fixture
def issuer() -> Generator[Issuer]:
    with running(Issuer()) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def client(another: MakeApp, issuer: Issuer) -> FlaskClient:
    return another(JWT_JWKS_URL=issuer.url, JWT_AUDIENCE="api").test_client()


def published(key: Private, kid: str) -> dict[str, Any]:
    name = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    algorithm: Any = jwt.get_algorithm_by_name(name)
    return algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid}


def signed(key: Any, kid: str | None, algorithm: str = "RS256", **claims: object) -> str:
    given = {"iss": "https://id.example", "sub": "me", "aud": "api", "exp": int(time.time()) + 60}
    return jwt.encode(given | claims, key, algorithm, {"kid": kid} if kid else None)


def status(client: FlaskClient, token: str) -> int:
    return client.get("/api/notes", headers=bearer(token)).status_code


def test_the_issuers_keys_verify_its_tokens_and_are_asked_for_once(
    client: FlaskClient, issuer: Issuer, rsa_key: rsa.RSAPrivateKey, ec_key: Any
) -> None:
    issuer.keys = [published(rsa_key, "a"), published(ec_key, "b")]
    assert issuer.asked == 0
    for subject in ("me", "you"):
        assert status(client, signed(rsa_key, "a", sub=subject)) == 200
        assert status(client, signed(ec_key, "b", "ES256", sub=subject)) == 200
    assert issuer.asked == 1


def test_a_key_is_for_its_kind_of_signature_alone(
    client: FlaskClient, issuer: Issuer, rsa_key: rsa.RSAPrivateKey, ec_key: Any
) -> None:
    secret: dict[str, Any] = jwt.get_algorithm_by_name("HS256").to_jwk(SECRET, as_dict=True)
    for_encryption = published(rsa_key, "c") | {"use": "enc"}
    issuer.keys = [published(rsa_key, "a"), secret | {"kid": "b"}, for_encryption]
    for token in (
        signed(SECRET, "b", "HS256"),  # all the world can read it
        signed(rsa_key, "c"),
        signed(rsa_key, None),
        signed(rsa_key, "a", "RS512"),
        signed(ec_key, "a", "ES256"),
        signed(SECRET, "a", "HS256"),
        signed("", "a", "none"),
        signed(rsa_key, "a", aud="another"),
        signed(rsa_key, "a", iss="retort"),
    ):
        assert status(client, token) == 401
    assert status(client, signed(rsa_key, "a")) == 200


def test_a_key_that_is_new_is_found_and_one_that_is_gone_ends(
    another: MakeApp,
    issuer: Issuer,
    rsa_key: rsa.RSAPrivateKey,
    ec_key: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(authority, "COOLDOWN", 0)
    client = another(JWT_JWKS_URL=issuer.url, JWT_AUDIENCE="api").test_client()
    issuer.keys = [published(rsa_key, "a")]
    old = signed(rsa_key, "a")
    assert status(client, old) == 200
    issuer.keys = [published(ec_key, "b")]
    assert status(client, signed(ec_key, "b", "ES256")) == 200
    assert status(client, signed(rsa_key, "a", sub="you")) == 401
    later = time.monotonic() + 60
    monkeypatch.setattr(authority.time, "monotonic", lambda: later)
    assert status(client, old) == 401


def test_names_of_keys_at_random_do_not_make_us_ask(
    client: FlaskClient, issuer: Issuer, rsa_key: rsa.RSAPrivateKey
) -> None:
    issuer.keys = [published(rsa_key, "a")]
    assert {status(client, signed(rsa_key, f"x{n}")) for n in range(20)} == {401}
    assert issuer.asked == 1


@pytest.mark.parametrize(
    "answer", [(500, b""), (404, b"{}"), (302, b""), (200, b"<html>"), (200, b"[]"), (200, b"{}")]
)
def test_an_issuer_without_keys_is_a_503_and_is_left_alone_for_a_while(
    client: FlaskClient,
    issuer: Issuer,
    rsa_key: rsa.RSAPrivateKey,
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, bytes],
) -> None:
    issuer.keys = [published(rsa_key, "a")]
    issuer.answer = answer
    for _ in range(3):
        response = client.get("/api/notes", headers=bearer(signed(rsa_key, "a")))
        assert (response.status_code, response.get_json()) == (
            503,
            {
                "code": "HTTP503",
                "message": "The issuer of this token does not give its keys",
                "details": None,
                "hint": "Try again",
            },
        )
        assert response.headers["Retry-After"] == "5"
    assert issuer.asked == 1
    # Our own tokens, and requests without any, do not need it.
    assert client.get("/api/persons").status_code == 200
    issuer.answer = None
    monkeypatch.setattr(authority, "REST", 0)
    later = time.monotonic() + 10
    monkeypatch.setattr(authority.time, "monotonic", lambda: later)
    assert status(client, signed(rsa_key, "a")) == 200


def test_an_issuer_that_is_away_or_silent_is_a_503(
    another: MakeApp,
    issuer: Issuer,
    rsa_key: rsa.RSAPrivateKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(authority, "TIMEOUT", 0.2)
    with running(Issuer()) as gone:
        pass
    issuer.may_answer.clear()
    for url in (gone.url, issuer.url):
        client = another(JWT_JWKS_URL=url, JWT_AUDIENCE="api").test_client()
        began = time.monotonic()
        assert status(client, signed(rsa_key, "a")) == 503
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"JWT_JWKS_URL": "http://id.example.com/jwks.json"}, "with http, somebody on the way"),
        ({"JWT_JWKS_URL": "http://localhost.example.com"}, "with http, somebody on the way"),
        ({"JWT_JWKS_URL": "file:///etc/passwd"}, "it has to be like https://"),
        ({"JWT_JWKS_URL": "https://"}, "it has to be like https://"),
        ({"JWT_JWKS_URL": "https://id.example.com:x"}, "must be the https address"),
        (
            {"JWT_JWKS_URL": "https://id.example.com", "JWT_KEY": "s" * 32},
            "JWT_JWKS_URL: JWT_KEY is set too; unset one of the two",
        ),
        ({"JWT_JWKS_URL": "https://id.example.com", "JWT_AUDIENCE": ""}, "JWT_AUDIENCE: not set"),
    ],
)
def test_an_address_that_could_not_be_believed_is_refused_at_the_start(
    another: MakeApp, variables: dict[str, str], words: str
) -> None:
    with pytest.raises(BadSettings, match=words):
        another(**({"JWT_AUDIENCE": "api"} | variables))
