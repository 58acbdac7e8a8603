"""What a recipe is: a function, what to say about it, and its legacy twin."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, TypeVar

from pydantic import BaseModel

from . import imports
from .parameters import model
from .syntax import parse

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(eq=False)
class Form:
    """A way to write a recipe: the modern one, or the legacy one."""

    function: Callable[..., Any]
    warns: bool = False  # whether SQLAlchemy warns that it is deprecated
    note: str = ""

    @cached_property
    def source(self) -> str:
        """The function as it stands in its module, without decorator and docstring, after
        the imports that it needs: what a reader pastes."""
        return source(self.function)


@dataclass(eq=False)
class Recipe:
    """A recipe of a chapter.

    What is said of it is its function's docstring: when and why, then a line for each
    pitfall that begins with ``Pitfall:``, ``Deprecated:`` or ``Removed:``.
    """

    title: str
    modern: Form
    keywords: str
    links: tuple[str, ...]
    raises: type[Exception] | None
    shared: bool
    needs: str | None
    legacy: Form | None = field(default=None, init=False)
    number: str = field(default="", init=False)  # the chapter's letter and the place in it
    chapter: Chapter = field(init=False)

    @cached_property
    def slug(self) -> str:
        """Its name in addresses and commands."""
        return self.modern.function.__name__.replace("_", "-")

    @cached_property
    def parameters(self) -> type[BaseModel]:
        """What a reader may change: the parameters in the function's signature."""
        return model(self.modern.function)

    @cached_property
    def text(self) -> str:
        """When to use it and why."""
        return self._paragraphs[0]

    @cached_property
    def pitfalls(self) -> list[tuple[str, str]]:
        """What to mind: of what kind it is, and the sentence."""
        notes = [paragraph.partition(": ") for paragraph in self._paragraphs[1:]]
        return [(kind, text) for kind, _, text in notes]

    @cached_property
    def _paragraphs(self) -> list[str]:
        doc = inspect.getdoc(self.modern.function) or ""
        return [" ".join(paragraph.split()) for paragraph in doc.split("\n\n")]

    @property
    def forms(self) -> tuple[str, ...]:
        """The names of its forms."""
        return ("modern", "legacy") if self.legacy else ("modern",)

    def form(self, name: str) -> Form:
        """Its form `modern` or `legacy`. Raises LookupError where it has none."""
        if name == "modern":
            return self.modern
        if name == "legacy" and self.legacy is not None:
            return self.legacy
        raise LookupError(f"{self.slug} has no form {name!r}")


@dataclass(eq=False)
class Chapter:
    """A chapter: a module of recipes, in its order."""

    letter: str
    title: str
    recipes: list[Recipe] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return self.title.lower().replace(" ", "-")

    def recipe(
        self,
        title: str,
        *,
        keywords: str,
        links: tuple[str, ...],
        raises: type[Exception] | None = None,
        shared: bool = False,
        needs: str | None = None,
    ) -> Callable[[Function], Function]:
        """Make the function below a recipe.

        `keywords` are the words that people search for, `links` addresses of the official
        documentation. `raises` is the error that is the lesson. `shared` gives it connections
        of its own, to the same rows; `needs` names an extension of Postgres, a
        version like `Python 3.14`, or libraries of the tests, like `library asyncpg greenlet`.
        """

        def register(function: Function) -> Function:
            recipe = Recipe(title, Form(function), keywords, links, raises, shared, needs)
            recipe.chapter = self
            self.recipes.append(recipe)
            recipe.number = f"{self.letter}{len(self.recipes)}"
            return function

        return register

    def legacy(self, *, warns: bool = False, note: str = "") -> Callable[[Function], Function]:
        """Make the function below the legacy twin of the recipe above."""

        def register(function: Function) -> Function:
            self.recipes[-1].legacy = Form(function, warns, note)
            return function

        return register


def source(function: Callable[..., Any]) -> str:
    """The text of a function, after the module's imports that it uses."""
    text = textwrap.dedent(inspect.getsource(function))
    definition = parse(text).body[0]
    assert isinstance(definition, ast.FunctionDef)  # noqa: S101
    lines = text.splitlines()
    body = definition.body
    if ast.get_docstring(definition) is not None:
        body = body[1:]
        docstring = definition.body[0]
        start, end = docstring.lineno - 1, docstring.end_lineno or docstring.lineno
        while end < len(lines) and not lines[end].strip():
            end += 1  # the formatter's blank line before a class
        del lines[start:end]
    code = "\n".join(lines[definition.lineno - 1 :]).rstrip()
    definition.decorator_list = []
    used = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
    used -= {  # a variable of the function's own may have the name of an import
        target.id
        for statement in body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    before = _imports(sys.modules[function.__module__], used)
    return f"{before}\n\n\n{code}" if before else code


def _imports(module: Any, used: set[str]) -> str:
    kept: list[str] = []
    for node in _all_imports(module):
        if names := [alias for alias in node.names if imports.bound(alias) in used]:
            some = copy(node)
            some.names = names
            kept.append(imports.wrapped(ast.unparse(some)))
    return "\n".join(kept)


@cache  # a chapter's recipes share a module, and to parse it takes longer than all else here
def _all_imports(module: Any) -> list[imports.Import]:
    return imports.of(parse(inspect.getsource(module)))
