"""Makes what a recipe gave ready to be shown, before the run ends, since an object may have to be
loaded again for it."""

# Values of any type pass here.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

MOST = 40  # rows shown
WIDEST = 400  # characters of a value
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")  # of an object in memory: another in each run


@dataclass
class Shown:
    """A table, a text, or an error."""

    columns: list[str]
    rows: list[list[str]]
    text: str = ""
    error: str = ""  # the exception's class
    more: int = 0  # rows that are not shown


def show(value: Any) -> Shown:
    """Take what a recipe returned (rows, objects, a dict, one value), give what to show."""
    if isinstance(value, dict):
        return _table(["", ""], [[str(key), _repr(one)] for key, one in value.items()])
    if isinstance(value, str):
        return Shown([], [], value[: 50 * WIDEST])
    if isinstance(value, list):
        return _list(value)
    return Shown([], [], _repr(value))


def failed(error: Exception) -> Shown:
    """Take what a recipe raised, give what to show."""
    name = type(error).__name__
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Shown(
            [], [], "the server ended the run: it took too long, or the server was stopped", name
        )
    original = getattr(error, "orig", None)
    text = _ADDRESS.sub("0x…", str(original or error).strip())
    return Shown([], [], text[: 10 * WIDEST], name)


def _list(values: list[Any]) -> Shown:
    first = values[0] if values else None
    if isinstance(first, Row):
        return _table(list(first._fields), [[_cell(one) for one in row] for row in values])
    if isinstance(first, dict):
        return _table(
            [str(key) for key in first], [[_cell(one) for one in row.values()] for row in values]
        )
    if not values:
        return Shown([], [], "[]")
    return _table([""], [[_repr(value)] for value in values])


def _table(columns: list[str], rows: Iterable[list[str]]) -> Shown:
    rows = list(rows)
    return Shown(columns, rows[:MOST], more=max(0, len(rows) - MOST))


def _cell(value: Any) -> str:
    """A value in a row, more as psql shows it than as Python does."""
    if isinstance(value, str | datetime | date):
        return str(value.value if isinstance(value, Enum) else value)[:WIDEST]
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_cell)[:WIDEST]
    return _repr(value) if _is_object(value) else str(value)[:WIDEST]


def _is_object(value: Any) -> bool:
    return hasattr(value, "__mapper__")


def _repr(value: Any) -> str:
    """As a Python prompt would show it."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list):
        return f"[{', '.join(map(_repr, value[:MOST]))}{', …' if len(value) > MOST else ''}]"
    try:
        return repr(value)[:WIDEST]
    except Exception as error:
        return f"<{type(value).__name__}: {type(error).__name__}>"
