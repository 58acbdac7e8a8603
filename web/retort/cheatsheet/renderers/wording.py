"""SQL, its parameters and its plan as texts, for every form of the sheet."""

# Values of any type pass here.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from inspect import cleandoc
from itertools import groupby
from textwrap import fill
from typing import Any

import sqlparse

from ..recipe import Recipe
from ..runs.plan import Node
from ..runs.record import Lines, Record, Statement

LONGEST = 900  # characters of a statement
WIDEST = 80  # characters of a parameter
SETS = 3  # of parameters that are shown, where a statement has many

# What SQLAlchemy looks up in Postgres' catalogue, by a word of the statement; the first that fits.
_CATALOGUE = {
    "pg_enum": "enums",
    "pg_index": "indexes",
    "pg_constraint": "keys and constraints",
    "format_type": "columns",
    "pg_description": "comments",
    "pg_sequence": "sequences",
    "pg_class": "tables",
}
# What follows a function. In it sqlparse would begin new lines, and move the next column right.
_AFTER = re.compile(r" (?:OVER|FILTER|WITHIN GROUP) \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_NAMED = re.compile(r"\bAS \w+\([^()]*\)")  # the columns of a function's or VALUES' rows


def sql(text: str) -> str:
    """A statement with a line for each clause."""
    text = text.strip()
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2].rstrip()} … {text[-LONGEST // 3 :].lstrip()}"
    return _clauses(text)


@lru_cache(maxsize=1000)
def _clauses(text: str) -> str:
    if text.upper().startswith(("CREATE", "COPY")):
        return text.expandtabs(2)
    if text.upper().startswith("MERGE"):  # sqlparse does not know it
        return cleandoc(text)
    kept: list[str] = []

    def keep(after: re.Match[str]) -> str:
        kept.append(after[0])
        return f"_kept{len(kept) - 1}_".ljust(len(after[0]), "_")  # a part of the name, as long

    text = str(sqlparse.format(_AFTER.sub(keep, text), reindent=True, wrap_after=72)).strip()
    text = re.sub(r"_kept(\d+)_+", lambda name: kept[int(name[1])], text)
    text = re.sub(r"\n\s*FOR\n\s*UPDATE", "\nFOR UPDATE", text)
    text = re.sub(r"\s+ON CONFLICT\b", "\nON CONFLICT", text)
    text = re.sub(r"\s+DO\s+UPDATE\s+SET\b", "\nDO UPDATE SET", text)
    text = re.sub(r"\n\s*\n", "\n", text)
    text = _NAMED.sub(lambda named: " ".join(named[0].split()), text)
    head, returning, columns = text.rpartition(" RETURNING ")
    if returning and not text.startswith("WITH"):  # sqlparse takes it for a part of VALUES
        columns = fill(" ".join(columns.split()), 70, subsequent_indent=" " * len("RETURNING "))
        return f"{head}\nRETURNING {columns}"
    return text


def parameters(given: Any) -> list[str]:
    """The values that went with a statement, a line for each set of them."""
    if not given:
        return []
    if isinstance(given, Lines):
        return given
    if isinstance(given, list):
        lines = [line for one in given[:SETS] for line in parameters(one)]
        return [*lines, f"… {len(given)} sets"] if len(given) > SETS else lines
    if isinstance(given, dict):
        pairs = list(given.items())
        shown = ", ".join(f"{name} = {_value(value)}" for name, value in pairs[: 4 * SETS])
        return [shown + (f", … {len(pairs)} values" if len(pairs) > 4 * SETS else "")]
    return [", ".join(map(_value, given))]


def _value(value: Any) -> str:
    text = repr(getattr(value, "adapted", value))  # what psycopg2 wraps
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"


def needs(recipe: Recipe) -> str:
    """What has to be there for a recipe, as a sentence; nothing for most."""
    kind, _, names = (recipe.needs or "").partition(" ")
    if kind == "Python":
        return f"It needs Python {names}."
    if kind == "library":
        return f"It needs {' and '.join(names.split())}, which the image does not have."
    return f"It needs the extension {kind}, which comes with Postgres." if kind else ""


def reads_catalogue(statement: Statement) -> bool:
    """Whether it is SQLAlchemy's, to see which tables exist and what they have."""
    return statement.sql.startswith("SELECT") and "pg_catalog." in statement.sql


def catalogue(statements: Sequence[Statement]) -> str:
    """What such statements look for: `SQLAlchemy looks up tables, columns: 2 statements`."""
    found = [
        next((what for name, what in _CATALOGUE.items() if name in statement.sql), "types")
        for statement in statements
    ]
    said = ", ".join(dict.fromkeys(found))
    return f"SQLAlchemy looks up {said} in the catalogue: {count(len(found), 'statement')}"


def grouped(statements: Iterable[Statement]) -> list[list[Statement]]:
    """The statements one by one, but those to the catalogue that follow each other together."""
    groups: list[list[Statement]] = []
    for is_catalogue, same in groupby(statements, reads_catalogue):
        each = [*same]
        groups += [each] if is_catalogue else [[statement] for statement in each]
    return groups


def took(statement: Statement) -> str:
    """What a statement took and gave: `0.4 ms, 6 rows`."""
    if statement.error or statement.milliseconds is None:
        return gave(statement)
    return ", ".join(filter(None, [f"{statement.milliseconds:.1f} ms", gave(statement)]))


def gave(statement: Statement) -> str:
    """What a statement gave: `6 rows`."""
    if statement.error:
        return statement.error
    parts: list[str] = []
    if statement.rows is not None:
        parts.append(count(statement.rows, "row"))
    if statement.round_trips != 1:
        parts.append(count(statement.round_trips, "round trip"))
    return ", ".join(parts)


def plan(root: Node) -> Generator[tuple[int, Node, str]]:
    """A line for each step: its depth, itself, and what it took."""
    for depth, node in root.walk():
        yield depth, node, step(node)


def step(node: Node) -> str:
    """What a step of a plan took and gave."""
    loops = f", {node.loops} times" if node.loops > 1 else ""
    return (
        f"{node.milliseconds:.3f} ms, {count(node.rows, 'row')}, {node.expected} expected"
        f"{loops}, {count(node.blocks, 'block')}"
    )


def summary(record: Record) -> str:
    """`2 statements, 4 round trips`."""
    return f"{count(record.sent, 'statement')}, {count(record.round_trips, 'round trip')}"


def count(number: float, noun: str) -> str:
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def plain(value: Any) -> Any:
    """A parameter's value for a form or for JSON."""
    return value if isinstance(value, int) else str(getattr(value, "value", value))
