"""Answers every error in the form that was asked for, and never with a traceback."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from flask import Flask, Response, current_app, render_template, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
)

from .astray import Astray, near
from .database import first_line
from .logs import request_id
from .media import HTML, JSON, PROBLEM, TEXT, preferred
from .round_trip import may_be_done

RETRY_AFTER = 5  # seconds


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, _database_is_away)


def _database_is_away(error: Exception) -> Response:
    current_app.logger.error("database: %s", first_line(error))
    why = "The database does not answer. Try again."
    # Of these errors, only that of a COMMIT has no statement.
    if isinstance(error, DBAPIError) and error.statement is None and may_be_done(error):
        why = "The database does not answer, but may have done this. Look before you try again."
    return answer(ServiceUnavailable(why, retry_after=RETRY_AFTER))


def answer(error: HTTPException) -> Response:
    """`error` as text, a page or a problem (RFC 9457), with the headers it asks for."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, NotFound) and error.description == NotFound.description:
        error = Astray("There is nothing at this address.", near())
    links: Mapping[str, str] = error.links if isinstance(error, Astray) else {}
    detail = remedy(error) or error.description
    problem = {
        "type": "about:blank",
        "title": error.name,
        "status": status,
        "detail": detail,
        "request_id": request_id(request.environ),
    }
    form = preferred()
    if form != HTML and links:
        problem["detail"] = f"{detail} Perhaps you meant {' or '.join(links)}?"
    if form == HTML:
        body, mimetype = render_template("error.html", **problem, links=links), HTML
    elif form == JSON:
        body, mimetype = json.dumps(problem), PROBLEM
    else:
        body, mimetype = f"{status} {error.name}: {problem['detail']}\n", TEXT
    response = Response(body, status, mimetype=mimetype)
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def remedy(error: HTTPException) -> str | None:
    """What to do instead, for a method or a size of which Werkzeug only says that it is refused."""
    if error.description != type(error).description:
        return None
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return f"This address takes {', '.join(sorted(error.valid_methods))}."
    if isinstance(error, RequestEntityTooLarge):
        limits = {"": request.max_content_length, " in a form": request.max_form_memory_size}
        # An application may have set either to None, which is no limit.
        most = [f"{limit:,} bytes{where}" for where, limit in limits.items() if limit is not None]
        return f"Send at most {', and '.join(most)}." if most else None
    return None
