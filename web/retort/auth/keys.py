"""Keys that verify tokens, from the text of a setting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MIN_SECRET = 32  # characters
HMAC = ("HS256", "HS384", "HS512")

Key = tuple[Any, tuple[str, ...]]
"""A key, and the algorithms that a key of its kind is for."""
Find = Callable[[str | None], list[Key]]
"""Takes the name of a key (`kid`), if a token gives one; gives the keys that may have signed it."""


def find_in(text: str) -> Find:
    """Take what `keys` takes; find keys there."""
    known = keys(text)
    return lambda name: [
        (key, algorithms)
        for kid, key, algorithms in known
        if kid is None or name is None or kid == name
    ]


def keys(text: str) -> list[tuple[str | None, Any, tuple[str, ...]]]:
    """Take a shared secret, a public key in PEM, or a JWKS document; give each key in it:
    its id, itself, and the algorithms that a key of its kind is for.

    Raises ValueError for any other text.
    """
    text = text.strip()
    if text.startswith("{"):
        try:
            document = json.loads(text)
            found = jwt.PyJWKSet.from_dict(document if "keys" in document else {"keys": [document]})
        except jwt.PyJWTError as error:
            raise ValueError(error) from None
        except RecursionError:
            raise ValueError("nested too deep") from None
        return [(key.key_id, key.key, (key.algorithm_name,)) for key in found.keys]
    if text.startswith("-----BEGIN"):
        return [_pem(text)]
    if len(text) < MIN_SECRET:
        raise ValueError(f"a secret of fewer than {MIN_SECRET} characters")
    return [(None, text.encode(), HMAC)]


def _pem(text: str) -> tuple[None, Any, tuple[str, ...]]:
    key = load_pem_public_key(text.encode())
    if isinstance(key, RSAPublicKey):
        return None, key, ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    if isinstance(key, EllipticCurvePublicKey):
        return None, key, ("ES256", "ES384", "ES512")
    if isinstance(key, Ed25519PublicKey):
        return None, key, ("EdDSA",)
    raise ValueError("a key of a kind that signs no tokens")
