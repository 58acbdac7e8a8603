"""An application of other models than the stack's own."""

from collections.abc import Generator
from contextlib import contextmanager

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from retort import Settings, auth, http, rest, tables

from ..application import closed_afterwards


@contextmanager
def application_of(db: SQLAlchemy, settings: Settings) -> Generator[Flask]:
    """Give one of these models, which has nothing of the stack's own but the API."""
    app = Flask("retort")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.url
    db.init_app(app)
    http.init_app(app, settings)
    auth.init_app(app, settings)
    with closed_afterwards(app):
        api = rest.init_app(app, db, settings)
        tables.init_app(app, api)
        yield app
