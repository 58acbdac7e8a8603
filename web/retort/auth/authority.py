"""The keys of another issuer, asked for at their address (JWKS) and kept for a while."""

from __future__ import annotations

import time
from typing import Any

import jwt

from .keys import HMAC, Key

TIMEOUT = 3  # seconds
LIFESPAN = 300  # seconds that keys are kept
# Seconds until it is asked again: for a key that it did not have, and after it did not answer. So
# tokens that name keys at random do not make us ask more often.
COOLDOWN = 30
REST = 5


class AuthorityAway(Exception):
    """The issuer does not give its keys; the reason is for the log."""


class Authority(jwt.PyJWKClient):
    """Takes the address; asks there when a token needs a key, and again for a key that is new."""

    def __init__(self, url: str) -> None:
        super().__init__(url, timeout=TIMEOUT, lifespan=LIFESPAN, cooldown_duration=COOLDOWN)
        self._rests_until = 0.0

    def keys(self, kid: str | None) -> list[Key]:
        """The key of that name, with the algorithms that it is for. Raises AuthorityAway."""
        try:
            key = self.get_signing_key(str(kid))
        except jwt.PyJWKClientError:  # there is none of that name
            return []
        # Who can read the address could sign with a secret.
        return [] if key.algorithm_name in HMAC else [(key.key, (key.algorithm_name,))]

    def fetch_data(self) -> Any:
        if time.monotonic() < self._rests_until:
            raise AuthorityAway(f"{self.uri} gave no keys a moment ago")
        try:
            return super().fetch_data()
        except (jwt.PyJWTError, OSError, ValueError, RecursionError) as error:
            self._rests_until = time.monotonic() + REST
            raise AuthorityAway(f"{self.uri} gives no keys: {error}") from None
