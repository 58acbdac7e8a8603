"""The relationships of views, by the foreign keys of the tables below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import permutations, product

from sqlalchemy import Table

from .relationships import orm_names
from .resource import Pairs, Place, Relationship, Resource, turned
from .views import KeyOf, Traced


@dataclass(frozen=True)
class End:
    """Where a key begins or leads to: its table, or a view that shows all of its columns."""

    table: Table
    resource: Resource | None
    """None for an association table, which is not served."""
    columns: tuple[str, ...]
    is_traced: bool = False


@dataclass(frozen=True)
class Way:
    """A foreign key, from one table or view to another."""

    key: KeyOf
    start: End
    there: Resource
    pairs: Pairs
    is_traced: bool


def connect_views(
    resources: Iterable[Resource],
    tables: Mapping[Place, Table],
    traced: Traced,
    hidden: Mapping[Place, Set[str]],
    closed: Set[Place],
) -> None:
    """Give the resources the relationships that they have as views, or to views.

    A key of a `closed` table, or of a column that a model hides, makes none: its name would tell
    of what is not served.
    """
    served = {resource.place: resource for resource in resources}
    shown: dict[tuple[Place, str], dict[Resource, list[str]]] = defaultdict(dict)
    for place, view in traced.views.items():
        if (resource := served.get(place)) is not None:
            for name, origin in view.origins.items():
                if name in resource.columns:
                    shown[origin].setdefault(resource, []).append(name)

    names = {place: {column.name for column in table.columns} for place, table in tables.items()}

    def ends(at: Place, columns: tuple[str, ...]) -> Iterator[End]:
        if names.get(at, set()).issuperset(columns):
            yield End(tables[at], served.get(at), columns)
        by_column = [shown.get((at, column), {}) for column in columns]
        for resource in by_column[0]:
            for some in product(*(found.get(resource, []) for found in by_column)):
                yield End(resource.table, resource, some, is_traced=True)

    ways: dict[Table, list[Way]] = defaultdict(list)
    for key in traced.keys:
        if key.table in closed or hidden.get(key.table, set()) & key.columns:
            continue
        far = list(ends(key.target, key.far))
        for start, end in product(ends(key.table, key.near), far):
            if end.resource is not None and not _is_said(start):
                pairs = tuple(zip(start.columns, end.columns, strict=True))
                is_traced = start.is_traced or end.is_traced
                way = Way(key, start, end.resource, pairs, is_traced)
                ways[start.table].append(way)
                if is_traced and start.resource is not None:
                    _along(start.resource, way)
    for table, found in ways.items():
        here = found[0].start.resource
        primary = {c.name for c in table.primary_key} if here is None else {*here.key}
        # As in PostgREST, a key that is unique by itself makes no association.
        inner = [
            way for way in found if primary.issuperset(way.start.columns) and not way.key.is_unique
        ]
        for first, second in permutations(inner, 2):
            if first.key is not second.key and (first.is_traced or second.is_traced):
                _through(first, second)


def _is_said(start: End) -> bool:
    """Whether the model of a view says itself what these columns refer to."""
    here = start.resource
    return (
        start.is_traced
        and here is not None
        and here.mapper is not None
        and any(
            {*key.column_keys} == {*start.columns} for key in here.table.foreign_key_constraints
        )
    )


def _along(here: Resource, way: Way) -> None:
    key, there, pairs = way.key, way.there, way.pairs
    back = turned(pairs)
    _add(
        here,
        Relationship(
            there,
            key.name,
            pairs,
            "one-to-one" if key.is_unique else "many-to-one",
            forward=True,
            names=_names(here, there, pairs),
            by_target=there.is_view and there is not here,
        ),
    )
    _add(
        there,
        Relationship(
            here,
            key.name,
            back,
            "one-to-one" if key.is_unique else "one-to-many",
            forward=False,
            names=_names(there, here, back),
            by_target=here.is_view and there is not here,
        ),
    )


def _through(first: Way, second: Way) -> None:
    one, other, junction = first.there, second.there, first.start
    pairs = turned(first.pairs)
    _add(
        one,
        Relationship(
            other,
            first.key.name,
            pairs,
            "many-to-many",
            forward=False,
            names=_names(one, other, pairs, junction.table, second.pairs),
            junction=junction.table,
            junction_resource=junction.resource,
            junction_constraint=second.key.name,
            junction_pairs=second.pairs,
        ),
    )


def _names(
    here: Resource,
    there: Resource,
    pairs: Pairs,
    junction: Table | None = None,
    junction_pairs: Pairs = (),
) -> frozenset[str]:
    """What the ORM calls it, where both have a model."""
    if here.mapper is None or there.mapper is None:
        return frozenset()
    found = here.mapper.relationships
    names = orm_names(here.mapper, pairs, junction, junction_pairs)
    return frozenset(name for name in names if found[name].mapper is there.mapper)


def _add(here: Resource, new: Relationship) -> None:
    """Add it, unless a model says the same."""

    def what(one: Relationship) -> object:
        return one.target, one.pairs, one.forward, one.junction, one.junction_pairs

    has_model = here.mapper is not None or new.target.mapper is not None
    if not has_model or what(new) not in map(what, here.relationships):
        here.relationships.append(new)
