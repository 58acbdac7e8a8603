"""Tokens (JWT): issued here, or by another issuer whose key is in the settings."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from flask import Flask

from ..nesting import MAX_DEPTH, nests_deeper
from .keys import Find, Key

EXTENSION = "retort.tokens"
ISSUER = "retort"
PARTS = 3  # of a token
LEEWAY = 30  # seconds that two clocks may differ


class BadToken(Exception):
    """Why a token is not accepted."""


class BadClaims(BadToken):
    """Why a token is not accepted whose signature is right."""


# PyJWT's, for a token that was not signed by the key in hand.
NOT_OURS = (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError)


@dataclass(frozen=True)
class Identity:
    """Who asks: a role of Postgres and what the token claims; neither without a token."""

    role: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def has_token(self) -> bool:
        return self.role is not None

    @property
    def login(self) -> str | None:
        """The id of the log-in here that gave the token; None if it was made otherwise."""
        return self.claims.get("jti") if self.claims.get("iss") == ISSUER else None


ANONYMOUS = Identity()


def _is_text(text: str) -> bool:
    """Whether Postgres can store the text."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _key(secret: str) -> bytes:
    """A key for tokens alone, so that nothing else that the secret signs is taken for a token."""
    return hmac.digest(secret.encode(), b"retort.tokens", hashlib.sha256)


class Tokens:
    """Issues tokens and verifies them.

    `secret` signs our own tokens, which are valid for `seconds`; those that one of `fallbacks`
    signed are accepted too. `role` is the Postgres role of a token that names none. `foreign` finds
    another issuer's keys, and `audience` is the audience that this issuer's tokens must name.
    """

    def __init__(
        self,
        secret: str,
        role: str,
        seconds: int,
        foreign: Find = lambda _: [],
        audience: str | None = None,
        fallbacks: Sequence[str] = (),
    ) -> None:
        self.key = _key(secret)
        self.own: list[Key] = [(_key(each), ("HS256",)) for each in (secret, *fallbacks)]
        self.role, self.seconds, self.audience = role, seconds, audience
        self.foreign = foreign
        # To verify a token takes, measured, a sixth of the time of an insert.
        self._verified = lru_cache(256)(self._verify)

    def issue(self, subject: str, role: str | None = None, login: UUID | None = None) -> str:
        """A new token for `subject`, which runs as the Postgres role `role`, by default our own,
        and ends with `login`, if it is given."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": subject, "iat": now, "exp": now + self.seconds}
        if login:
            claims["jti"] = str(login)
        return jwt.encode(claims | {"role": role or self.role}, self.key, "HS256")

    def identity(self, authorization: str | None) -> Identity:
        """Who sent an `Authorization` header; ANONYMOUS without a bearer token. Raises BadToken and
        AuthorityAway."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return ANONYMOUS
        claims = self.verify(token.strip())
        role = claims.get("role", self.role)
        # In Postgres, to become the role "none" is to become our own role again.
        if not isinstance(role, str) or role.lower() in ("", "none") or not _is_text(role):
            raise BadClaims("The claim role must be a role's name")
        return Identity(role, claims)

    def verify(self, token: str) -> Mapping[str, Any]:
        """The claims of a token, whose signature is right. Raises BadToken and AuthorityAway."""
        if not token:
            raise BadToken("Empty JWT is sent in Authorization header")
        if (parts := token.count(".") + 1) != PARTS:
            raise BadToken(f"Expected {PARTS} parts in JWT; got {parts}")
        # Once a minute at least, since its key may be gone.
        claims = self._verified(token, int(time.monotonic() / 60))
        if int(claims["exp"]) <= time.time() - LEEWAY:
            raise BadClaims("JWT expired")
        return claims

    def _verify(self, token: str, _minute: int) -> Mapping[str, Any]:
        try:
            unverified = jwt.decode_complete(token, options={"verify_signature": False})
            if nests_deeper([unverified["header"], unverified["payload"]], MAX_DEPTH + 1):
                raise BadToken(f"JWT is not valid: nested deeper than {MAX_DEPTH}")
            is_own = unverified["payload"].get("iss") == ISSUER
            found = self.own if is_own else self.foreign(unverified["header"].get("kid"))
            for key, algorithms in found:
                try:
                    return self._decode(token, key, algorithms, None if is_own else self.audience)
                except NOT_OURS:
                    continue
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise BadToken(f"JWT is not valid: {error}") from None
        raise BadToken("JWT is not valid: it was signed with an unknown key")

    def _decode(
        self, token: str, key: Any, algorithms: tuple[str, ...], audience: str | None
    ) -> dict[str, Any]:
        options: Any = {"require": ["exp"], "verify_aud": audience is not None}
        try:
            return jwt.decode(
                token, key, list(algorithms), options, audience=audience, leeway=LEEWAY
            )
        except jwt.ExpiredSignatureError:
            raise BadClaims("JWT expired") from None
        except NOT_OURS:
            raise
        except jwt.InvalidTokenError as error:  # its form was read already, so it is the claims
            raise BadClaims(f"JWT is not valid: {error}") from None


def tokens(app: Flask) -> Tokens:
    """The Tokens of an application."""
    return app.extensions[EXTENSION]
