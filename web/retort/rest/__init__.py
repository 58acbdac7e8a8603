"""Every model an API: a resource for each table, which PostgREST's clients can use.

A request goes one way. `views` has the routes; `read` and `write` each take four steps:
`request` is all that was asked, `statement` what that becomes in SQL, `run` sends it, `answer`
makes a response of what came back. `catalog` is what there is to ask for.
"""

from __future__ import annotations

import sys

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from .. import health
from ..auth.tokens import tokens
from .access import Access
from .api import Api
from .catalog import build
from .catalog.resource import BadModel
from .settings import RestSettings
from .views import blueprint


def init_app(app: Flask, db: SQLAlchemy, settings: RestSettings) -> Api:
    """Serve the models of `db`, and the schemas of its database that the settings name.

    A model's wrong `__api__`, a schema or role that is not there, or a database that is away
    though it has to be looked at, ends the process with a line each.
    """
    try:
        with app.app_context():
            catalog = build(db, settings)
    except BadModel as error:
        sys.exit(str(error))
    if not catalog.by_db_init:
        health.without_db_init(app)
    api = Api(db, catalog, tokens(app), Access(settings.api_read), settings)
    app.register_blueprint(blueprint(api))
    return api
