"""Every model an API: a resource for each table, which PostgREST's clients can use.

Read it as a pipeline: `views` takes a request, `parse` and `wants` read it into a `tree`,
`expressions` and `rows` resolve its names, `read` and `write` make one statement of it,
`execute` runs that, `exchange` and `change` answer. `resources` and `relationships` are what
there is, which `catalog` finds out at the start; `openapi` and `docs` describe it.
"""

from __future__ import annotations

import sys

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from ..auth.tokens import tokens
from ..settings import Settings
from . import tables as pages
from .catalog import build
from .resources import BadModel
from .service import Service
from .views import blueprint


def init_app(app: Flask, db: SQLAlchemy, settings: Settings) -> None:
    """Serve the models of `db`, and the schemas of its database that the settings name.

    A model's wrong `__api__`, a schema or role that is not there, or a database that is away
    though it has to be looked at, ends the process with a line each.
    """
    try:
        with app.app_context():
            catalog = build(db, settings)
    except BadModel as error:
        sys.exit(str(error))
    app.extensions["by_db_init"] = catalog.by_db_init
    service = Service(
        db,
        catalog,
        tokens(app),
        settings.api_prefix,
        settings.api_read,
        settings.api_max_rows,
        settings.tx_end,
    )
    app.register_blueprint(blueprint(service, settings.api_cors_origins))
    app.register_blueprint(pages.blueprint(service))
