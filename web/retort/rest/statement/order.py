"""By what rows are ordered, and how."""

from __future__ import annotations

from ..request.query import Order
from .columns import Column
from .scope import Expression


def named(columns: list[Column], order: Order) -> int | None:
    """The place of the column that comes under the name by which to order; the last, if several."""
    keys = {order.by.column} if order.key is None else {order.by.column, order.key}
    places = [place for place, column in enumerate(columns) if column.key in keys]
    return places[-1] if places else None


def directed(found: Expression, order: Order) -> Expression:
    """Ascending or descending, with NULLs where they are wanted."""
    found = found.desc() if order.descending else found.asc()
    if order.nulls == "first":
        return found.nulls_first()
    return found.nulls_last() if order.nulls == "last" else found
