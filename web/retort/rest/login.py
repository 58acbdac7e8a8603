"""`POST /api/login`: a password for a token."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, jsonify, request
from sqlalchemy.exc import ProgrammingError

from ..auth import accounts
from ..auth.tokens import Tokens
from .errors import ApiError
from .parse import check_text
from .payload import bad_body, parse_json


def login(tokens: Tokens) -> Response:
    """Take `{"email", "password"}`, give a token. Raises ApiError."""
    document = parse_json(request.get_data())
    given = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    email, password = given.get("email"), given.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        raise bad_body("The body must be an object with the texts email and password")
    check_text(email)
    check_text(password)
    try:
        account = accounts.log_in(
            email, password[: accounts.MAX_PASSWORD + 1], request.remote_addr or ""
        )
    except accounts.TooManyTries:
        raise ApiError(
            429,
            "HTTP429",
            "Too many tries",
            hint=f"Wait {accounts.PERIOD}",
            headers={"Retry-After": str(accounts.PERIOD_SECONDS)},
        ) from None
    except ProgrammingError as error:
        raise ApiError(
            404,
            "PGRST205",
            "This database has no accounts to log in with",
            str(error.orig).partition("\n")[0],
            "Db-init makes them; a token of JWT_KEY's issuer needs none",
        ) from None
    if account is None:
        raise ApiError(401, "28P01", "E-mail address or password is wrong")
    token = tokens.issue(f"account:{account.id}", account.role)
    response = jsonify(token=token, token_type="Bearer", expires_in=tokens.seconds)  # noqa: S106
    response.headers["Cache-Control"] = "no-store"
    return response
