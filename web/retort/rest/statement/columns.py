"""The columns of a row, and how Postgres makes one JSON object of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Text, cast, func, literal, literal_column

from ..request.query import Slot
from .scope import Expression, bind

MAX_PAIRS = 50  # a function of Postgres takes 100 arguments


@dataclass
class Column:
    """A column of the result: its key, its value, and whether this is an aggregate."""

    key: str | Slot
    value: Expression
    aggregates: bool = False


def is_object(columns: list[Column]) -> bool:
    """Whether the row has to be made an object with keys that the client chose. Else it is
    a row of Postgres with names of ours, which is faster."""
    return not all(isinstance(column.key, str) for column in columns) or not columns


def cells(columns: list[Column], *, as_object: bool) -> list[Expression]:
    """What to select, so that `row` can make one JSON object of it."""
    if not columns:
        return [literal_column("json '{}'", JSON()).label("row")]
    if not as_object:
        return [column.value.label(str(column.key)) for column in columns]
    return [_object(columns).label("row")]


def _object(columns: list[Column]) -> Expression:
    """The columns as an object, put together of several where one call cannot take all."""
    # A key that the client chose is a bind parameter too, never a name in the statement.
    objects = [
        func.json_build_object(
            *(part for column in some for part in (_key(column.key), column.value))
        )
        for some in (columns[at : at + MAX_PAIRS] for at in range(0, len(columns), MAX_PAIRS))
    ]
    if len(objects) == 1:
        return objects[0]
    inner = (func.left(func.substr(cast(found, Text), 2), -1) for found in objects)
    return cast(func.concat("{", func.concat_ws(", ", *inner), "}"), JSON)


def row(page: Any, *, as_object: bool) -> Expression:
    """The JSON object of a row that was selected as `cells`."""
    return page.c[0] if as_object else func.row_to_json(page.table_valued())


def _key(key: str | Slot) -> Expression:
    return literal(key, Text()) if isinstance(key, str) else bind(key, Text())
