"""What every request and response gets, whichever view answers: proxies, hosts, limits, headers."""

from __future__ import annotations

from functools import cache, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

from .logs import REQUEST_ID, request_id
from .settings import StackSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    # All that a page needs comes from this service, nothing is inline, and no script runs. A page
    # with a script sends a policy of its own: CSP, beside its view.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # A changed row shows at the next request; only static files may be kept.
    "Cache-Control": "no-store",
    "Vary": "Accept",
}
KNOWN = {str(status.value) for status in HTTPStatus}
SLASHES = "/\\"  # a browser takes one for the other
HSTS = ("Strict-Transport-Security", "max-age=31536000")


def init_app(app: Flask, settings: StackSettings) -> None:
    _keep_serializer(app)
    if settings.trusted_hosts:
        # Health checks ask for these names, from the machine itself.
        app.config["TRUSTED_HOSTS"] = [*settings.trusted_hosts, "localhost", "127.0.0.1"]
    app.wsgi_app = _with_headers(app.wsgi_app)  # pyright: ignore[reportAttributeAccessIssue]
    if proxies := settings.proxies:
        app.wsgi_app = ProxyFix(
            _checked(app.wsgi_app),
            x_for=proxies,
            x_proto=proxies,
            x_host=proxies,
            x_prefix=proxies,
        )


def _keep_serializer(app: Flask) -> None:
    """Make the serializer of session cookies once, with the SECRET_KEY of the first request.

    Flask makes one for every request, even without a cookie: measured, that is 5 % of the time
    of a row from the API, and 20 % of `/livez`.
    """
    sessions = SecureCookieSessionInterface()  # Flask's default is one for all applications
    sessions.get_signing_serializer = cache(sessions.get_signing_serializer)  # type: ignore[method-assign]
    app.session_interface = sessions


def _with_headers(wsgi_app: WSGIApplication) -> WSGIApplication:
    """Add each of HEADERS that the view has not set. As middleware, since the same in an
    after_request takes, measured, 10 % of the time of a row from the API."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            status = _in_usual_words(status)
            given = {name for name, _ in headers}
            headers += [header for header in HEADERS.items() if header[0] not in given]
            headers.append((REQUEST_ID, request_id(environ)))
            if status.startswith("3"):
                headers[:] = [_here(header, environ) for header in headers]
            if environ["wsgi.url_scheme"] == "https":
                headers.append(HSTS)
            return start_response(status, headers, exc_info)

        return wsgi_app(environ, start)

    return application


@lru_cache(64)
def _in_usual_words(status: str) -> str:
    """A status as HTTP's registry writes it, where Werkzeug has put its words in capitals."""
    code, _, words = status.partition(" ")
    return f"{code} {HTTPStatus(int(code)).phrase}" if words.isupper() and code in KNOWN else status


def _here(header: tuple[str, str], environ: WSGIEnvironment) -> tuple[str, str]:
    """A redirect to this service as a path: its host is only what the client said it is."""
    name, value = header
    if name == "Location" and (parts := urlsplit(value)).netloc == get_host(environ).lower():
        return name, urlunsplit(("", "", f"/{parts.path.lstrip('/')}", parts.query, parts.fragment))
    return header


def _checked(wsgi_app: WSGIApplication) -> WSGIApplication:
    """Take the prefix that a proxy names for a path, and its scheme for one of two, whatever they
    say: where two slashes begin an address, a host follows, and browsers ignore tabs between them.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        if prefix := environ.get("SCRIPT_NAME"):
            environ["SCRIPT_NAME"] = f"/{quote(prefix.strip(SLASHES))}".rstrip("/")
        if environ["wsgi.url_scheme"] != "https":
            environ["wsgi.url_scheme"] = "http"
        return wsgi_app(environ, start_response)

    return application
