"""A recipe as a program: the database's URL, the models it works on, the recipe itself, then the
rows, and a call that prints what it gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

from ...models import Person
from ..imports import Import, Imports, bound, of
from ..recipe import Form, Recipe
from ..syntax import parse
from . import literal
from .needed import Definition, Needed, names, stack
from .rows import ROWS

SCHEMA, PUBLIC = "cheatsheet", "public"  # where the sheet has its tables, and a program its own
DATABASE_URL = "postgresql+psycopg2://scott:tiger@localhost/test"

_DB = r"(?<![\w.])db\."  # the stack's, and not an attribute of something else

# What a program may import besides what its recipe and its models do.
_OWN = of(
    parse("""
from datetime import UTC, datetime
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, insert, make_url, text
from sqlalchemy.orm import DeclarativeBase, registry
""")
)

# What pip calls a module, where it has another name for it.
_DISTRIBUTIONS = {
    "flask": "Flask",
    "flask_sqlalchemy": "Flask-SQLAlchemy",
    "psycopg2": "psycopg2-binary",
    "sqlalchemy": "SQLAlchemy",
}


@lru_cache(maxsize=512)
def program(recipe: Recipe, form: str = "modern") -> Program:
    """Give a form of a recipe as a program. Raises LookupError where it has no such form."""
    return Program(recipe, recipe.form(form))


class Program:
    """A recipe's function, and what it needs to run."""

    def __init__(self, recipe: Recipe, form: Form) -> None:
        self.recipe = recipe
        tree = parse(form.source)
        self.imports: list[Import] = []
        taken = set[str]()
        for one in of(tree):
            if isinstance(one, ast.ImportFrom) and (one.module or "").startswith("retort."):
                taken |= {alias.name for alias in one.names}
            else:
                self.imports.append(one)
        self.has_db = "db" in taken
        self.code = "\n".join(form.source.splitlines()[tree.body[-1].lineno - 1 :])
        self.code = _outside(self.code, self.has_db)
        self.needed = Needed(self._function, taken)
        self.tables = [one for one in self.needed.definitions if one.table]
        self.has_engine = any(map(self._is_engine, ast.walk(self._function)))
        self.has_flask = self._needs_flask()
        if self.has_db and not self.has_flask:
            self.code = re.sub(rf"{_DB}engine\b", "engine", self.code)

    @property
    def _function(self) -> ast.FunctionDef:
        (function,) = parse(self.code).body
        assert isinstance(function, ast.FunctionDef)  # noqa: S101
        return function

    def _is_engine(self, node: ast.AST) -> bool:
        return self.has_db and isinstance(node, ast.Attribute) and ast.unparse(node) == "db.engine"

    def _needs_flask(self) -> bool:
        """Whether it takes more of `db` than an engine, or needs an application context."""
        nodes = [*ast.walk(self._function)]
        uses = [ast.unparse(node) for node in nodes if isinstance(node, ast.Name | ast.Attribute)]
        others = uses.count("db") > uses.count("db.engine") if self.has_db else False
        queries = any(f"{one.name}.query" in uses for one in self.tables)
        own = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        of_flask = {
            alias.name
            for one in self.imports
            if isinstance(one, ast.ImportFrom) and one.module == "flask"
            for alias in one.names
        }
        needs_context = of_flask & set(uses) - {"Flask"}
        return bool(others or queries or needs_context or (self.has_engine and "engine" in own))

    @cached_property
    def _start(self) -> list[str]:
        """What leads to the database."""
        if not self.has_flask:
            has_engine = self.has_engine or self.tables or self._extension
            return ["engine = create_engine(DATABASE_URL)"] if has_engine else []
        lines = ["app = Flask(__name__)"]
        if self.has_db or self.tables:
            lines.append('app.config["SQLALCHEMY_DATABASE_URI"] = DATABASE_URL')
            lines += [] if self.tables else ["db = SQLAlchemy(app)"]
        return lines

    @cached_property
    def _base(self) -> str:
        if not self.tables:
            return ""
        kept = names(*self.needed.nodes)
        types = [f"        {line}" for name, line in stack().types.items() if name in kept]
        lines = ["    type_annotation_map = {", *types, "    }"]
        if self.has_flask:  # Flask-SQLAlchemy makes a base of this one, and takes no map then
            lines = ["    registry = registry(", *[f"    {line}" for line in lines], "    )"]
            lines[1] = lines[1].replace(" = ", "=")
        return "\n".join(["class Base(DeclarativeBase):", *lines])

    @cached_property
    def _models(self) -> list[str]:
        sources = [self.needed.source(one) for one in self.needed.definitions]
        if self.has_flask:
            return sources
        return [re.sub(r"\bdb\.Model\b", "Base", text).replace("db.", "Base.") for text in sources]

    @cached_property
    def _end(self) -> list[str]:
        """What fills the tables, calls the recipe, and prints what it gives."""
        if self.has_flask:
            lines = [*self._filling("db.session.execute")]
            if self.tables:
                lines.insert(0, "    db.create_all()")
            lines += ["    db.session.commit()", ""] if lines else []
            return ["with app.app_context():", *lines, *self._call("    ")]
        lines = [*self._filling("connection.execute")]
        if lines:
            lines = ["with engine.begin() as connection:", *lines, ""]
        if self.tables:
            lines.insert(0, "Base.metadata.create_all(engine)")
        return [*lines, *self._call("")]

    @property
    def _extension(self) -> str:
        return "" if self._kind in {"Python", "library"} else self.recipe.needs or ""

    @property
    def _kind(self) -> str:
        """What sort of thing the recipe needs; of Postgres' extensions there is only the name."""
        return (self.recipe.needs or "").partition(" ")[0]

    def _filling(self, execute: str) -> Iterator[str]:
        if self._extension:
            yield f'    {execute}(text("CREATE EXTENSION {self._extension}"))'
        tables = {one.table: one for one in self.tables}
        for one in (tables[table] for table in ROWS if table in tables):
            yield from literal.insert(execute, one.name, [*self._rows(one)], "    ")

    def _rows(self, one: Definition) -> Iterator[dict[str, Any]]:
        """The rows of a table, without what Postgres fills in by itself."""
        given = ROWS[one.table]
        columns = [
            column.name
            for column in Person.metadata.tables[one.table].columns
            if column.identity is None and self.needed.fills(one, column)
            if any(str(row[column.name]) != _default(column) for row in given)
        ]
        for row in given:
            yield {column: row[column] for column in columns}

    def _call(self, indent: str) -> list[str]:
        function = self._function
        call = f"{indent}{function.name}()"
        if self.recipe.raises:
            return [f"{call}  # raises {self.recipe.raises.__name__}"]
        if function.returns and ast.unparse(function.returns).startswith("list"):
            return [f"{indent}for each in {call.strip()}:", f"{indent}    print(each)"]
        return [f"{indent}print({call.strip()})"]

    def __str__(self) -> str:
        start, end = "\n".join(self._start), "\n".join(self._end)
        database = (
            "db = SQLAlchemy(app, model_class=Base)" if self.has_flask and self.tables else ""
        )
        definitions = [*filter(None, [self._base, database, *self._models])]
        imports = Imports()
        imports.take(self.imports, _used(self.code))
        imports.take(stack().imports, _used(*self._models))
        imports.take(stack().types_imports, _used(self._base))
        imports.take(_OWN, _used(start, self._base, database, end))
        imports.take(_OWN, {"make_url"} & _used(self.code))
        body = "\n\n\n".join([*definitions, self.code, end])
        has_url = "DATABASE_URL" in start + body
        url = f'DATABASE_URL = "{DATABASE_URL}"' if has_url else ""
        head = "\n\n".join(
            filter(None, [self._comment(imports, has_url), str(imports), url, start])
        )
        return f"{head}\n\n\n{body}\n"

    def _comment(self, imports: Imports, has_url: bool) -> str:
        """How it is run."""
        packages = self._packages | imports.packages
        if has_url:
            packages.add("psycopg2")
        if "flask_sqlalchemy" in packages:
            packages -= {"flask", "sqlalchemy"}  # which it brings
        lines = [f"# Runs by itself{', on an empty database' if has_url else ''}."]
        if packages:
            said = sorted(_DISTRIBUTIONS.get(one, one) for one in packages)
            lines.append(f"# pip install {' '.join(said)}")
        if self._kind == "Python":
            lines.append(f"# It needs {self.recipe.needs} or later.")
        elif self._extension:
            lines.append(f"# It needs the extension {self._extension}, which comes with Postgres.")
        return "\n".join(lines)

    @property
    def _packages(self) -> set[str]:
        """What has to be installed for what stands inside of the function: its own imports, and
        the drivers that its URLs name."""
        inner = Imports()
        nodes = [node for node in ast.walk(self._function) if isinstance(node, Import)]
        inner.take(nodes, {bound(alias) for node in nodes for alias in node.names})
        libraries = (self.recipe.needs or "").split()[1:] if self._kind == "library" else []
        return inner.packages | {*libraries, *re.findall(r"postgresql\+(\w+)", self.code)}


def _outside(code: str, has_db: bool) -> str:
    """Put the database's URL and the program's schema in place of the stack's."""
    if has_db:
        code = re.sub(rf"{_DB}engine\.url(?=\.)", "make_url(DATABASE_URL)", code)
        code = re.sub(rf"{_DB}engine\.url\b", "DATABASE_URL", code)
    code = code.replace('current_app.config["SQLALCHEMY_DATABASE_URI"]', "DATABASE_URL")
    return re.sub(rf'(?<="){SCHEMA}(?=")|\b{SCHEMA}(?=\.)', PUBLIC, code)


def _used(*texts: str) -> set[str]:
    return {
        node.id for text in texts for node in ast.walk(parse(text)) if isinstance(node, ast.Name)
    }


def _default(column: Any) -> str | None:
    default = column.server_default
    return None if default is None else str(default.arg)
