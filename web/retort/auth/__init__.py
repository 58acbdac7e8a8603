"""Who asks: accounts with passwords, and the tokens that stand for them."""

from __future__ import annotations

from flask import Flask

from .authority import Authority
from .commands import account, token
from .keys import Find, find_in
from .settings import AuthSettings
from .tokens import EXTENSION, Tokens


def init_app(app: Flask, settings: AuthSettings) -> None:
    """Give `app` its tokens, and the commands `flask token` and `flask account`."""
    app.extensions[EXTENSION] = Tokens(
        settings.secret_key.get_secret_value(),
        settings.api_role or f"{settings.role}_member",  # db-init makes it
        settings.token_minutes * 60,
        _foreign(settings),
        settings.jwt_audience,
        settings.fallbacks,
    )
    app.cli.add_command(token)
    app.cli.add_command(account)


def _foreign(settings: AuthSettings) -> Find:
    if settings.jwt_jwks_url:
        return Authority(settings.jwt_jwks_url).keys
    return find_in(settings.jwt_key.get_secret_value()) if settings.jwt_key else lambda _: []
