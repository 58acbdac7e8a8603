"""The recipes, a module a chapter: what a reader sees is the text of their functions.

Here are all chapters, in their order, and every recipe by its name.
"""

from __future__ import annotations

from ..recipe import Chapter, Recipe
from . import (
    advanced,
    bulk,
    connect,
    joins,
    loading,
    mapping,
    migrations,
    models,
    operations,
    postgres,
    production,
    read,
    relationships,
    transactions,
    writes,
)

CHAPTERS: list[Chapter] = [
    module.chapter
    for module in (
        connect,
        models,
        mapping,
        writes,
        read,
        joins,
        relationships,
        loading,
        advanced,
        bulk,
        transactions,
        postgres,
        operations,
        production,
        migrations,
    )
]
RECIPES: dict[str, Recipe] = {
    recipe.slug: recipe for chapter in CHAPTERS for recipe in chapter.recipes
}
