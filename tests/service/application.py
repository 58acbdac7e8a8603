"""The one way in which tests make an application."""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import URL

from retort import Settings, create_app

SECRET_KEY = "s" * 32

MakeApp = Callable[..., Flask]


def settings_on(url: URL, **variables: str) -> Settings:
    """Settings of an application that connects to `url`."""
    given = {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "SECRET_KEY": SECRET_KEY,
        "THREADS": "4",
    }
    return Settings.load(given | variables)


@contextmanager
def application(settings: Settings) -> Generator[Flask]:
    """Give the application; its connections are closed afterwards."""
    with logging_as_it_was():
        app = create_app(settings)
        with closed_afterwards(app):
            yield app


@contextmanager
def logging_as_it_was() -> Generator[None]:
    """Logging is the process's, not the application's: pytest gets it back."""
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        yield
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


@contextmanager
def closed_afterwards(app: Flask) -> Generator[None]:
    """The connections of the application."""
    try:
        yield
    finally:
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose()
