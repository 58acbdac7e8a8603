"""The API: each model is a resource, which PostgREST's clients can use.

A request goes one way. `views` has the routes; `read` and `write` each take four steps:
`request` is all that was asked, `statement` is the SQL for it, `run` sends that, and `answer` makes
a response of what came back. `catalog` holds what can be asked for.
"""

from __future__ import annotations

import sys

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from .. import health
from ..astray import know
from ..auth.tokens import ANONYMOUS, tokens
from ..front_page import show_only
from ..head import lead_to
from ..models import Person
from ..standby import standby as standby_of
from .access import may_read
from .api import Api
from .catalog import build
from .catalog.resource import BadModel, place
from .context import Contexts
from .reads import Reads, StandbyReads
from .settings import RestSettings
from .views import blueprint

DOCS = "Read what each request of the API does, and send it from the page"


def init_app(app: Flask, db: SQLAlchemy, settings: RestSettings) -> Api:
    """Serve the models of `db`, and the schemas of its database that the settings name.

    The process ends, with a line for each reason, if a model's `__api__` is wrong, a schema or role
    does not exist, or a database that has to be looked at does not answer.
    """
    contexts = Contexts(settings)
    try:
        with app.app_context():
            if "read" in db.engines:
                contexts.begin(db.engines["read"], are_ours=settings.prepared_statements)
            catalog = build(db, settings)
    except BadModel as error:
        sys.exit(str(error))
    if not catalog.by_db_init:
        health.without_db_init(app)
    standby = standby_of(app)
    reads = Reads(db) if standby is None else StandbyReads(db, standby)
    api = Api(db, reads, catalog, tokens(app), settings, contexts)
    persons = catalog.resources.get(place(Person.metadata.tables[Person.__tablename__]))
    if persons is None or not may_read(persons, ANONYMOUS):
        show_only(app, ())
    else:
        show_only(app, persons.columns)
    app.register_blueprint(blueprint(api))
    tables = catalog.in_schema(catalog.schemas[0])
    readable = [one.name for one in tables if one.has_address and may_read(one, ANONYMOUS)]
    know(app, "rest.read_rows", "table", readable)
    if "rest.docs" in app.view_functions:  # a table may have its name
        lead_to(app, "rest.docs", "API", DOCS)
    return api
