"""A run in the room that paper has: its statements with their values, and its result, both
shortened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any, cast

from ..renderers.wording import reads_catalogue
from ..runs.record import Statement
from ..runs.result import Shown
from . import normal

STATEMENTS = 7
LONGEST = 420  # characters of a statement
VALUE = 40  # characters of a value in it
ROWS = 5
CELL = 90  # characters
LINES = 9  # of a result that is a text

_COLUMN = r'(?:\w+\.)*"?\w+"?(?: AS \w+)?'
_COLUMNS = re.compile(rf"\b(SELECT (?:DISTINCT )?|RETURNING )({_COLUMN})(?:, {_COLUMN}){{3,}}")
_NAMED, _IN_ORDER = re.compile(r"%%|%\((\w+)\)s"), re.compile(r"%%|%s|\?")
_NUMBERED = re.compile(r"\$(\d+)")
_CAST = re.compile(r"(%\(\w+\)s|\$\d+)::[A-Z]+(?:\[\]|\(\d+\))*")
_CREATES = ("CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX")


@dataclass
class Line:
    """A statement, how often it was sent in a row, and its error."""

    sql: str
    times: int
    error: str
    connection: int  # 0 where the run has but one


def statements(given: Sequence[Statement], *, ddl: bool) -> tuple[list[Line], int]:
    """The first statements, and how many more there are. Left out are those that any run has: those
    that begin a transaction, end one that only read, or look whether a table exists. Unless `ddl`,
    the columns of CREATE TABLE are left out too."""
    several = any(statement.connection > 1 for statement in given)
    lines: list[Line] = []
    for _, (first, *more) in groupby(_telling(given), _alike):
        connection = first.connection if several else 0
        line = Line(sql(first), 1 + len(more), first.error or "", connection)
        if not ddl and line.sql.startswith(_CREATES):
            line.sql = re.sub(r" \(.*", " (…)", line.sql)
        if lines and _goes_on(lines[-1], line, ddl=ddl):
            lines[-1].sql += f"; {line.sql}"
        else:
            lines.append(line)
    return lines[:STATEMENTS], sum(line.times for line in lines[STATEMENTS:])


def _goes_on(last: Line, line: Line, *, ddl: bool) -> bool:
    """Whether a statement goes into the line of the last one."""
    if (last.times, last.error, last.connection) != (line.times, line.error, line.connection):
        return False
    creates = last.sql.startswith(_CREATES) and line.sql.startswith(_CREATES)
    return line.sql in ("COMMIT", "ROLLBACK") or (creates and not ddl)


def _alike(statement: Statement) -> tuple[str, int, str | None]:
    return statement.sql, statement.connection, statement.error


def _telling(given: Iterable[Statement]) -> Iterator[Statement]:
    did: dict[int, bool] = {}  # for each connection, whether its transaction did more than read
    for statement in normal.statements(given):
        at = statement.connection
        if statement.sql == "BEGIN":
            did[at] = False
            continue
        only_ends = statement.sql == "ROLLBACK" and not did.get(at)
        if not only_ends and not reads_catalogue(statement):
            yield statement
        did[at] = did.get(at) or bool(statement.error) or not statement.sql.startswith("SELECT")


def sql(statement: Statement) -> str:
    """A statement on one line, with its first set of values in their places."""
    shown = " ".join(statement.sql.split())
    shown = _COLUMNS.sub(r"\1\2, …", shown)
    if values := statement.parameters:
        shown = _filled(_CAST.sub(r"\1", shown), values[0] if isinstance(values, list) else values)
    shown = normal.normal(shown)
    if len(shown) > LONGEST:
        shown = f"{shown[: LONGEST * 2 // 3].rstrip()} … {shown[-LONGEST // 3 :].lstrip()}"
    return shown


def _filled(shown: str, values: Any) -> str:
    if isinstance(values, dict):
        named = cast("dict[str, Any]", values)
        return _NAMED.sub(lambda m: _literal(named[m[1]]) if m[1] else "%", shown)
    if _NUMBERED.search(shown):
        return _NUMBERED.sub(lambda m: _literal(values[int(m[1]) - 1]), shown)
    in_order = iter(values)
    return _IN_ORDER.sub(lambda m: "%" if m[0] == "%%" else _literal(next(in_order)), shown)


def _literal(value: Any) -> str:
    """A value as a literal of SQL."""
    value = getattr(value, "adapted", value)  # what psycopg2 wraps
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_literal, cast('list[Any]', value)))}]"
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    if isinstance(value, int | float | Decimal):
        return str(value)
    shown = str(value).replace("'", "''")
    return f"'{shown[:VALUE]}…'" if len(shown) > VALUE else f"'{shown}'"


def result(shown: Shown) -> Shown:
    """The first rows or lines, each value of one line."""
    rows = [[_cut(normal.normal(cell)) for cell in row] for row in shown.rows]
    lines = normal.normal(shown.text).splitlines()
    more = shown.more + len(rows) - len(rows[:ROWS])
    if shown.error:
        lines = [_cut(" ".join(lines), 3 * CELL)]
    elif len(lines) > LINES:
        lines[LINES - 1 :] = ["…"]
    return replace(shown, rows=rows[:ROWS], text="\n".join(lines), more=more)


def _cut(cell: str, longest: int = CELL) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= longest else f"{line[:longest].rstrip()}…"
