"""The routes that describe the API: an OpenAPI document, that as a page, and what is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path

import flask_swagger_ui  # pyright: ignore[reportMissingTypeStubs]
from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    render_template,
    request,
    send_from_directory,
)

from ...auth.tokens import Identity
from ..api import Api
from ..catalog.resource import Place
from ..catalog.types import when
from ..errors import ApiError
from ..own import own
from ..request.headers import JSON, OPENAPI, media, schema_of
from ..rights import methods, rights
from .document import document, is_writable
from .parts import VERSION

Right = tuple[Place, frozenset[str]]  # of one table

OURS = Path(__file__).parent / "static"
SWAGGER_UI = str(files(flask_swagger_ui) / "dist")
FILES = {
    "docs.css": OURS,
    "docs.js": OURS,
    "swagger-ui.css": SWAGGER_UI,
    "swagger-ui-bundle.js": SWAGGER_UI,
}
# As everywhere, except for scripts, which fetch the document, and for icons, which are in the CSS.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def describe(routes: Blueprint, api: Api, who: Callable[[], Identity]) -> None:
    """Add the routes, which tell whoever asks what they may use. A table with the name of one of
    them is served in its place."""
    taken = {name for _, name in api.catalog.resources}
    # By schema, by the path that a proxy adds, and by who asks.
    text = lru_cache(8)(partial(_text, api))
    answer = partial(openapi, api, text, who)
    routes.add_url_rule("/", "openapi", answer)
    own(routes, "GET", "/openapi.json", "openapi_json", answer)
    if "info" not in taken:
        own(routes, "GET", "/info", "info", partial(info, api, who))
    if "docs" not in taken:
        own(routes, "GET", "/docs", "docs", partial(docs, api, who))
        own(routes, "GET", "/docs/<name>", "docs_file", docs_file)


def _text(
    api: Api, schema: str, script_root: str, role: str | None, given: frozenset[Right]
) -> str:
    url = f"{script_root}{api.settings.api_prefix}" or "/"
    found = document(api, schema, url, Identity(role), dict(given))
    # What other features describe is beside the API, not below it.
    root = {"servers": [{"url": script_root or "/"}]}
    found["paths"] = {path: item | root for path, item in api.described.items()} | found["paths"]
    return json.dumps(found)


def openapi(api: Api, text: Callable[..., str], who: Callable[[], Identity]) -> Response:
    wanted = media(request.headers.get("Accept", ""), (OPENAPI, JSON))
    schema = schema_of(request.headers, "Accept-Profile", api.catalog.schemas)
    identity = who()
    given, *_ = rights(api, identity)
    found = text(schema, request.script_root, identity.role, frozenset(given.items()))
    response = Response(found, content_type=wanted.content_type)
    if profile := api.catalog.profile(schema):
        response.headers["Content-Profile"] = profile
    return response


def info(api: Api, who: Callable[[], Identity]) -> Response:
    identity = who()
    given, _, version = rights(api, identity)
    resources = {
        schema: {
            resource.name: {
                "columns": list(resource.columns),
                "key": [name for name in resource.key if name in resource.columns],
                "writable": is_writable(resource) and may != {"get"},
            }
            | when("computed", list(resource.computed))
            for resource in api.catalog.in_schema(schema)
            if (may := methods(resource, identity, given))
        }
        for schema in api.catalog.schemas
    }
    return jsonify(
        name="retort",
        version=VERSION,
        postgres=version,
        resources={schema: tables for schema, tables in resources.items() if tables},
    )


def docs(api: Api, who: Callable[[], Identity]) -> Response:
    schemas = api.catalog.schemas
    if len(schemas) > 1:
        used = {schema for schema, _ in rights(api, who())[0]}
        schemas = [schema for schema in schemas if schema in used]
    response = make_response(render_template("docs.html", schemas=schemas))
    response.headers["Content-Security-Policy"] = CSP
    return response


def docs_file(name: str) -> Response:
    if name not in FILES:
        raise ApiError(404, "PGRST125", "Invalid path specified in request URL")
    return send_from_directory(FILES[name], name)
