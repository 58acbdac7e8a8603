"""Where somebody was probably going who met a 404."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from urllib.parse import unquote

from flask import Flask, current_app, request
from werkzeug.exceptions import NotFound

LEAST = 0.7  # how much alike two addresses have to be, of 1
CLOSE = 0.1  # how much less alike than the best one another may be
MOST = 3
# What links and forms of a page send. An address that refuses these may have rules for others.
SENT = {"GET", "HEAD", "OPTIONS", "POST"}


class Astray(NotFound):
    """A 404 that leads to what was probably meant: from what that is called to its address."""

    def __init__(self, description: str, links: Mapping[str, str]) -> None:
        super().__init__(description)
        self.links = links


def know(app: Flask, endpoint: str, argument: str, values: Iterable[str]) -> None:
    """Let `near` find the addresses that an endpoint has with these values of its argument.

    Those of the endpoint that is registered last are found first.
    """
    addresses = app.url_map.bind("")
    found = [addresses.build(endpoint, {argument: value}) for value in values]
    app.extensions["retort.known"] = {unquote(path): path for path in found} | _known(app)


def _known(app: Flask) -> dict[str, str]:
    return app.extensions.get("retort.known", {})


def near() -> dict[str, str]:
    """The addresses that are most like the request's, as a whole or in their last part."""
    known = {
        rule.rule: rule.rule
        for rule in current_app.url_map.iter_rules()
        if "<" not in rule.rule and "GET" in (methods := rule.methods or set()) and methods <= SENT
    } | _known(current_app)
    alike: dict[str, float] = {}
    for part in (_whole, _last):
        matcher = SequenceMatcher(b=part(request.path))
        for path in known:
            matcher.set_seq1(part(path))
            # The quick ones, which are never less, spare most of the work.
            if matcher.real_quick_ratio() >= LEAST and matcher.quick_ratio() >= LEAST:
                alike[path] = max(alike.get(path, 0), matcher.ratio())
    least = max(LEAST, max(alike.values(), default=0) - CLOSE)
    best = sorted(
        (path for path in known if alike.get(path, 0) >= least), key=lambda path: -alike[path]
    )
    root = request.script_root
    return {f"{root}{path}": f"{root}{known[path]}" for path in best[:MOST]}


def _whole(path: str) -> str:
    return path.rstrip("/").casefold()


def _last(path: str) -> str:
    return _whole(path).rpartition("/")[2]
