"""What the recipes say, and what to try it on."""

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


def row() -> Any:
    return db.session.execute(select(Person.id, Person.name)).first()


def compiled(statement: Any) -> str:
    return " ".join(str(statement.compile(dialect=postgresql.dialect())).split())
