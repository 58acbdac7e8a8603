"""The imports at the top of code: those that a part of it uses, joined, sorted and wrapped."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable

WIDEST = 88  # characters of a line

Import = ast.Import | ast.ImportFrom


def of(tree: ast.Module) -> list[Import]:
    """The imports at the top of a module."""
    return [node for node in tree.body if isinstance(node, Import)]


def bound(alias: ast.alias) -> str:
    """The name that an import gives."""
    return (alias.asname or alias.name).split(".")[0]


def wrapped(line: str) -> str:
    """An import, in several lines where it is long."""
    if len(line) <= WIDEST:
        return line
    start, _, names = line.partition(" import ")
    names = textwrap.fill(names, WIDEST, initial_indent="    ", subsequent_indent="    ")
    return f"{start} import (\n{names},\n)"


class Imports:
    """What a program imports."""

    def __init__(self) -> None:
        self.names: dict[str, tuple[str, str]] = {}  # what each name means: its module, and there

    def take(self, nodes: Iterable[Import], used: set[str]) -> None:
        """Add what `nodes` import of the names that are used.

        Raises ValueError where two of them mean different things by one name.
        """
        for node in nodes:
            if getattr(node, "level", 0):
                continue  # of the stack
            for alias in node.names:
                if (name := bound(alias)) in used:
                    self._add(name, node, alias)

    def _add(self, name: str, node: Import, alias: ast.alias) -> None:
        as_name = f" as {alias.asname}" if alias.asname else ""
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        meaning = (module, alias.name + as_name)
        if self.names.setdefault(name, meaning) != meaning:
            raise ValueError(f"{name} is imported twice: {self.names[name]} and {meaning}")

    @property
    def packages(self) -> set[str]:
        """What has to be installed: the modules that Python does not bring."""
        modules = {module or name for module, name in self.names.values()}
        return {_top(one) for one in modules if not _is_standard(one)}

    def __str__(self) -> str:
        lines: dict[bool, list[tuple[bool, str, str]]] = defaultdict(list)
        members: dict[str, list[str]] = defaultdict(list)
        for module, name in self.names.values():
            if module:
                members[module].append(name)
            else:
                lines[_is_standard(name)].append((False, name, f"import {name}"))
        for module, names in members.items():
            line = wrapped(f"from {module} import {', '.join(sorted(names, key=_order))}")
            lines[_is_standard(module)].append((True, module, line))
        groups = [sorted(lines[is_standard]) for is_standard in (True, False)]
        return "\n\n".join("\n".join(line for *_, line in group) for group in groups if group)


def _top(module: str) -> str:
    """Of `sqlalchemy.orm`, or `sqlalchemy as sa`, the first word."""
    return re.split(r"\W", module, maxsplit=1)[0]


def _is_standard(module: str) -> bool:
    return _top(module) in sys.stdlib_module_names


def _order(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then the rest, as ruff sorts them."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name
