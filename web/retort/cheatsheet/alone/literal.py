"""Rows as code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

WIDEST = 88  # characters of a line


def insert(execute: str, name: str, rows: list[dict[str, Any]], indent: str) -> list[str]:
    """The lines that insert rows into a table or model of a name, by a method `execute`."""
    inner = [line for row in rows for line in _row(row, indent + " " * 4)]
    return [f"{indent}{execute}(insert({name}), [", *inner, f"{indent}])"]


def _row(row: dict[str, Any], indent: str) -> Iterable[str]:
    line = f"{indent}{literal(row)},"
    if len(line) <= WIDEST:
        return [line]
    pairs = (f"{indent}    {literal(key)}: {literal(value)}," for key, value in row.items())
    return [f"{indent}{{", *pairs, f"{indent}}},"]


def literal(value: Any) -> str:
    """A value as one would write it."""
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return str(value)  # a number is enough for an INSERT
        case datetime():
            parts = [value.year, value.month, value.day, value.hour]
            return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            pairs = (f"{literal(key)}: {literal(one)}" for key, one in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return repr(value)
