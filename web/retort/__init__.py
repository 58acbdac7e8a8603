"""Retort: Flask, SQLAlchemy and Postgres, done right."""

from flask import Flask

from . import (
    auth,
    cheatsheet,
    database,
    errors,
    front,
    greeting,
    head,
    health,
    http,
    logs,
    rest,
    shell,
    standby,
    tables,
    tracing,
)
from .auth.settings import AuthSettings
from .front.settings import FrontSettings
from .metrics.settings import MetricsSettings
from .rest.settings import RestSettings
from .settings import StackSettings
from .standby.settings import StandbySettings


class Settings(
    RestSettings, AuthSettings, FrontSettings, MetricsSettings, StandbySettings, StackSettings
):
    """All settings of the web process: the stack's, and those of each feature."""


def create_app(settings: Settings | None = None) -> Flask:
    """Take settings (by default those of the environment), give the application.

    Raises BadSettings if the environment is wrong.
    """
    settings = settings or Settings.load()
    app = Flask(__name__)
    app.config["SECRET_KEY"] = settings.secret_key.get_secret_value()
    app.config["SECRET_KEY_FALLBACKS"] = settings.fallbacks

    logs.init_app(settings)
    http.init_app(app, settings)
    front.init_app(app, settings)
    database.init_app(app, settings)
    standby.init_app(app, settings)
    errors.init_app(app)
    head.init_app(app)
    shell.init_app(app)
    auth.init_app(app, settings)

    app.register_blueprint(greeting.blueprint)
    health.init_app(app)
    api = rest.init_app(app, database.db, settings)
    tables.init_app(app, api)
    cheatsheet.init_app(app, settings)
    api.describe(cheatsheet.PATHS)
    tracing.init_app(app)
    return app
