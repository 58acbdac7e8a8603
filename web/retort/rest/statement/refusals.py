"""What cannot be asked of an embed, in PostgREST's words or Postgres'."""

from __future__ import annotations

from ..catalog.resource import Resource
from ..errors import ApiError
from ..request.query import Embed, Order


def not_to_one(here: Resource, there: Resource, embed: Embed) -> ApiError:
    """PGRST118: rows here are ordered by several there."""
    name = embed.key if isinstance(embed.key, str) else there.name
    return ApiError(
        400,
        "PGRST118",
        f"A related order on '{name}' is not possible",
        f"'{here.name}' and '{name}' do not form a many-to-one or one-to-one relationship",
    )


def not_grouped(there: Resource, order: Order) -> ApiError:
    """42803: groups are ordered by what is none of them."""
    message = f'column "{there.name}.{order.by.column}" must appear in the GROUP BY clause'
    return ApiError(400, "42803", f"{message} or be used in an aggregate function")


def not_ordered(here: Resource, order: Order) -> ApiError:
    """42703: it is no column, and what `select` brings under this name has no order."""
    name = order.by.column
    return ApiError(
        400,
        "42703",
        f"column {here.label}.{name} does not exist",
        hint=f"What select calls {name} is JSON, which has no order: use a text in it, {name}->>0",
    )


def aggregates_of_many() -> ApiError:
    """PGRST127: a spread makes lists, and aggregates are in it."""
    return ApiError(
        400,
        "PGRST127",
        "Feature not implemented",
        "Aggregates are not implemented for one-to-many or many-to-many spreads.",
    )


def same_name(here: Resource, name: str) -> ApiError:
    """42712: two embeds have one name, which says in PostgREST's SQL how deep they are."""
    return ApiError(400, "42712", f'table name "{here.name}_{name}" specified more than once')
