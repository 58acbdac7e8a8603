"""The settings of `auth`."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from ..settings import StackSettings
from .keys import keys


def _jwt_key(value: SecretStr) -> SecretStr:
    keys(value.get_secret_value())
    return value


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
    jwt_audience: str | None = Field(
        None, description="the audience that another issuer's tokens must be for"
    )
