"""The columns of a row, and how Postgres makes one JSON object of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Text, cast, func, literal, literal_column

from ..request.query import Field, Item, Slot
from .computed import whole_row
from .scope import Expression, Scope, bind, cast_to

MAX_PAIRS = 50  # a function of Postgres takes 100 arguments


@dataclass(eq=False)
class Column:
    """A column of the result: its key and its value."""

    key: str | Slot
    value: Expression

    @property
    def spread(self) -> Expression:
        """What a spread brings of it."""
        return self.value

    def of_spread(self, value: Expression) -> Column:
        """It, in the query that a spread brought this to."""
        return Column(self.key, value)


class Aggregate(Column):
    """One that stands for many rows: what it is of, and what makes it of that. A spread leaves this
    to the query that it brings that to."""

    def __init__(
        self, key: str | Slot, of: Expression, make: Callable[[Expression], Expression]
    ) -> None:
        super().__init__(key, make(of))
        self.of, self.make = of, make

    @property
    def spread(self) -> Expression:
        return self.of

    def of_spread(self, value: Expression) -> Column:
        return Aggregate(self.key, value, self.make)


def column_of(scope: Scope, item: Item) -> Column:
    """What an item of a select asks for. Raises ApiError: 42703 for no such column, PGRST100 for a
    cast that is not allowed."""
    # PostgREST counted like this before it had `count()`, and its clients' manuals still do.
    if item.field == Field("count") and "count" not in scope.resource.fields:
        item = Item(item.key, None, None, "count", item.cast)
    # A row that a spread did not find has no such 1, so that it is not counted.
    of: Expression = literal_column("1") if item.field is None else scope.field(item.field)
    if item.cast:
        of = cast_to(of, item.cast)
    if item.aggregate is None:
        return Column(item.key, of)
    function, type_ = getattr(func, item.aggregate), item.aggregate_cast
    if type_ is None:
        return Aggregate(item.key, of, function)
    return Aggregate(item.key, of, lambda value: cast_to(function(value), type_))


def is_object(columns: list[Column]) -> bool:
    """Whether the row has to be made an object with keys that the client chose, or that are there
    twice. Else it is a row of Postgres with names of ours, which is faster."""
    names = {column.key for column in columns if isinstance(column.key, str)}
    return len(names) < len(columns) or not columns


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
            *(part for column in some for part in (_key(column.key), column.value)), type_=JSON()
        )
        for some in (columns[at : at + MAX_PAIRS] for at in range(0, len(columns), MAX_PAIRS))
    ]
    if len(objects) == 1:
        return objects[0]
    inner = (func.left(func.substr(cast(found, Text), 2), -1) for found in objects)
    return cast(func.concat("{", func.concat_ws(", ", *inner), "}"), JSON)


def row(page: Any, *, as_object: bool) -> Expression:
    """The JSON object of a row that was selected as `cells`."""
    return page.c[0] if as_object else func.row_to_json(whole_row(page), type_=JSON())


def _key(key: str | Slot) -> Expression:
    return literal(key, Text()) if isinstance(key, str) else bind(key, Text())
