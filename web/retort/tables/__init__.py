"""`/tables`: every table that the API serves, to look at in a browser.

A page's address is a request of the API with `/tables` in place of its prefix. The page
asks as anybody would, by the same stages, and shows the request with the SQL that it made.
"""

from __future__ import annotations

from flask import Flask

from ..astray import know
from ..head import lead_to
from ..rest.api import Api
from .views import blueprint, served

TABLES = "Filter, sort and browse the rows of every table, and see the SQL behind each page"


def init_app(app: Flask, api: Api) -> None:
    """Show what `api` serves."""
    app.register_blueprint(blueprint(api))
    lead_to(app, "tables.tables", "Tables", TABLES)
    know(app, "tables.table_page", "table", served(api))
