"""The settings of `auth`."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from ..environment import Refused
from ..settings import StackSettings
from .keys import keys


def _jwt_key(value: SecretStr) -> SecretStr:
    keys(value.get_secret_value())
    return value


def _jwks_url(value: str) -> str:
    parts = urlsplit(value)
    host, _ = parts.hostname, parts.port  # raises ValueError where it is no number
    if parts.scheme not in ("http", "https") or not host:
        raise Refused("it has to be like https://id.example.com/jwks.json")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Refused("with http, somebody on the way could give other keys")
    return value


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class AuthSettings(StackSettings):
    """Which tokens are believed and for how long, beside the key that signs our own."""

    api_role: str | None = Field(None, description="the name of the role for tokens that name none")
    token_minutes: int = Field(
        60, ge=1, le=525_600, description="a number of minutes from 1 to 525600"
    )
    jwt_key: Annotated[SecretStr, AfterValidator(_jwt_key)] | None = Field(
        None,
        description="another issuer's key: a secret of at least 32 characters, a public key "
        "in PEM, or a JWKS document",
    )
    jwt_jwks_url: Annotated[str, AfterValidator(_jwks_url)] | None = Field(
        None, description="the https address of another issuer's JWKS document"
    )
    jwt_audience: str | None = Field(
        None, description="the audience that another issuer's tokens must be for"
    )

    @classmethod
    def disagreements(cls, given: Mapping[str, str]) -> Iterator[str]:
        yield from super().disagreements(given)
        if "jwt_jwks_url" in given and "jwt_key" in given:
            yield "JWT_JWKS_URL: JWT_KEY is set too; unset one of the two"
        if "jwt_jwks_url" in given and "jwt_audience" not in given:
            yield "JWT_AUDIENCE: not set, and JWT_JWKS_URL's issuer signs tokens for others as well"
