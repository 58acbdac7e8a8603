"""The essential on two pages: the lines of recipes that one writes every day.

They are cut out of the recipes, so that they say and do what those do.
"""

from __future__ import annotations

import ast
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..recipe import Recipe
from ..recipes import RECIPES
from ..renderers.page import prose
from . import paper

# For each subject the recipes, by name. Each text behind a name stands for the shortest statement,
# or value of a dict, that has it.
SUBJECTS: dict[str, dict[str, tuple[str, ...]]] = {
    "Connect": {
        "init-app": ("class Base", "db = SQLAlchemy(", "def create_app"),
        "session-without-flask": ("create_engine(", "sessionmaker(", "Session.begin()"),
        "database-url": ("URL.create(",),
    },
    "Model": {
        "declarative-model": ("class City",),
        "timestamps": ("created_at: Mapped", "updated_at: Mapped"),
        "constraints": ("__table_args__",),
        "create-all": ("metadata.create_all(db.engine)",),
    },
    "Relationships": {
        "one-to-many": ("class Author", "class Book"),
        "many-to-many": ("posts_tags = Table", "tags: Mapped"),
        "delete-orphan": ("books: Mapped",),
    },
    "Add, change, delete": {
        "add": ("person = Person(", "add(person)", "commit()"),
        "add-all": ("add_all(",),
        "flush": ("person = Person(", "add(person)", "session.flush()", "flushed ="),
        "update-object": ("get_one(", "person.name =", "commit()"),
        "delete-object": ("get_one(", "delete(order)", "commit("),
        "integrity-error": ("except IntegrityError", "rollback()"),
    },
    "Read": {
        "query": ("persons = select", "scalars(persons", "columns = select", "execute(columns"),
        "get": ("person = db.session.get(",),
        "first": ("newest =", ".first()"),
        "one": ("scalars(named).one()", "scalars(nobody).one_or_none()"),
        "columns": ("letters =", "statement =", "mappings()"),
        "count": ("func.count()).select_from(Person)", "distinct()"),
        "exists": ("orders.exists()", "Person.orders.any("),
    },
    "Filter and order": {
        "filter-by": ("where = orders.where(", "filter_by(name=name)"),
        "and-or-not": ("functions =", "operators ="),
        "in-list": ("Person.name.in_([first", "not_in([first"),
        "like": ("ilike(", "icontains("),
        "is-null": ("is_(None)", "is_not(None)"),
        "optional-filters": ("orders = select(Order)", "if name:"),
        "order-by": ("persons =",),
        "limit-offset": ("persons =",),
        "distinct": (".distinct()",),
    },
    "Join and aggregate": {
        "join": (".join(Person.orders)",),
        "outer-join": (".outerjoin(",),
        "group-by": ("total =", ".group_by("),
        "aggregate-filter": (".filter(has_status).label",),
        "case-when": ("size = case(",),
        "cte": ("spent = (", "average ="),
        "text-bind": ("statement = text(", "execute(statement"),
    },
    "Loading": {
        "selectinload": ("persons =",),
        "joinedload": ("query =", "persons ="),
        "raiseload": ("person =",),
        "yield-per": ("orders =", "batches ="),
    },
    "Many rows at once": {
        "bulk-insert": ("execute(insert(Person)",),
        "insert-returning": ("statement =", "projects ="),
        "upsert": ("new = ", "statement ="),
        "update-delete": ("updated = db", "deleted = db"),
        "bulk-update": ("execute(update(",),
    },
    "Transactions": {
        "savepoint": ("with db.session.begin_nested()",),
        "skip-locked": ("jobs =",),
    },
    "Flask": {
        "app-context": ("with current_app.app_context()",),
        "get-or-404": ("def person(", "def the_one_with("),
        "paginate": ("pages = db.paginate(",),
        "to-json": ("jsonify(",),
        "recorded-queries": ('"SQLALCHEMY_ECHO"',),
    },
}


@dataclass
class Snippet:
    """Lines of a recipe."""

    recipe: Recipe
    code: str


def document() -> str:
    """The two pages, as HTML."""
    return paper.ENVIRONMENT.get_template("essential.html").render(
        subjects=snippets(),
        imports=paper.listing(imports()),
        versions=paper.VERSIONS,
        listing=paper.listing,
        inline=prose,
        hue=paper.hue,
    )


def snippets() -> dict[str, list[Snippet]]:
    """For each subject, what it shows. Raises LookupError where a recipe or its line is no more."""
    return {
        subject: [Snippet(RECIPES[slug], _code(RECIPES[slug], texts)) for slug, texts in of.items()]
        for subject, of in SUBJECTS.items()
    }


def _code(recipe: Recipe, texts: Iterable[str]) -> str:
    code = ""
    for node in _chosen(recipe, texts):
        is_apart = isinstance(node, ast.ClassDef | ast.FunctionDef)
        code += ("\n\n" if is_apart else "\n") + _text(node, recipe)
    return code.strip()


def imports() -> str:
    """The imports that the snippets need, a line for each module."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for shown in SUBJECTS.values():
        for slug, texts in shown.items():
            recipe = RECIPES[slug]
            used = {
                node.id
                for chosen in _chosen(recipe, texts)
                for node in ast.walk(chosen)
                if isinstance(node, ast.Name)
            }
            for node in ast.walk(ast.parse(recipe.modern.source)):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names[node.module] |= used & {name.asname or name.name for name in node.names}
    return "\n".join(
        f"from {module} import {', '.join(sorted(names[module]))}"
        for module in sorted(names)
        if names[module]
    )


def _chosen(recipe: Recipe, texts: Iterable[str]) -> Iterator[ast.stmt | ast.expr]:
    tree = ast.parse(recipe.modern.source)
    function = tree.body[-1]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101
    for text in texts:
        having = [node for node in _parts(function) if text in _text(node, recipe)]
        if not having:
            raise LookupError(f"{recipe.slug} has no {text!r}, which the essential edition shows")
        yield min(having, key=lambda node: len(_text(node, recipe)))


def _parts(function: ast.FunctionDef) -> Iterator[ast.stmt | ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function:
            yield node
        elif isinstance(node, ast.Dict):
            yield from node.values


def _text(node: ast.stmt | ast.expr, recipe: Recipe) -> str:
    """Its lines, of a statement with the comments behind them, and without `return`."""
    if isinstance(node, ast.Return) and node.value:
        node = node.value
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min(one.lineno for one in [node, *decorators])
    lines = recipe.modern.source.splitlines()[first - 1 : node.end_lineno]
    if isinstance(node, ast.expr):  # which may be a part of a line
        lines[-1] = lines[-1].encode()[: node.end_col_offset].decode()
        lines[0] = " " * paper.indent(lines[-1]) + lines[0].encode()[node.col_offset :].decode()
    return textwrap.dedent("\n".join(lines))
