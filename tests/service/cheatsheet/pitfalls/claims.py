"""What the recipes say, and what to try it on."""

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from retort.cheatsheet.recipes import RECIPES
from retort.database import db
from retort.models import Person


def said(kind: str) -> set[str]:
    """The constructs at the beginning of what the recipes say in lines of that kind."""
    return {
        text.split("`: ", 1)[0].removeprefix("`")
        for recipe in RECIPES.values()
        for kind_of_it, text in recipe.pitfalls
        if kind_of_it == kind
    }


def is_quoted(message: str) -> bool:
    """Whether a recipe says what the message means."""
    notes = [note for recipe in RECIPES.values() for _, note in recipe.pitfalls]
    return any(f'"{message}"' in note for note in notes)


def pattern(message: str) -> str:
    """What matches a quoted message; … stands for anything."""
    return ".*".join(re.escape(part) for part in message.split("…"))


def row() -> Any:
    return db.session.execute(select(Person.id, Person.name)).first()


def compiled(statement: Any) -> str:
    return " ".join(str(statement.compile(dialect=postgresql.dialect())).split())
