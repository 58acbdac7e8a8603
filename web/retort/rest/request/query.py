"""What a request asks for, as a small typed tree.

No value is in it: where the request has one, the tree has a `Slot`, its place in a list
of values beside the tree. Two requests of the same shape are therefore equal and share
one compiled statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Slot: TypeAlias = int

Aggregate = Literal["sum", "avg", "count", "max", "min"]


@dataclass(frozen=True, slots=True)
class Step:
    """`->key` or `->>key` into JSON; an index where the key is a number."""

    operator: Literal["->", "->>"]
    is_index: bool
    key: Slot


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a place in its JSON."""

    column: str
    path: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Star:
    """`*`: every column that may be seen."""


@dataclass(frozen=True, slots=True)
class Item:
    """`key:field::cast.aggregate()::cast`; only `count()` has no field. The key is a name of ours,
    or the slot of a name that the client chose."""

    key: str | Slot
    field: Field | None
    cast: str | None = None
    aggregate: Aggregate | None = None
    aggregate_cast: str | None = None


@dataclass(frozen=True, slots=True)
class Embed:
    """`key:target!hint!inner(query)`, or `...target(query)` to spread it."""

    key: str | Slot
    target: str
    query: Query
    hint: str | None = None
    inner: bool = False
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """`field=not.operator(any).value`. The value of `is` has no slot, since it is one of four
    words. `language` is the slot of a text search's configuration."""

    field: Field
    operator: str
    value: Slot | str
    negated: bool = False
    quantifier: Literal["any", "all"] | None = None
    language: Slot | None = None


@dataclass(frozen=True, slots=True)
class EmbedIsNull:
    """`embed=is.null`: nothing was found for the embed at this place in the select."""

    embed: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Logic:
    """`and=(…)`, `or=(…)`, also `not.and`, `not.or`."""

    operator: Literal["and", "or"]
    conditions: tuple[Condition, ...]
    negated: bool = False


Condition: TypeAlias = Filter | EmbedIsNull | Logic


@dataclass(frozen=True, slots=True)
class Order:
    """By a column, or by what `select` brings under its name: here, or in the embed at a place of
    it. The key is that name, if the client chose it."""

    by: Field
    key: Slot | None = None
    embed: int | None = None
    descending: bool = False
    nulls: Literal["first", "last"] | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One resource, or one embed, in full."""

    select: tuple[Star | Item | Embed, ...] = (Star(),)
    where: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    limit: Slot | None = None
    offset: Slot | None = None
    twice: str | None = None
    """The name of two embeds, and how deep they are, where these have one name."""
