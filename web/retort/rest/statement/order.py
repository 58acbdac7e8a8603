"""By what rows are ordered, and how."""

from __future__ import annotations

from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB

from ..catalog.resource import Resource
from ..catalog.types import base_type
from ..request.query import Order
from .columns import Column
from .refusals import not_ordered
from .scope import Expression, path


def named(columns: list[Column], order: Order) -> int | None:
    """The place of the column that comes under the name by which to order; the last, if several."""
    keys = {order.by.column} if order.key is None else {order.by.column, order.key}
    places = [place for place, column in enumerate(columns) if column.key in keys]
    return places[-1] if places else None


def brought(here: Resource, column: Column, order: Order) -> Expression:
    """What `select` brings here as this column, to order by it. Raises ApiError 42703 for json."""
    type_, steps = base_type(column.value.type), order.by.path
    is_json = isinstance(type_, JSON) and not isinstance(type_, JSONB)
    if is_json and not (steps and steps[-1].operator == "->>"):
        raise not_ordered(here, order)
    return path(column.value, steps)


def directed(found: Expression, order: Order) -> Expression:
    """Ascending or descending, with NULLs where they are wanted."""
    found = found.desc() if order.descending else found.asc()
    if order.nulls == "first":
        return found.nulls_first()
    return found.nulls_last() if order.nulls == "last" else found
