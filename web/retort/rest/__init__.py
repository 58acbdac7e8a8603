"""Every model an API: a resource for each table, which PostgREST's clients can use.

Read it as a pipeline: `views` takes a request, `parse` and `wants` read it into a `tree`,
`expressions` and `rows` resolve its names, `read` and `write` make one statement of it,
`execute` runs that, `exchange` and `change` answer. `resources` and `relationships` are what
there is; `openapi` and `docs` describe it.
"""

from __future__ import annotations

import sys

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import DBAPIError

from ..auth.tokens import tokens
from ..models import Account, LoginAttempt
from ..settings import Settings
from . import tables as pages
from .reflect import reflect
from .relationships import connect
from .resources import BadModel, Catalog, closed, mapped
from .service import Service
from .views import blueprint


def init_app(app: Flask, db: SQLAlchemy, settings: Settings) -> None:
    """Serve the models of `db`, and the schemas of its database that the settings name.

    A model's wrong `__api__`, or a database that is away though it has to be reflected,
    ends the process with one line.
    """
    schemas = tuple(settings.api_schemas) or ("public",)
    # Nobody's but ours, also where `db` is another than that of our models.
    own = [model.metadata.tables[model.__tablename__] for model in (Account, LoginAttempt)]
    try:
        resources = [one for one in mapped(db, "public") if one.schema in schemas]
        private = {(table.schema or "public", table.name) for table in {*closed(db), *own}}
    except BadModel as error:
        sys.exit(str(error))
    tables = list(db.metadata.tables.values())
    if settings.api_schemas:
        with app.app_context():
            try:
                found, met = reflect(db.engine, schemas, [*tables, *own], "public")
            except DBAPIError as error:
                reason = str(error.orig).partition("\n")[0]
                sys.exit(f"API_SCHEMAS: the database could not be read: {reason}")
            finally:
                db.engine.dispose()  # no connection may be there when Gunicorn forks
        resources += found
        tables = met + tables
    tables = [t for t in tables if (t.schema or "public", t.name) not in private]
    connect(resources, tables, "public")
    service = Service(
        db,
        Catalog(resources, schemas),
        tokens(app),
        settings.api_prefix,
        settings.api_read,
        settings.api_max_rows,
        settings.tx_end,
    )
    app.register_blueprint(blueprint(service, settings.api_cors_origins))
    app.register_blueprint(pages.blueprint(service))
