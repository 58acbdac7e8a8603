"""What every exchange gets, whichever view answers: proxies, hosts, limits, headers."""

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from .settings import Settings

HEADERS = {
    # Everything a page needs comes from here, nothing is inline, nothing runs.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # A row changed by hand is seen at the next request; only files may be kept.
    "Cache-Control": "no-store",
    "Vary": "Accept",
}


def init_app(app: Flask, settings: Settings) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024  # bytes; a larger body is a 413
    if settings.trusted_hosts:
        # Health checks come from the machine itself.
        app.config["TRUSTED_HOSTS"] = [*settings.trusted_hosts, "localhost", "127.0.0.1"]
    if proxies := settings.proxies:
        app.wsgi_app = ProxyFix(
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies
        )
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
