"""The cheat sheet that runs: each recipe is code, shown with what it did to Postgres.

`recipes` has the functions, a module for each chapter, and `recipe` what is said of one. `runs`
runs one and notes what it does, and `alone` makes a program of one, which runs without the stack.
`renderers` has the forms in which `views` and `commands` show it. `edition` is for
`make cheatsheet`, and `ask` for `make recipe`.
"""

from __future__ import annotations

from flask import Flask

from ..astray import know
from ..database import expect_connections
from ..head import lead_to
from ..settings import DatabaseSettings
from . import commands
from .openapi import PATHS as PATHS
from .recipes import CHAPTERS, RECIPES
from .runs.runner import Runner
from .runs.sandbox import CONNECTIONS
from .search.index import index, vocabulary
from .views import blueprint

SHEET = "SQLAlchemy recipes that run on your Postgres, each with its rows, its SQL and its plan"


def init_app(app: Flask, settings: DatabaseSettings) -> None:
    """Serve the sheet, from the database that the settings name."""
    runner = Runner(settings)
    app.extensions["cheatsheet"] = runner
    expect_connections(app, CONNECTIONS)
    app.register_blueprint(blueprint(runner))
    lead_to(app, "cheatsheet.index", "Cheat sheet", SHEET)
    know(app, "cheatsheet.chapter", "name", [chapter.slug for chapter in CHAPTERS])
    know(app, "cheatsheet.recipe", "name", RECIPES)
    # A mistyped word needs the index and the vocabulary: they are made here, once, before Gunicorn
    # forks.
    index()
    vocabulary()
    commands.init_app(app, runner)
