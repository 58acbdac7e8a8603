"""Who asks: accounts with passwords, and the tokens that stand for them."""

from __future__ import annotations

from flask import Flask

from .commands import account, token
from .settings import AuthSettings
from .tokens import EXTENSION, Tokens


def init_app(app: Flask, settings: AuthSettings) -> None:
    """Give `app` its tokens, and the commands `flask token` and `flask account`."""
    app.extensions[EXTENSION] = Tokens(
        settings.secret_key.get_secret_value(),
        settings.api_role or f"{settings.role}_member",  # db-init makes it
        settings.token_minutes * 60,
        settings.jwt_key.get_secret_value() if settings.jwt_key else None,
        settings.jwt_audience,
    )
    app.cli.add_command(token)
    app.cli.add_command(account)
