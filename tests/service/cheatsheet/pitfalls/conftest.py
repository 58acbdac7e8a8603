"""An application on which what is said is tried."""

from collections.abc import Generator

import pytest
from flask import Flask

from retort.database import db

from ...postgres import Server


@pytest.fixture(scope="module")
def app(server: Server) -> Generator[Flask]:
    """An application with nothing but the models, on rows that no check changes."""
    app = Flask("statements")
    with server.clone() as database:
        app.config["SQLALCHEMY_DATABASE_URI"] = database.web
        db.init_app(app)
        with app.app_context():
            yield app
            db.engine.dispose()


@pytest.fixture(autouse=True)
def rolled_back(app: Flask) -> Generator[None]:
    yield
    db.session.remove()
