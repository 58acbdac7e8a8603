"""What a recipe needs of the stack's models: the classes, and of each only the members that count.

Everything goes by names. A member of a model stays where the recipe names it, or where something
else that stays does; so do the tables that SQL as text names.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Column

from ... import database, models
from ..imports import Import, of
from ..syntax import parse
from .rows import ROWS

_WORD = re.compile(r"[A-Za-z_]\w*")
_IN_SQL = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|COPY|TABLE|ON)\s+(\w+)")
_SEVERAL_BLANK = re.compile(r"\n{3,}")
_ALWAYS = {"__tablename__", "__repr__"}
_WHOLE = {"automap_base", "autoload_with", "reflect"}  # what sees every table with all its columns


def names(*nodes: ast.AST) -> set[str]:
    """All names in code, in its texts too."""
    found: set[str] = set()
    for node in chain.from_iterable(map(ast.walk, nodes)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.keyword(arg=str(name)):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Constant(value=str(text)):
                found.update(_WORD.findall(text))
            case _:
                pass
    return found


def _text(node: ast.AST | None) -> str:
    """The text that a constant is."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _table_names(function: ast.FunctionDef) -> Iterator[str]:
    """The texts in a function's code that may name a table: those of `__tablename__`, and what is
    given first to a call, as in `Table("persons", …)`."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id="__tablename__")], value=value):
                yield _text(value)
            case ast.Call(args=[first, *_]):
                yield _text(first)
            case _:
                pass


@dataclass
class Definition:
    """What a statement of the models' module defines."""

    name: str
    node: ast.stmt
    table: str = ""
    members: dict[str, ast.stmt] = field(default_factory=dict)  # of a model

    @property
    def is_model(self) -> bool:
        return isinstance(self.node, ast.ClassDef) and bool(self.table)

    def foreign_keys(self) -> Iterator[tuple[str, str]]:
        """Each member that is a foreign key, with the table that it refers to."""
        for name, member in self.members.items():
            for call in _calls(member, "ForeignKey"):
                (target,) = (a.value for a in call.args if isinstance(a, ast.Constant))
                yield name, str(target).partition(".")[0]


@dataclass
class Stack:
    """The models' module, and the base of its models."""

    text: list[str]
    definitions: dict[str, Definition]
    imports: list[Import]
    types: dict[str, str]  # the lines of the base's `type_annotation_map`, by the annotation
    types_imports: list[Import]

    def source(self, one: Definition) -> str:
        """The text of a definition."""
        return "\n".join(self.text[one.node.lineno - 1 : one.node.end_lineno])


@cache
def stack() -> Stack:
    """Read the models' source."""
    text = inspect.getsource(models)
    tree = parse(text)
    definitions = {one.name: one for node in tree.body for one in _defined(node)}
    base = inspect.getsource(database)
    lines, base_tree = base.splitlines(), parse(base)
    (types,) = (
        node.value
        for node in ast.walk(base_tree)
        if isinstance(node, ast.keyword) and node.arg == "type_annotation_map"
    )
    assert isinstance(types, ast.Dict)  # noqa: S101
    by_name = {ast.unparse(key): lines[key.lineno - 1].strip() for key in types.keys if key}
    return Stack(text.splitlines(), definitions, of(tree), by_name, of(base_tree))


def _defined(node: ast.stmt) -> Iterator[Definition]:
    match node:
        case ast.ClassDef(name=name, body=body):
            members = {_name(member): member for member in body}
            table = members.get("__tablename__")
            named = ast.literal_eval(table.value) if isinstance(table, ast.Assign) else ""
            yield Definition(name, node, named, members if named else {})
        case ast.FunctionDef(name=name):
            yield Definition(name, node)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            called = next(_calls(value, "Table"), None)
            table = ast.literal_eval(called.args[0]) if called else ""
            yield Definition(name, node, table)
        case _:
            pass


def _name(member: ast.stmt) -> str:
    match member:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.FunctionDef(name=name):
            return name
        case _:
            return "__doc__"


def _calls(node: ast.AST, function: str) -> Iterator[ast.Call]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) == function:
            yield inner


class Needed:
    """The definitions that a function needs, and the members of each."""

    def __init__(self, function: ast.FunctionDef, imported: set[str]) -> None:
        self.stack = stack()
        self.own = names(function)
        self.words = {*self.own}
        self.kept: dict[str, set[str]] = {}
        self.is_whole = bool(self.words & _WHOLE)
        texts = {text for node in ast.walk(function) if (text := _text(node))}
        tables = {table for text in texts for table in _IN_SQL.findall(text)}
        if self.is_whole:
            tables |= self.words
        if imported:
            tables |= {*_table_names(function)}
            self._keep(texts)
        self._keep(imported)
        self._keep(self._of_tables(tables & ROWS.keys()))
        while self._grow():
            pass

    def _of_tables(self, tables: set[str]) -> set[str]:
        return {one.name for one in self.stack.definitions.values() if one.table in tables}

    @property
    def definitions(self) -> list[Definition]:
        """What is needed, in the order of the module."""
        return [one for one in self.stack.definitions.values() if one.name in self.kept]

    @property
    def nodes(self) -> list[ast.stmt]:
        """Their parts that are needed."""
        return [
            node
            for one in self.definitions
            for node in (
                [one.members[name] for name in self.kept[one.name]] if one.is_model else [one.node]
            )
        ]

    def fills(self, one: Definition, column: Column[Any]) -> bool:
        """Whether the rows of a table need values for a column."""
        if not one.is_model:
            return True
        if self.is_whole and (column.nullable or column.server_default):
            return column.name in self.own  # it is there only to be seen
        return column.name in self.kept[one.name]

    def source(self, one: Definition) -> str:
        """The text of a definition, with the members that are needed."""
        lines = self.stack.text
        if not one.is_model:
            return self.stack.source(one)
        found = [lines[one.node.lineno - 1]]
        before = one.node.lineno  # where the member before it ends
        for name, member in one.members.items():
            if name in self.kept[one.name]:
                text = lines[before : member.end_lineno]
                found += text if len(found) > 1 else "\n".join(text).strip("\n").split("\n")
            elif len(found) > 1 and not lines[before].strip() and found[-1]:
                found.append("")
            before = member.end_lineno or before
        return _SEVERAL_BLANK.sub("\n\n", "\n".join(found)).rstrip()

    def _keep(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.stack.definitions:
                self.kept.setdefault(name, set())

    def _grow(self) -> bool:
        """Keep what the kept need; say whether that was anything."""
        before = {name: len(members) for name, members in self.kept.items()}
        for name in before:
            one = self.stack.definitions[name]
            if not one.is_model:
                self._heed(one.node)
                continue
            for member in self._wanted(one) - self.kept[name]:
                self.kept[name].add(member)
                self._heed(one.members[member])
        return before != {name: len(members) for name, members in self.kept.items()}

    def _heed(self, node: ast.AST) -> None:
        """Note the names in what is kept, and keep what they mean."""
        named = names(node)
        self.words |= named - {"db"}
        self._keep(named | self._of_tables(named & ROWS.keys()))

    def _wanted(self, one: Definition) -> set[str]:
        wanted = {
            name
            for name, member in one.members.items()
            if name in _ALWAYS
            or "primary_key" in names(member)
            or (
                # Its own members are named in settings such as `__mapper_args__` anyway.
                (names(member) - one.members.keys()) & self.words
                if name.startswith("__")
                else self.is_whole or name in self.words
            )
        }
        return wanted | {name for name, table in one.foreign_keys() if self._links(one, table)}

    def _links(self, one: Definition, table: str) -> bool:
        """Whether a foreign key to a table counts: both sides are here, or a relationship
        leads back to its own table."""
        if table == one.table:
            kept = (one.members[member] for member in self.kept[one.name])
            return any(
                next(_calls(member, "relationship"), None) and one.name in names(member)
                for member in kept
            )
        return any(self.stack.definitions[name].table == table for name in self.kept)
