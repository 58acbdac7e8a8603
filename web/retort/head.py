"""The head of every page: a link to each feature that has pages.

It is in `templates/base.html`, and its design in `static/head.css`.
"""

from dataclasses import dataclass

from flask import Flask


@dataclass(frozen=True)
class Feature:
    path: str
    """The address of its first page, below the prefix that a proxy may add."""
    title: str
    text: str
    """What a reader finds there, as a sentence without its full stop."""


def init_app(app: Flask) -> None:
    """Give every template the links, as `features`."""
    app.context_processor(lambda: {"features": features(app)})


def lead_to(app: Flask, endpoint: str, title: str, text: str) -> None:
    """Add a link to a feature's page to each page's head, and a card to `/`.

    The feature that is registered last comes first.
    """
    (rule,) = app.url_map.iter_rules(endpoint)
    features(app).insert(0, Feature(rule.rule, title, text))


def features(app: Flask) -> list[Feature]:
    """What every page leads to."""
    return app.extensions.setdefault("retort.features", [])
