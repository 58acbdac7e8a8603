"""A value as a page shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import simplejson
from sqlalchemy import Column, DateTime

LENGTH = 50  # characters that a table has room for
TIMESTAMP = re.compile(r"(\d+-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(.*)$")

Kind = Literal["null", "empty", "number", "time", "list", "json", "text"]


@dataclass(frozen=True)
class Cell:
    kind: Kind
    text: str
    value: Any

    @property
    def is_long(self) -> bool:
        return len(self.text) > LENGTH


def cell(
    value: Any, column: Column[Any] | None, *, short: bool = False, indent: int | None = None
) -> Cell:
    """A value of the API's. A `short` one may be cut, since the page of its row has all of it."""
    kind: Kind = "json"
    if value is None:
        kind, text = "null", "NULL"
    elif value == "":
        kind, text = "empty", "''"
    elif isinstance(value, Decimal):
        kind, text = "number", str(value)
    elif isinstance(value, str):
        found = column is not None and isinstance(column.type, DateTime) and TIMESTAMP.match(value)
        kind, text = ("time", _time(found, short)) if found else ("text", value)
    else:
        text = _json(value, indent if value else None)
        if value and _is_texts(value):
            kind = "list"
    if short and len(text) > LENGTH:
        # A list that was cut is shown as JSON.
        return Cell("json" if kind == "list" else kind, text[: LENGTH - 1] + "…", value)
    return Cell(kind, text, value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)  # pyright: ignore[reportUnknownVariableType]


def _time(found: re.Match[str], short: bool) -> str:
    day, time, fraction, zone = found.groups("")
    zone = " UTC" if zone == "+00:00" else zone and f" {zone}"
    return f"{day} {time}{'' if short else fraction}{zone}"


def _json(value: Any, indent: int | None) -> str:
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, indent=indent)
