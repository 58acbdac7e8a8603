"""The rows of a query: its columns, its embeds as LATERAL joins, its conditions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    FromClause,
    Integer,
    Lateral,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from ..catalog.find import find
from ..catalog.resource import Relationship, Resource
from ..errors import ApiError
from ..request.query import Embed, Item, Order, Query, Slot, Star
from . import Touched
from .columns import Aggregate, Column, cells, column_of, is_object, row
from .computed import whole_row
from .order import brought, directed, named
from .refusals import aggregates_of_many, not_grouped, not_to_one, same_name
from .scope import Expression, Scope, bind, conditions, is_json, null_tests
from .size import NOTHING, SIZE, fits, once, sized
from .there import alone, joins, rows_there, through

ROW = "_row"  # names that no column has
ORDER = "_order"


@dataclass
class Joined:
    """An embed that was joined."""

    relationship: Relationship
    lateral: Any
    inner: bool
    columns: list[Column]
    """What it adds to the row it is embedded in."""
    orders: dict[Order, Expression] = field(default_factory=dict[Order, Expression])
    """What the row that it is embedded in is ordered by."""
    beside: frozenset[Order] = frozenset()
    """The orders by what is no column of that row."""
    size: Expression | None = None
    """How many bytes this and those before it have; None for a single row."""

    @property
    def found(self) -> Expression:
        """NULL where the embed found nothing."""
        if self.relationship.to_one:
            return whole_row(self.lateral)
        return self.lateral.c[0]


@dataclass
class Resolved:
    """A query whose names are resolved. `columns` are those of a row of the answer."""

    scope: Scope
    query: Query
    touched: list[Touched]
    """Whatever is read or called."""
    base: FromClause | None = None
    """What the rows come from, where that is not the scope's source alone."""
    spread: bool = False
    """Whether the one row is spread in another query, which makes the aggregates."""
    capped: bool = True
    """Whether the embeds have a maximum of rows. That of bytes they have in any case."""
    columns: list[Column] = field(default_factory=list[Column])
    joined: dict[int, Joined] = field(default_factory=dict[int, Joined])
    where: tuple[Expression, ...] = ()

    def __post_init__(self) -> None:
        self.touched.append(self.scope.resource)
        self.scope = replace(self.scope, touched=self.touched)
        # Embeds come last, as in PostgREST: of two values under one key, a parser takes the last.
        items = sorted(enumerate(self.query.select), key=lambda one: isinstance(one[1], Embed))
        found = [column for place, item in items for column in self._columns(place, item)]
        # The same column twice, as in `*,name`, is there once.
        self.columns = list({(one.key, id(one.value)): one for one in found}.values())
        if self.query.twice is not None:
            raise same_name(self.scope.resource, self.query.twice)
        if self.aggregates:
            for column in self.columns:
                # json has no equality, so it cannot be grouped by as it is.
                if not isinstance(column, Aggregate) and is_json(column.value):
                    column.value = cast(column.value, JSONB)

    def _columns(self, place: int, item: Star | Item | Embed) -> list[Column]:
        if isinstance(item, Star):
            names = self.scope.resource.columns
            return [Column(name, self.scope.column(name)) for name in names]
        if isinstance(item, Item):
            return [column_of(self.scope, item)]
        sizes = [joined.size for joined in self.joined.values() if joined.size is not None]
        orders = [order for order in self.query.order if order.embed == place]
        before = sizes[-1] if sizes else NOTHING
        self.joined[place] = _join(self, item, before, orders)
        return self.joined[place].columns

    @property
    def keys(self) -> list[str | Slot]:
        """What each column is called."""
        return [column.key for column in self.columns]

    @property
    def aggregates(self) -> bool:
        """Whether a row shown stands for many."""
        return not self.spread and any(isinstance(one, Aggregate) for one in self.columns)

    def from_(self, *, only_needed: bool = False) -> FromClause:
        """What the rows come from; if `only_needed`, without embeds that cannot change how many
        there are."""
        found = self.scope.source if self.base is None else self.base
        needed = set(null_tests(self.query.where))
        needed |= {place for place, joined in self.joined.items() if joined.inner}
        for place, joined in self.joined.items():
            # One that is needed adds its bytes to those of the lists before it.
            is_counted = joined.size is not None and any(place < other for other in needed)
            if only_needed and not is_counted and place not in needed:
                continue
            on: Expression = true()
            if joined.inner and not joined.relationship.to_one:
                on = joined.lateral.c[0].is_not(None)
            found = found.join(joined.lateral, on, isouter=not joined.inner)
        return found

    def conditions(self) -> list[Expression]:
        embeds = {place: joined.found for place, joined in self.joined.items()}
        return [*self.where, *conditions(self.scope, self.query.where, embeds)]

    def select(self, values: list[Expression]) -> Select[Any]:
        """`values` of each row, in order, without limits."""
        found = select(*values).select_from(self.from_()).where(*self.conditions())
        if self.aggregates:
            groups = [one.value for one in self.columns if not isinstance(one, Aggregate)]
            # Without any group there is one row, even if no aggregate is among the values.
            found = found.group_by(*(groups or [literal_column("()")]))
        return found.order_by(*(self._order(order) for order in self.query.order))

    def limited(self, found: Select[Any], most: int | None = None) -> Select[Any]:
        """The rows that the query's limits leave, and no more than `most`."""
        limits: list[Expression] = []
        if most is not None:
            limits.append(literal_column(str(most), Integer()))
        if self.query.limit is not None:
            limits.append(bind(self.query.limit, BigInteger()))
        if limits:
            found = found.limit(func.least(*limits) if len(limits) > 1 else limits[0])
        if self.query.offset is not None:
            found = found.offset(bind(self.query.offset, BigInteger()))
        return found

    def each(self) -> Select[Any]:
        """1 for each row, without limits."""
        if self.aggregates:
            return self.select([literal_column("1")]).order_by(None)
        one: Select[Any] = select(literal_column("1", Integer()))
        return one.select_from(self.from_(only_needed=True)).where(*self.conditions())

    def count(self, most: Expression | None = None) -> Expression:
        """How many rows there are without limits, but not counted further than to one more than
        `most`."""
        every = self.each()
        if most is not None:
            every = every.limit(most + 1)
        return select(func.count()).select_from(every.subquery()).scalar_subquery()

    def by(self, order: Order) -> Expression:
        """What `select` brings under this name, or else a column. Raises ApiError 42703."""
        if (place := named(self.columns, order)) is None:
            return self.scope.field(order.by)
        return brought(self.scope.resource, self.columns[place], order)

    def _order(self, order: Order) -> Expression:
        if order.embed is not None:
            joined = self.joined[order.embed]
            if self.aggregates and order in joined.beside:
                raise not_grouped(joined.relationship.target, order)
            return directed(joined.orders[order], order)
        try:
            found = self.scope.field(order.by)
        except ApiError:
            if named(self.columns, order) is None:
                raise
            found = self.by(order)
        return directed(found, order)


def _join(here: Resolved, embed: Embed, before: Expression, orders: list[Order]) -> Joined:
    """Join an embed. `before` is how many bytes of a row the embeds before it have; `orders` are
    by what is there."""
    scope = here.scope
    relationship = find(scope.resource, embed.target, embed.hint)
    if orders and not relationship.to_one:
        raise not_to_one(scope.resource, relationship.target, embed)
    rows = _there(here, embed, relationship)
    as_object = bool(orders) or is_object(rows.columns)
    names = [f"c{place}" for place in range(len(rows.columns))] if embed.spread else []
    values = cells(rows.columns, as_object=as_object)
    if names:
        values[:] = [one.spread.label(name) for one, name in zip(rows.columns, names, strict=True)]
    places = {
        order: place
        for order in orders
        if names and (place := named(rows.columns, order)) is not None
    }
    others = {order: f"{ORDER}{at}" for at, order in enumerate(orders) if order not in places}
    values += [rows.by(order).label(name) for order, name in others.items()]
    most = relationship.most(capped=here.capped)
    found = rows.limited(rows.select(values).correlate(scope.source), most)
    size = None
    if relationship.to_one:
        if relationship.target.may_repeat and relationship.function is None:
            found = alone(found, rows.limited(rows.each()).correlate(scope.source))
        lateral = found.lateral()
        whole = row(lateral, as_object=as_object)
        spread = [lateral.c[name] for name in names]
    else:
        lateral = _lists(found, names, relationship.target, before, as_object=as_object)
        size = lateral.c[SIZE]
        whole = _or_empty(lateral.c[0])
        spread = [_or_empty(lateral.c[name]) for name in names]
    columns = [Column(embed.key, whole)] if rows.columns else []
    if embed.spread:
        columns = [one.of_spread(value) for one, value in zip(rows.columns, spread, strict=True)]
    by: dict[Order, Expression] = {order: lateral.c[name] for order, name in others.items()}
    target = relationship.target
    by |= {order: brought(target, columns[place], order) for order, place in places.items()}
    return Joined(relationship, lateral, embed.inner, columns, by, frozenset(others), size)


def _there(here: Resolved, embed: Embed, relationship: Relationship) -> Resolved:
    """The rows of an embed, for a row here."""
    scope, touched = here.scope, here.touched
    there = Scope(relationship.target, rows_there(relationship, scope.source, touched))
    near, base = there.source, None
    if relationship.junction is not None:
        near, base = through(there, relationship, relationship.junction)
    if relationship.junction_resource is not None:
        touched.append(relationship.junction_resource)
    spread = embed.spread and relationship.to_one
    rows = Resolved(there, embed.query, touched, base, spread, here.capped)
    rows.where = (joins(scope, relationship, near),)
    if embed.spread and not spread and rows.aggregates:
        raise aggregates_of_many()
    return rows


def _lists(
    rows: Select[Any],
    names: list[str],
    target: Resource,
    before: Expression,
    *,
    as_object: bool,
) -> Lateral:
    """The rows as one: a list of what they have under each of the names, or, if there are none, of
    the rows whole; and their SIZE, with the bytes that were there before."""
    inner = rows.subquery()
    whole = row(inner, as_object=as_object and not names).label(ROW)
    made = once(inner, *(inner.c if names else ()), whole)
    made = sized(made, cast(made.c[ROW], Text))
    lists = [func.json_agg(made.c[name], type_=JSON()).label(name) for name in names or [ROW]]
    size = func.coalesce(func.max(made.c[SIZE]), 0) + before
    fit = fits(made, target.max_bytes, before)
    return select(*lists, size.label(SIZE)).where(fit).lateral()


def _or_empty(rows: Expression) -> Expression:
    return func.coalesce(rows, literal_column("'[]'", JSON()))
