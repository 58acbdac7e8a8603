"""Runs a recipe: in the sandbox, in an application of its own, with every statement recorded."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from platform import python_version
from threading import BoundedSemaphore
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import NullPool
from sqlalchemy.exc import OperationalError, ProgrammingError

from ...database import db, first_line
from ...settings import DatabaseSettings
from ..recipe import Recipe
from .connection import URL, has_extension
from .record import Record, Statement, listen, recording
from .result import Shown, failed, show
from .sandbox import RUNS, Sandbox

PATIENCE = 0.1  # seconds that a run waits for others to end
LOCK_NOT_AVAILABLE = "55P03"


class Busy(Exception):
    """As many recipes run already as may run at once."""

    def __str__(self) -> str:
        return "Too many recipes run at once. Try again in a second."


class Unprepared(Exception):
    """The database lacks what a run needs: db-init has not prepared it."""


class Lacking(Exception):
    """The machine or the server lacks what the recipe needs."""


@dataclass
class Run:
    """What a run gave."""

    recipe: Recipe
    form: str
    values: dict[str, Any]  # of its parameters
    result: Shown
    record: Record
    milliseconds: float
    is_recorded: bool = False  # and did not happen now, so that there are no times and no plans

    @property
    def statements(self) -> list[Statement]:
        return self.record.statements

    @property
    def is_expected(self) -> bool:
        """Whether it ended as the recipe says: with a result, or with the error meant."""
        raises = self.recipe.raises
        return self.result.error == (raises.__name__ if raises else "")

    @property
    def is_lacking(self) -> bool:
        """Whether the machine lacks what the recipe needs."""
        return self.result.error == Lacking.__name__


class Runner:
    """Runs recipes, a few at once."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.sandbox = Sandbox(settings)
        self.places = BoundedSemaphore(RUNS)
        # Recipes run in this application, not in the service's. It has nothing but a database.
        self.app = Flask("cheatsheet", static_folder=None)
        self.app.config["SQLALCHEMY_DATABASE_URI"] = URL
        self.app.config["SQLALCHEMY_BINDS"] = {"read": {"url": URL, "poolclass": NullPool}}
        self.app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "poolclass": NullPool,
            "query_cache_size": 20,  # it holds the classes that runs have declared
        }
        self.app.config["SQLALCHEMY_RECORD_QUERIES"] = True
        db.init_app(self.app)
        listen()

    def run(
        self,
        recipe: Recipe,
        values: dict[str, Any],
        form: str = "modern",
        on_statement: Callable[[Statement], None] = lambda statement: None,
        *,
        plans: bool = True,
    ) -> Run:
        """Take a recipe, values for its parameters, and which of its forms; call
        `on_statement` with each statement as it ends. With `plans`, Postgres is asked how it
        does each SELECT.

        Raises LookupError for a form that it does not have, Busy, Unprepared, and
        sqlalchemy.exc.OperationalError while the database is away. What the recipe raises is
        its result.
        """
        function = recipe.form(form).function
        record = Record(on_statement=on_statement, plans=plans)
        with self._place(), self._sandbox(recipe), self.app.app_context():
            started = perf_counter()
            result = _result(recipe.needs, function, values, record)
            milliseconds = 1000 * (perf_counter() - started) - record.explaining
        return Run(recipe, form, values, result, record, milliseconds)

    def forms(self, recipe: Recipe) -> list[Run]:
        """Run the modern form, then the legacy one if there is one, as they stand."""
        values = dict(recipe.parameters())
        return [self.run(recipe, values, form) for form in recipe.forms]

    @contextmanager
    def _place(self) -> Generator[None]:
        if not self.places.acquire(timeout=PATIENCE):
            raise Busy
        try:
            yield
        finally:
            self.places.release()

    @contextmanager
    def _sandbox(self, recipe: Recipe) -> Generator[None]:
        try:
            with self.sandbox.run(shared=recipe.shared):
                yield
        except (OperationalError, ProgrammingError) as error:
            if getattr(error.orig, "pgcode", None) == LOCK_NOT_AVAILABLE:
                raise Busy from None
            reason = first_line(error)
            # A table is missing or may not be used, or the role is missing or cannot be become.
            if isinstance(error, ProgrammingError) or f'role "{self.sandbox.role}"' in reason:
                raise Unprepared(reason) from None
            raise


def _check(needs: str | None) -> None:
    """Raises Lacking if what `needs` names is not here."""
    if needs is None:
        return
    kind, *names = needs.split()
    if kind == "Python":
        if needs > f"Python {python_version()}":
            raise Lacking(
                f"it needs {needs} or later; this is {python_version()}, and the image has 3.14"
            )
    elif kind == "library":
        for name in names:
            if find_spec(name) is None:
                raise Lacking(
                    f"it needs the library {name}, which is not installed here: "
                    f"pip install {' '.join(names)}"
                )
    elif not has_extension(needs):
        raise Lacking(
            f"it needs the extension {needs} of Postgres. The image postgres:18 and Debian's "
            "packages contain it, and db-init installs it at its next start"
        )


def _result(
    needs: str | None, function: Callable[..., Any], values: dict[str, Any], record: Record
) -> Shown:
    try:
        _check(needs)
        with recording(record):
            value = function(**values)
        return show(value)
    except Exception as error:
        return failed(error)
