"""The last recorded run of each recipe: what its page shows until somebody runs it.

`make cheatsheet` writes the file, and a test compares it with what the recipes do.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ..recipe import Recipe
from .record import Lines, Record, Statement
from .result import Shown
from .runner import Run

FILE = Path(__file__).parents[1] / "recorded.json"


def recorded(recipe: Recipe, form: str) -> Run | None:
    """Take a recipe and which of its forms; give its recorded run, with the values in its
    signature, or None if it was never recorded."""
    kept = json.loads(_lines().get(recipe.slug, "{}")).get(form)
    if kept is None:
        return None
    statements = [
        Statement(**fields | {"parameters": Lines(fields["parameters"])})
        for fields in kept["statements"]
    ]
    record = Record(statements, **kept["record"])
    return Run(
        recipe,
        form,
        dict(recipe.parameters()),
        Shown(**kept["result"]),
        record,
        0,
        is_recorded=True,
    )


def stored() -> dict[str, dict[str, Any]]:
    """What the file holds: by a recipe's name and by its form."""
    return {slug: json.loads(line) for slug, line in _lines().items()}


@cache
def _lines() -> dict[str, str]:
    """The line of each recipe, as JSON: as objects all of them would take ten times the memory."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    pairs = [line.rstrip(",").partition(": ") for line in lines if line[0] == '"']
    return {slug.strip('"'): runs for slug, _, runs in pairs}
