"""The rows of a query: its columns, its embeds as LATERAL joins, its conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    and_,
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
from ..request.query import Embed, EmbedIsNull, Field, Item, Logic, Order, Query, Slot, Star
from .columns import Column, cells, is_object, row
from .scope import Expression, Scope, bind, cast_to, conditions
from .size import NOTHING, SIZE, fits, once, sized
from .view import alone

ROW = "_row"  # a name that no column has


@dataclass
class Joined:
    """An embed that was joined."""

    relationship: Relationship
    lateral: Any
    inner: bool
    columns: list[Column]
    """What it adds to the row it is embedded in."""
    size: Expression | None = None
    """How many bytes this and those before it have; None for a single row."""

    @property
    def found(self) -> Expression:
        """NULL where the embed found nothing."""
        if self.relationship.to_one:
            return self.lateral.table_valued()
        return self.lateral.c[0]


@dataclass
class Resolved:
    """A query whose names are resolved. `columns` are those of a row of the answer."""

    scope: Scope
    query: Query
    touched: list[Resource]
    """Every resource that is read."""
    base: FromClause | None = None
    """What the rows come from, where that is not the scope's source alone."""
    columns: list[Column] = field(default_factory=list[Column])
    joined: dict[int, Joined] = field(default_factory=dict[int, Joined])
    where: tuple[Expression, ...] = ()

    def __post_init__(self) -> None:
        self.touched.append(self.scope.resource)
        by_place: dict[int, list[Column]] = {}
        for place, item in enumerate(self.query.select):
            by_place[place] = self._columns(place, item)
        # Of several columns with one key, the last counts, as in a JSON object.
        named = {column.key: column for columns in by_place.values() for column in columns}
        self.columns = list(named.values())
        self.by_place = by_place

    def _columns(self, place: int, item: Star | Item | Embed) -> list[Column]:
        if isinstance(item, Star):
            names = self.scope.resource.columns
            return [Column(name, self.scope.column(name)) for name in names]
        if isinstance(item, Item):
            return [_column(self.scope, item)]
        sizes = [joined.size for joined in self.joined.values() if joined.size is not None]
        self.joined[place] = _join(self.scope, item, self.touched, sizes[-1] if sizes else NOTHING)
        return self.joined[place].columns

    @property
    def keys(self) -> list[str | Slot]:
        """What each column is called."""
        return [column.key for column in self.columns]

    @property
    def aggregates(self) -> bool:
        """Whether a row shown stands for many."""
        return any(column.aggregates for column in self.columns)

    def from_(self, *, only_needed: bool = False) -> FromClause:
        """What the rows come from; if `only_needed`, without embeds that cannot change how many
        there are."""
        found = self.scope.source if self.base is None else self.base
        needed = set(_null_tests(self.query.where))
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
            groups = [column.value for column in self.columns if not column.aggregates]
            # json has no equality, so it cannot be grouped by as it is.
            found = found.group_by(
                *(cast(value, JSONB) if isinstance(value.type, JSON) else value for value in groups)
            )
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

    def count(self, most: Expression | None = None) -> Expression:
        """How many rows there are without limits, but not counted further than to one more than
        `most`."""
        every: Select[Any]
        if self.aggregates:
            every = self.select([literal_column("1")]).order_by(None)
        else:
            one: Select[Any] = select(literal_column("1"))
            every = one.select_from(self.from_(only_needed=True)).where(*self.conditions())
        if most is not None:
            every = every.limit(most + 1)
        return select(func.count()).select_from(every.subquery()).scalar_subquery()

    def _order(self, order: Order) -> Expression:
        if isinstance(order.by, int):
            found = self.by_place[order.by][0].value
        elif order.embed is None:
            found = self.scope.field(order.by)
        else:
            found = self._related(order.embed, order.by)
        found = found.desc() if order.descending else found.asc()
        if order.nulls == "first":
            return found.nulls_first()
        return found.nulls_last() if order.nulls == "last" else found

    def _related(self, place: int, by: Field) -> Expression:
        relationship = self.joined[place].relationship
        there = relationship.target
        if not relationship.to_one:
            raise ApiError(
                400,
                "PGRST118",
                f"A related order on '{there.name}' is not possible",
                f"'{self.scope.resource.name}' and '{there.name}' do not form a many-to-one or "
                "one-to-one relationship",
            )
        target = Scope(there, there.table.alias())
        return (
            select(target.field(by))
            .where(_on(self.scope, relationship, target.source))
            .correlate(self.scope.source)
            .scalar_subquery()
        )


def _column(scope: Scope, item: Item) -> Column:
    # PostgREST counted like this before it had `count()`, and its clients' manuals still do.
    if item.field == Field("count") and "count" not in scope.resource.columns:
        item = Item(item.key, None, None, "count", item.cast)
    of = [] if item.field is None else [scope.field(item.field)]
    if item.cast:
        of = [cast_to(value, item.cast) for value in of]
    if item.aggregate is None:
        return Column(item.key, of[0])
    value = getattr(func, item.aggregate)(*of)
    if item.aggregate_cast:
        value = cast_to(value, item.aggregate_cast)
    return Column(item.key, value, aggregates=True)


def _null_tests(where: tuple[Any, ...]) -> list[int]:
    found: list[int] = []
    for one in where:
        if isinstance(one, EmbedIsNull):
            found.append(one.embed)
        elif isinstance(one, Logic):
            found += _null_tests(one.conditions)
    return found


def _on(scope: Scope, relationship: Relationship, target: FromClause) -> Expression:
    """The condition that joins a row here to its rows there, or in the junction."""
    here, there = scope.resource.table, relationship.target.table
    far = relationship.junction if relationship.junction is not None else there
    return and_(
        *(
            scope.source.c[here.c[near].key] == target.c[far.c[name].key]
            for near, name in relationship.pairs
        )
    )


def _join(scope: Scope, embed: Embed, touched: list[Resource], before: Expression) -> Joined:
    """Join an embed. `before` is how many bytes of a row the embeds before it have."""
    relationship = find(scope.resource, embed.target, embed.hint)
    there = Scope(relationship.target, relationship.target.table.alias())
    near, base = there.source, None
    if relationship.junction is not None:
        near, base = _through(there, relationship, relationship.junction)
    if relationship.junction_resource is not None:
        touched.append(relationship.junction_resource)
    rows = Resolved(there, embed.query, touched, base)
    rows.where = (_on(scope, relationship, near),)
    as_object = is_object(rows.columns)
    names = [f"c{place}" for place in range(len(rows.columns))]
    spreads = embed.spread and bool(rows.columns)
    if spreads:
        values: list[Expression] = [
            c.value.label(name) for name, c in zip(names, rows.columns, strict=True)
        ]
    else:
        values = cells(rows.columns, as_object=as_object)
    most = None if relationship.to_one else relationship.target.max_rows
    found = rows.limited(rows.select(values).correlate(scope.source), most)
    if relationship.to_one and relationship.target.is_view:
        found = alone(found)
    size = None
    if relationship.to_one:
        lateral = found.lateral()
        shown = [lateral.c[name] for name in names] if embed.spread else None
        whole = row(lateral, as_object=as_object)
    else:
        inner = found.subquery()
        whole_row = row(inner, as_object=as_object and not spreads).label(ROW)
        made = once(inner, *(inner.c if spreads else ()), whole_row)
        made = sized(made, cast(made.c[ROW], Text))
        lists = [func.json_agg(made.c[name]).label(name) for name in (names if spreads else [ROW])]
        lists.append((func.coalesce(func.max(made.c[SIZE]), 0) + before).label(SIZE))
        fit = fits(made, relationship.target.max_bytes, before)
        lateral = select(*lists).where(fit).lateral()
        size = lateral.c[SIZE]
        shown = [_or_empty(lateral.c[name]) for name in names] if embed.spread else None
        whole = _or_empty(lateral.c[0])
    if not rows.columns:
        columns = []
    elif shown is None:
        columns = [Column(embed.key, whole)]
    else:
        columns = [Column(c.key, value) for c, value in zip(rows.columns, shown, strict=True)]
    return Joined(relationship, lateral, embed.inner, columns, size)


def _through(
    there: Scope, relationship: Relationship, table: Table
) -> tuple[FromClause, FromClause]:
    """The association table, and its rows with those that they lead to."""
    junction = table.alias()
    on = and_(
        *(
            junction.c[table.c[near].key] == there.source.c[there.resource.table.c[far].key]
            for near, far in relationship.junction_pairs
        )
    )
    return junction, there.source.join(junction, on)


def _or_empty(rows: Expression) -> Expression:
    return func.coalesce(rows, literal_column("'[]'", JSON()))
