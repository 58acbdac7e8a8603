"""Removes from a Python module whatever belongs to a part that is gone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

BODIES = ("body", "orelse", "finalbody")
Placed = ast.expr | ast.alias
LITERALS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


@dataclass
class Pruner:
    """`gone` are the modules, `strings` the texts, and `names` the names that do not exist any
    more."""

    path: str
    source: str
    names: set[str]
    gone: re.Pattern[str] = re.compile(r"(?!)")
    strings: re.Pattern[str] = re.compile(r"(?!)")
    cuts: set[tuple[int, int, str]] = field(default_factory=set[tuple[int, int, str]])

    def pruned(self) -> str:
        """The module without all that, not formatted; an empty text if nothing is left."""
        tree = ast.parse(self.source)
        self.starts = [0]
        for line in self.source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        if not self._body(tree.body):
            return ""
        text, end = "", 0
        for start, stop, instead in sorted(self.cuts):
            if start >= end:
                text += self.source[end:start] + instead
            end = max(end, stop)
        return text + self.source[end:]

    def _body(self, body: list[ast.stmt]) -> bool:
        """Whether more than a docstring is left of a body."""
        known, left = -1, body
        while known != len(self.names):
            known = len(self.names)
            left = [statement for statement in body if not self._goes(statement)]
        return len(left) == len(body) or any(not is_docstring(one) for one in left)

    def _goes(self, statement: ast.stmt) -> bool:
        """Whether the whole statement goes. Notes what has to be cut: all of it, or parts."""
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return self._import(statement)
        if isinstance(statement, ast.ClassDef):
            stays = statement.name not in self.names and self._bases(statement)
        else:
            stays = getattr(statement, "name", None) not in self.names and self._heads(statement)
        if stays and isinstance(statement, ast.FunctionDef):
            outer = set(self.names)
            self.names -= {*chain.from_iterable(map(targets, statement.body))}
            is_whole = not statement.name.startswith("test_") or self._steps(statement)
            stays = is_whole and self._body(statement.body) and self._gives(statement)
            self.names = outer  # its own names end here
        elif stays:
            inner = [body for name in BODIES if (body := getattr(statement, name, None))]
            inner += [each.body for each in getattr(statement, "handlers", [])]
            stays = all([self._body(body) for body in inner])  # noqa: C419 - each has to be read
        return not stays and self._cut(statement)

    def _gives(self, function: ast.FunctionDef) -> bool:
        """Whether a function still returns what it did at its end."""
        last = function.body[-1]
        return not (isinstance(last, ast.Return) and self._goes(last))

    def _bases(self, statement: ast.ClassDef) -> bool:
        """Whether a class keeps one of its bases, if it had some."""
        gone = [base for base in statement.bases if self._mentions(base)]
        if len(gone) < len(statement.bases):
            self._cut_nodes(gone, statement.bases)
        return not gone or len(gone) < len(statement.bases)

    def _heads(self, statement: ast.stmt) -> bool:
        """Whether what stands before a body, or a statement without one, can stay, if need be
        without some elements."""
        return self._survives(list(heads(statement)))

    def _steps(self, test: ast.FunctionDef) -> bool:
        """Whether a test can keep all its steps, if need be without some elements; not of a dict,
        which is one thing there."""
        return self._survives(list(test.body), pairs=False)

    def _survives(self, within: Sequence[ast.AST], *, pairs: bool = True) -> bool:
        """Whether all that goes are elements of literals, and, if `pairs`, of a dict; these are
        then cut."""
        spans: list[tuple[list[tuple[int, int]], int, bool]] = []
        for place in (n for one in within for n in ast.walk(one) if self._is_gone(n)):
            found = self._element(within, place, pairs)
            if found is None:
                return False
            spans.append(found)
        for siblings, _, _ in spans:
            going = {at for others, at, _ in spans if others == siblings}
            if len(going) == len(siblings):
                return False  # nothing would be left of a literal
        for siblings, _, is_tuple in spans:
            going = {at for others, at, _ in spans if others == siblings}
            self._cut_some(siblings, going, is_tuple=is_tuple)
        return True

    def _element(
        self, within: Sequence[ast.AST], place: ast.AST, pairs: bool
    ) -> tuple[list[tuple[int, int]], int, bool] | None:
        """The outermost element of a list, tuple, set or dict that `place` is in, as the spans of
        all elements, the index of this one, and whether they are a tuple's."""
        for node in (inner for one in within for inner in ast.walk(one)):
            if not isinstance(node, LITERALS) or (isinstance(node, ast.Dict) and not pairs):
                continue
            if isinstance(node, ast.Dict):
                elements = [
                    (key or value, value) for key, value in zip(node.keys, node.values, strict=True)
                ]
            else:
                elements = [(element, element) for element in node.elts]
            for at, (first, last) in enumerate(elements):
                if any(place is inner for one in (first, last) for inner in ast.walk(one)):
                    spans = [(self._at(one), self._end(other)) for one, other in elements]
                    is_tuple = isinstance(node, ast.Tuple)
                    return (spans, at, is_tuple) if len(spans) > 1 else None
        return None

    def _mentions(self, node: ast.AST) -> bool:
        return any(self._is_gone(inner) for inner in ast.walk(node))

    def _is_gone(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.arg):
            return node.arg in self.names
        if isinstance(node, ast.Attribute):
            return bool(self.strings.fullmatch(node.attr))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return bool(self.strings.search(node.value)) or node.value in self.names
        return False

    def _import(self, statement: ast.Import | ast.ImportFrom) -> bool:
        origin = self._origin(statement)
        gone = [alias for alias in statement.names if self.gone.match(f"{origin}{alias.name}")]
        self.names |= {alias.asname or alias.name.partition(".")[0] for alias in gone}
        if len(gone) == len(statement.names):
            return self._cut(statement)
        self._cut_nodes(gone, statement.names)
        return False

    def _origin(self, statement: ast.Import | ast.ImportFrom) -> str:
        if isinstance(statement, ast.Import):
            return ""
        package = re.sub("^(web|db-init)/", "", self.path).split("/")[:-1]
        above = package[: len(package) + 1 - statement.level]
        origin = ".".join([*(above if statement.level else []), *filter(None, [statement.module])])
        return f"{origin}."

    def _cut(self, statement: ast.stmt) -> bool:
        """Cut the statement with the comments above it; the names that it defines are gone too."""
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            self.names.add(statement.name)
        for target in targets(statement):
            self.names.add(target)
        first = min(
            [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))]
        )
        lines = self.source.splitlines()
        while first > 1 and lines[first - 2].strip().startswith("#"):
            first -= 1
        self.cuts.add((self.starts[first - 1], self.starts[statement.end_lineno or first], ""))
        return True

    def _cut_nodes(self, gone: Sequence[Placed], siblings: Sequence[Placed]) -> None:
        spans = [(self._at(one), self._end(one)) for one in siblings]
        self._cut_some(spans, {[*siblings].index(node) for node in gone})

    def _cut_some(
        self, spans: list[tuple[int, int]], going: set[int], *, is_tuple: bool = False
    ) -> None:
        """Cut some of several elements, with their commas; a tuple of one needs its own."""
        kept = [at for at in range(len(spans)) if at not in going]
        if is_tuple and len(kept) == 1 and not re.match(r"\s*,", self.source[spans[-1][1] :]):
            end = spans[kept[0]][1]
            self.cuts.add((end, end, ","))
        for at in going:
            if any(other > at for other in kept):
                self.cuts.add((spans[at][0], spans[at + 1][0], ""))
            else:
                self.cuts.add((spans[kept[-1]][1], spans[at][1], ""))

    def _at(self, node: Placed) -> int:
        return self._offset(node.lineno, node.col_offset)

    def _end(self, node: Placed) -> int:
        return self._offset(node.end_lineno or 0, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        """The index of a place in the source; `ast` counts columns in bytes."""
        start = self.starts[line - 1]
        return start + len(self.source[start : self.starts[line]].encode()[:column].decode())


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def heads(statement: ast.stmt) -> list[ast.AST]:
    """What stands before the first body."""
    return [
        child
        for child in ast.iter_child_nodes(statement)
        if not isinstance(child, ast.stmt | ast.excepthandler)
    ]


def targets(statement: ast.stmt) -> Iterator[str]:
    for target in [*getattr(statement, "targets", []), getattr(statement, "target", None)]:
        for node in ast.walk(target) if target else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
