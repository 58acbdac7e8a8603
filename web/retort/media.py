"""Which form of an answer the client asked for: curl gets text, a browser a page."""

from flask import request

TEXT = "text/plain"
HTML = "text/html"
JSON = "application/json"
PROBLEM = "application/problem+json"


def preferred() -> str:
    """TEXT, HTML or JSON: the one that the request's Accept header prefers."""
    best = request.accept_mimetypes.best_match((TEXT, HTML, JSON, PROBLEM), TEXT)
    return JSON if best == PROBLEM else best
