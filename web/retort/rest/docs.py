"""What the API says of itself: its OpenAPI document, that document as a page, what it serves."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    render_template,
    request,
    send_from_directory,
)

from ..auth.tokens import ANONYMOUS
from .errors import ApiError
from .execute import reader
from .openapi import document, is_writable
from .openapi_parts import VERSION
from .service import Service
from .wants import JSON, OPENAPI, media, schema_of

SWAGGER_UI = str(files("flask_swagger_ui") / "dist")
FILES = ("swagger-ui.css", "swagger-ui-bundle.js")
# As everywhere, but for scripts, which fetch the document, and icons, which are in the CSS.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def describe(routes: Blueprint, service: Service) -> None:
    """Add the routes. A table that is called as one of them is served in its place."""

    @lru_cache(8)  # each schema once, for each address that a proxy gives the API
    def described(schema: str, server_url: str) -> str:
        found = document(service, schema, server_url)
        # What other parts of the application describe is beside the API, not below it.
        others: dict[str, Any] = current_app.extensions.get("openapi", {})
        root = {"servers": [{"url": request.script_root or "/"}]}
        found["paths"] = {path: item | root for path, item in others.items()} | found["paths"]
        return json.dumps(found)

    def openapi() -> Response:
        wanted = media(request.headers.get("Accept", ""), (OPENAPI, JSON))
        schema = schema_of(request.headers, "Accept-Profile", service.catalog.schemas)
        text = described(schema, f"{request.script_root}{service.prefix}" or "/")
        return Response(text, content_type=wanted.content_type)

    def info() -> Response:
        run = reader(service.db, ANONYMOUS)
        return jsonify(
            name="retort",
            version=VERSION,
            postgres=run("SELECT current_setting('server_version')", {})[0],
            resources={
                schema: {
                    resource.name: {
                        "columns": list(resource.columns),
                        "key": [name for name in resource.key if name in resource.columns],
                        "writable": is_writable(resource),
                    }
                    for resource in service.catalog.in_schema(schema)
                }
                for schema in service.catalog.schemas
            },
        )

    def docs() -> Response:
        response = make_response(render_template("docs.html", schemas=service.catalog.schemas))
        response.headers["Content-Security-Policy"] = CSP
        return response

    def docs_file(name: str) -> Response:
        if name not in FILES:
            raise ApiError(404, "PGRST125", "Invalid path specified in request URL")
        return send_from_directory(SWAGGER_UI, name)

    taken = {name for _, name in service.catalog.resources}
    routes.add_url_rule("/", "openapi", openapi)
    routes.add_url_rule("/openapi.json", "openapi_json", openapi)
    if "info" not in taken:
        routes.add_url_rule("/info", "info", info)
    if "docs" not in taken:
        routes.add_url_rule("/docs", "docs", docs)
        routes.add_url_rule("/docs/<name>", "docs_file", docs_file)
