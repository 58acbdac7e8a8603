"""The routes of the API; `read` and `write` do what a request asks."""

from __future__ import annotations

import re
from functools import partial

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from ..astray import Astray, near
from ..auth.authority import AuthorityAway
from ..auth.tokens import ANONYMOUS, BadClaims, BadToken, Identity
from ..errors import answer
from ..media import HTML, preferred
from . import cors
from .access import allowed, as_seen
from .api import Api
from .batch import batch
from .errors import ApiError, Guarded, from_http
from .key import have_keys, key_in
from .login import login, logout
from .openapi.views import describe
from .own import own
from .read import read
from .request import READS, WRITES, resource_of
from .run import MayBeDone
from .sqlstate import RETRY_AFTER, away, from_database, in_doubt
from .write import write

# No such table, no such path
NOWHERE = ("PGRST205", "PGRST125")


def blueprint(api: Api) -> Blueprint:
    """The routes, below the API's prefix."""
    routes = Blueprint(
        "rest",
        __name__,
        url_prefix=api.settings.api_prefix or None,
        template_folder="openapi/templates",
    )

    have_keys(routes)
    of_tables = ("/<table>", "/<table>/<key:key>")
    for view, methods, rules in (
        (read_rows, READS, of_tables),
        (write_rows, WRITES, of_tables),
        (options, ["OPTIONS"], of_tables),
        (batch_of_requests, ["POST"], ["/"]),
        (nowhere, [*READS, *WRITES, "OPTIONS"], ["/<path:path>"]),
    ):
        answer = partial(view, api)
        for rule in rules:
            routes.add_url_rule(
                rule, view.__name__, answer, methods=methods, provide_automatic_options=False
            )
    own(routes, "POST", "/login", "log_in", partial(log_in, api))
    own(routes, "POST", "/logout", "log_out", partial(log_out, api))
    describe(routes, api, partial(identity, api))
    routes.register_error_handler(ApiError, refused)
    routes.register_error_handler(DBAPIError, partial(refused_by_database, api))
    routes.register_error_handler(PoolTimeout, without_connection)
    routes.register_error_handler(MayBeDone, without_answer)
    routes.register_error_handler(HTTPException, refused_by_flask)
    routes.after_request(partial(cors.allow, api.settings.api_cors_origins))
    return routes


def read_rows(api: Api, table: str, key: str | None = None) -> Response:
    who = identity(api)
    try:
        return read(api, request, who, table, _in_address(key))
    except Guarded as error:
        raise as_seen(error, who) from None


def write_rows(api: Api, table: str, key: str | None = None) -> Response:
    who = identity(api)
    try:
        return write(api, request, who, table, _in_address(key))
    except Guarded as error:
        raise as_seen(error, who) from None


def options(api: Api, table: str, key: str | None = None) -> Response:
    try:
        resource = resource_of(request, api.catalog, table)
    except Guarded as error:
        raise as_seen(error, ANONYMOUS) from None
    return Response(headers={"Allow": allowed(resource, _in_address(key))})


def _in_address(key: str | None) -> str | None:
    return None if key is None else key_in(request.environ, key)


def batch_of_requests(api: Api) -> Response:
    return batch(api, request, identity(api))


def log_in(api: Api) -> Response:
    return login(api.tokens, request)


def log_out(api: Api) -> Response:
    return logout(identity(api))


def nowhere(api: Api, path: str) -> Response:
    raise ApiError(404, "PGRST125", "Invalid path specified in request URL")


def identity(api: Api) -> Identity:
    """Who asks. Raises ApiError for a token that is not accepted: PGRST303 if that is for its
    claims, else PGRST301."""
    try:
        return api.tokens.identity(request.headers.get("Authorization"))
    except BadToken as error:
        raise ApiError(
            401,
            "PGRST303" if isinstance(error, BadClaims) else "PGRST301",
            str(error),
            hint="Ask for a new token",
            headers={"WWW-Authenticate": _challenge(str(error))},
        ) from None
    except AuthorityAway as error:
        current_app.logger.warning("JWT_JWKS_URL: %s", error)
        raise ApiError(
            503,
            "HTTP503",
            "The issuer of this token does not give its keys",
            hint="Try again",
            headers={"Retry-After": RETRY_AFTER},
        ) from None


def _challenge(reason: str) -> str:
    """WWW-Authenticate for a token that is not accepted (RFC 6750, 3)."""
    said = re.sub(r"[^ !#-\[\]-~]", "?", reason)
    return f'Bearer error="invalid_token", error_description="{said}"'


def refused(error: ApiError) -> Response:
    if error.code in NOWHERE and preferred() == HTML:  # somebody who typed the address
        return answer(Astray("The API has nothing at this address.", near()))
    return error.response()


def refused_by_database(api: Api, error: DBAPIError) -> Response:
    has_token = request.headers.get("Authorization", "").lower().startswith("bearer ")
    return from_database(error, api.catalog, has_token=has_token).response()


def without_connection(error: PoolTimeout) -> Response:
    return away(error).response()


def without_answer(error: MayBeDone) -> Response:
    return in_doubt(error).response()


def refused_by_flask(error: HTTPException) -> Response:
    return from_http(error, request.max_content_length).response()
