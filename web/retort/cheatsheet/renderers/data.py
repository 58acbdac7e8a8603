"""The sheet as data: what its JSON form holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..alone import alone
from ..recipe import Chapter, Recipe
from ..recipes import RECIPES
from ..runs.runner import Run
from ..search import Found
from . import wording


def listing() -> dict[str, Any]:
    """All recipes, each in short."""
    return {"recipes": list(map(_short, RECIPES.values())), "unknown": [], "guessed": {}}


def found(found: Found) -> dict[str, Any]:
    """What a query found: the recipes, each with the line that matched, the unknown words, and
    those that are read as another."""
    recipes = [_short(match.recipe) | {"line": match.line} for match in found.matches]
    return {"recipes": recipes, "unknown": found.unknown, "guessed": found.guessed}


def chapter(chapter: Chapter) -> dict[str, Any]:
    """A chapter: its recipes with their code."""
    recipes = [_short(recipe) | _code(recipe) for recipe in chapter.recipes]
    return {"chapter": chapter.title, "recipes": recipes}


def _code(recipe: Recipe) -> dict[str, Any]:
    return {
        "pitfalls": [{"kind": kind, "text": note} for kind, note in recipe.pitfalls],
        "links": recipe.links,
        "code": recipe.modern.source,
        "legacy_code": recipe.legacy.source if recipe.legacy else None,
    }


def _short(recipe: Recipe) -> dict[str, Any]:
    return {
        "recipe": recipe.slug,
        "number": recipe.number,
        "chapter": recipe.chapter.title,
        "title": recipe.title,
        "text": recipe.text,
    }


def ran(run: Run) -> dict[str, Any]:
    """A recipe and what its run gave."""
    recipe = run.recipe
    return {
        **_short(recipe),
        **_code(recipe),
        "form": run.form,
        "program": alone(recipe, run.form),
        "parameters": {name: wording.plain(value) for name, value in run.values.items()},
        "result": asdict(run.result),
        "expected": run.is_expected,
        "milliseconds": round(run.milliseconds, 3),
        "statements_sent": run.record.sent,
        "round_trips": run.record.round_trips,
        "statements": [
            {
                "sql": statement.sql,
                "parameters": wording.parameters(statement.parameters),
                "milliseconds": statement.milliseconds,
                "rows": statement.rows,
                "round_trips": statement.round_trips,
                "connection": statement.connection,
                "error": statement.error,
                "plan": asdict(statement.plan) if statement.plan else None,
            }
            for statement in run.statements
        ],
    }
