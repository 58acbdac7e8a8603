"""A recipe by itself: the program that runs on any empty database, without this stack; and what a
recipe works on in this stack.

`program` puts it together, `needed` finds the models that it works on, and `rows` has what the
tables hold, which `literal` writes as code.
"""

from __future__ import annotations

from ..recipe import Recipe
from ..runs.result import Shown, show
from .needed import stack
from .program import program
from .rows import ROWS


def alone(recipe: Recipe, form: str = "modern") -> str:
    """Give a form of a recipe as a whole program, which needs an empty database and a few packages,
    as it says at its top.

    Raises LookupError where the recipe has no such form.
    """
    return str(program(recipe, form))


def models(recipe: Recipe) -> dict[str, str]:
    """Give what a recipe uses of the stack's models, each by its name, as it stands there."""
    return {one.name: stack().source(one) for one in program(recipe).needed.definitions}


def rows(recipe: Recipe) -> dict[str, Shown]:
    """Give the tables of the sheet that a recipe works on, each by its name, with all its rows."""
    used = {one.table for one in program(recipe).tables}
    return {table: show(ROWS[table]) for table in ROWS if table in used}
