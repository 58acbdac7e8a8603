"""The relationships between resources, by their foreign keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import RelationshipProperty

from .keys import Key
from .resource import Pairs, Place, Relationship, Resource, place, turned


def connect(
    resources: Sequence[Resource],
    tables: Mapping[Place, Table],
    keys: Mapping[Place, Sequence[Key]],
) -> None:
    """Give each resource its relationships, by the foreign `keys` of `tables`: the resources' own,
    and the association tables between them. A key whose columns are all hidden makes none, since
    the row that it leads to would tell what is hidden."""
    served = {resource.place: resource for resource in resources}
    for at, table in tables.items():
        here = served.get(at)
        visible = {column.name for column in table.columns} if here is None else {*here.columns}
        ends: list[tuple[Key, Resource]] = []
        for key in sorted(keys.get(at, ()), key=lambda key: key.name):
            there = served.get(key.target)
            # A model need not have every column of its table, though a key refers to it.
            if there is None or not visible & key.columns or not _has(there, key):
                continue
            if here is not None:
                for origin, found in both_ways(here, there, key):
                    origin.relationships.append(found)
            if key.columns <= {column.name for column in table.primary_key}:
                ends.append((key, there))
        for (first, one), (second, other) in permutations(ends, 2):
            found = across(one, other, first, second, table, here)
            # As in PostgREST, a key that is unique by itself makes no association, unless a model
            # says so.
            if found.names or not (first.is_unique or second.is_unique):
                one.relationships.append(found)


def _has(there: Resource, key: Key) -> bool:
    return {*key.far} <= {column.name for column in there.table.columns}


def both_ways(here: Resource, there: Resource, key: Key) -> Iterator[tuple[Resource, Relationship]]:
    """The relationships that a key makes of `here`, which has it, to `there`, and of that back."""
    for forward, origin, target in ((True, here, there), (False, there, here)):
        pairs = key.pairs if forward else turned(key.pairs)
        yield (
            origin,
            Relationship(
                target,
                key.name,
                pairs,
                "one-to-one" if key.is_unique else "many-to-one" if forward else "one-to-many",
                forward=forward,
                names=_names(origin, target, pairs),
            ),
        )


def across(
    one: Resource,
    other: Resource,
    first: Key,
    second: Key,
    junction: Table,
    junction_resource: Resource | None,
) -> Relationship:
    """The relationship of `one` to the `other`, along the keys that the junction has to them."""
    pairs = turned(first.pairs)
    return Relationship(
        other,
        first.name,
        pairs,
        "many-to-many",
        forward=False,
        names=_names(one, other, pairs, junction, second.pairs),
        junction=junction,
        junction_resource=junction_resource,
        junction_constraint=second.name,
        junction_pairs=second.pairs,
    )


def _names(
    here: Resource,
    there: Resource,
    pairs: Pairs,
    junction: Table | None = None,
    junction_pairs: Pairs = (),
) -> frozenset[str]:
    """What the ORM calls the relationship along these columns."""

    def joins(relationship: RelationshipProperty[Any]) -> bool:
        tables: Any = relationship.mapper.tables
        # Several tables may refer to this one by columns of the same name.
        if relationship.secondary is not junction or there.place not in map(place, tables):
            return False
        if junction is None:
            return _named(relationship.local_remote_pairs) == {*pairs}
        return _named(relationship.synchronize_pairs) == {*pairs} and _named(
            relationship.secondary_synchronize_pairs
        ) == {*turned(junction_pairs)}

    if here.mapper is None:
        return frozenset()
    return frozenset(found.key for found in here.mapper.relationships if joins(found))


def _named(pairs: Iterable[tuple[ColumnElement[Any], ColumnElement[Any]]] | None) -> set[Any]:
    return {(near.name, far.name) for near, far in pairs or ()}
