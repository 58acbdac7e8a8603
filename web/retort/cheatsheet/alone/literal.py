"""Rows as code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Any, cast

from ..imports import WIDEST

SHORT = 40  # characters of rows that stand beside each other


def insert(execute: str, name: str, rows: list[dict[str, Any]], indent: str) -> list[str]:
    """The lines that insert rows into a table or model of a name, by a method `execute`."""
    lines = [f"{indent}{execute}(insert({name}), ["]
    are_short = all(len(literal(row)) < SHORT for row in rows)
    for row in rows:
        text = f"{literal(row)},"
        if are_short and len(lines) > 1 and len(lines[-1]) + len(text) < WIDEST:
            lines[-1] += f" {text}"
        else:
            lines += _row(row, indent + " " * 4)
    return [*lines, f"{indent}])"]


def _row(row: dict[str, Any], indent: str) -> Iterable[str]:
    line = f"{indent}{literal(row)},"
    if len(line) <= WIDEST:
        return [line]
    lines = [indent + "{"]
    for key, value in row.items():
        pair = f"{literal(key)}: {literal(value)},"
        if len(lines[-1]) + len(pair) > WIDEST:
            lines.append(indent)
        lines[-1] += f" {pair}" if lines[-1][-1] == "," or lines[-1] == indent else pair
    lines[-1] = f"{lines[-1][:-1]}}},"
    return lines


def literal(value: Any) -> str:
    """A value as one would write it."""
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return f"{{{', '.join(f'{literal(key)}: {literal(one)}' for key, one in pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, cast('list[Any]', value)))}]"
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, datetime):
        parts = (value.year, value.month, value.day, value.hour)
        return f"datetime({', '.join(map(str, parts))}, tzinfo=UTC)"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)  # of a Decimal the number, which is enough for an INSERT
