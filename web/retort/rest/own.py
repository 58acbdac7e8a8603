"""Paths of the API's own, which could be a table's as well."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from .request import READS, WRITES


def own(
    routes: Blueprint, method: str, rule: str, endpoint: str, view: Callable[..., Response]
) -> None:
    """Answer `method` there with the view, and any other method with 405: no table is looked for,
    since OPTIONS could not say what would be found."""
    allowed = [method, *(["HEAD"] if method == "GET" else []), "OPTIONS"]
    others = {*READS, *WRITES, "OPTIONS"}.difference(allowed[:-1])
    for name, answer, methods in (
        (endpoint, view, [method]),
        (f"not_{endpoint}", partial(_otherwise, allowed), sorted(others)),
    ):
        routes.add_url_rule(rule, name, answer, methods=methods, provide_automatic_options=False)


def _otherwise(allowed: list[str], **_path: str) -> Response:
    if request.method == "OPTIONS":
        return Response(headers={"Allow": ", ".join(allowed)})
    raise MethodNotAllowed(allowed)
