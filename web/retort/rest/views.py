"""The routes: which request is which exchange."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from ..auth.tokens import BadToken, Identity
from .batch import batch
from .change import Change
from .docs import describe
from .errors import ApiError, away, from_database, from_http
from .exchange import Exchange
from .login import login
from .service import Service
from .wants import schema_of

READS = ["GET", "HEAD", "FETCH"]
WRITES = ["POST", "PATCH", "PUT", "DELETE"]
EXPOSED = "Content-Range, Content-Location, Location, Preference-Applied, Proxy-Status, ETag, Link"


def blueprint(service: Service, origins: list[str]) -> Blueprint:
    """The API's routes, below its prefix."""
    routes = Blueprint("rest", __name__, url_prefix=service.prefix or None)

    def identity() -> Identity:
        try:
            return service.tokens.identity(request.headers.get("Authorization"))
        except BadToken as error:
            raise ApiError(
                401,
                "PGRST301",
                str(error),
                hint="Ask for a new token",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            ) from None

    def read(table: str, key: str | None = None) -> Response:
        schema = schema_of(request.headers, "Accept-Profile", service.catalog.schemas)
        resource = service.catalog.get(schema, table)
        return Exchange(service, request, identity(), resource, key).answer()

    def write(table: str, key: str | None = None) -> Response:
        schema = schema_of(request.headers, "Content-Profile", service.catalog.schemas)
        resource = service.catalog.get(schema, table)
        return Change(service, request, identity(), resource, key).answer()

    def options(table: str, key: str | None = None) -> Response:
        schema = schema_of(request.headers, "Accept-Profile", service.catalog.schemas)
        resource = service.catalog.get(schema, table)
        writes = ["PATCH", "PUT", "DELETE"] if key else WRITES
        allowed = ["OPTIONS", *READS, *(writes if resource.can_write else [])]
        return Response(headers={"Allow": ",".join(allowed)})

    def requests() -> Response:
        return batch(service, request, identity())

    for rule in ("/<table>", "/<table>/<key>"):
        routes.add_url_rule(rule, "read", read, methods=READS, provide_automatic_options=False)
        routes.add_url_rule(rule, "write", write, methods=WRITES, provide_automatic_options=False)
        routes.add_url_rule(rule, "options", options, methods=["OPTIONS"])
    routes.add_url_rule("/", "batch", requests, methods=["POST"], provide_automatic_options=False)
    describe(routes, service)

    @routes.post("/login")
    def log_in() -> Response:  # pyright: ignore[reportUnusedFunction]
        return login(service.tokens)

    @routes.route("/<path:path>", methods=[*READS, *WRITES, "OPTIONS"])
    def nowhere(path: str) -> Response:
        raise ApiError(404, "PGRST125", "Invalid path specified in request URL")

    @routes.errorhandler(ApiError)
    def refused(error: ApiError) -> Response:
        return error.response()

    @routes.errorhandler(DBAPIError)
    def by_database(error: DBAPIError) -> Response:
        has_token = request.headers.get("Authorization", "").lower().startswith("bearer ")
        return from_database(error, service.catalog, has_token=has_token).response()

    @routes.errorhandler(PoolTimeout)
    def no_connection(error: PoolTimeout) -> Response:
        return away(error).response()

    @routes.errorhandler(HTTPException)
    def by_flask(error: HTTPException) -> Response:
        return from_http(error).response()

    @routes.after_request
    def cross_origin(response: Response) -> Response:
        response.headers.setdefault("Vary", "Accept, Authorization, Accept-Profile, Prefer")
        origin = request.headers.get("Origin")
        if origin is None or not (origin in origins or "*" in origins):
            return response
        response.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Vary"] += ", Origin"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = ", ".join([*READS, *WRITES])
            asked = request.headers.get("Access-Control-Request-Headers", "Authorization")
            response.headers["Access-Control-Allow-Headers"] = asked
            response.headers["Access-Control-Max-Age"] = "86400"
        return response

    return routes
