"""`POST /api/login`: a password for a token. `POST /api/logout`: the end of that."""

from __future__ import annotations

from flask import Request, Response, jsonify
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.exc import ProgrammingError

from ..auth import accounts, passwords
from ..auth.tokens import Identity, Tokens
from ..database import first_line
from .errors import ApiError, denied
from .request.body import validated
from .request.parse import check_text


class Credentials(BaseModel):
    email: str
    password: str


MAX_BYTES = 4096  # of a body, which anybody may send

ADAPTER = TypeAdapter(Credentials)


def login(tokens: Tokens, request: Request) -> Response:
    """Take `{"email", "password"}`, give a token.

    Raises ApiError: 28P01 if one is wrong, HTTP429 after too many tries, HTTP503 if too many log in
    at once, PGRST205 if the database has no accounts.
    """
    request.max_content_length = MAX_BYTES
    given = validated(ADAPTER, request.get_data(), "an object with the texts email and password")
    check_text(given.email)
    check_text(given.password)
    try:
        account = accounts.log_in(
            given.email,
            given.password[: passwords.MAX + 1],
            request.remote_addr or "",
            tokens.seconds,
        )
    except accounts.TooManyTries:
        raise ApiError(
            429,
            "HTTP429",
            "Too many tries",
            hint=f"Wait {accounts.PERIOD}",
            headers={"Retry-After": str(accounts.PERIOD_SECONDS)},
        ) from None
    except accounts.Busy:
        raise ApiError(
            503,
            "HTTP503",
            "Too many are logging in at once",
            hint="Try again",
            headers={"Retry-After": "1"},
        ) from None
    except ProgrammingError as error:
        raise ApiError(
            404,
            "PGRST205",
            "This database has no accounts to log in with",
            first_line(error),
            "Run db-init, which makes them, or send a token of JWT_KEY's issuer",
        ) from None
    if account is None:
        raise ApiError(401, "28P01", "E-mail address or password is wrong")
    token = tokens.issue(f"account:{account.id}", account.role, account.login)
    response = jsonify(token=token, token_type="Bearer", expires_in=tokens.seconds)  # noqa: S106
    response.headers["Cache-Control"] = "no-store"
    return response


def logout(identity: Identity) -> Response:
    """End the log-in that gave the token; 204, also if it has ended already.

    Raises ApiError: 42501 without a token, HTTP400 for a token that no log-in here gave.
    """
    if not identity.has_token:
        raise denied("Only a token can be logged out", has_token=False)
    if identity.login is None:
        raise ApiError(
            400,
            "HTTP400",
            "No log-in here gave this token",
            hint="It ends by itself at the time in its claim exp",
        )
    accounts.log_out(identity.login)
    return Response(status=204)
