"""The relationships between resources, by their foreign keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.orm import Mapper, RelationshipProperty

from .resource import Pairs, Place, Relationship, Resource, place, turned


@dataclass(frozen=True)
class Key:
    """A foreign key."""

    name: str
    target: Place
    pairs: Pairs
    """Column here, column there."""

    @property
    def near(self) -> tuple[str, ...]:
        return tuple(near for near, _ in self.pairs)

    @property
    def far(self) -> tuple[str, ...]:
        return tuple(far for _, far in self.pairs)

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.near)


def keys_of(table: Table) -> list[Key]:
    """The foreign keys of a model's table."""
    return [_key(found) for found in table.foreign_key_constraints]


def _key(found: ForeignKeyConstraint) -> Key:
    pairs = tuple((element.parent.name, element.column.name) for element in found.elements)
    # Without a name in the metadata it has the one that Postgres gives it.
    name = found.name or "_".join([found.table.name, *(near for near, _ in pairs), "fkey"])
    return Key(str(name), place(found.referred_table), pairs)


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
        unique = set(_unique(table))
        ends: list[tuple[Key, Resource]] = []
        for key in sorted(keys.get(at, ()), key=lambda key: key.name):
            there = served.get(key.target)
            # A model need not have every column of its table, though a key refers to it.
            if there is None or not visible & key.columns or not _has(there, key):
                continue
            if here is not None:
                _along(here, there, key, is_one_to_one=key.columns in unique)
            if key.columns <= {column.name for column in table.primary_key}:
                ends.append((key, there))
        for (first, one), (second, other) in permutations(ends, 2):
            pairs = turned(first.pairs)
            names = orm_names(one.mapper, pairs, table, second.pairs)
            # As in PostgREST, a key that is unique by itself makes no association, unless a model
            # says so.
            if names or not {first.columns, second.columns} & unique:
                one.relationships.append(
                    Relationship(
                        other,
                        first.name,
                        pairs,
                        "many-to-many",
                        forward=False,
                        names=names,
                        junction=table,
                        junction_resource=here,
                        junction_constraint=second.name,
                        junction_pairs=second.pairs,
                    )
                )


def _has(there: Resource, key: Key) -> bool:
    return {*key.far} <= {column.name for column in there.table.columns}


def _unique(table: Table) -> Iterator[frozenset[str]]:
    """The columns of which no two rows have the same, as the key, a constraint or an index of a
    model says, which may ask for it with `unique=True`. A table as it was found has no indexes,
    which do not count for PostgREST."""
    yield frozenset(column.name for column in table.primary_key)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield frozenset(column.name for column in constraint.columns)
    for index in table.indexes:
        if (
            index.unique
            and len(index.columns) == len(index.expressions)
            and index.dialect_options["postgresql"]["where"] is None
        ):
            yield frozenset(column.name for column in index.columns)


def _along(here: Resource, there: Resource, key: Key, *, is_one_to_one: bool) -> None:
    back = turned(key.pairs)
    here.relationships.append(
        Relationship(
            there,
            key.name,
            key.pairs,
            "one-to-one" if is_one_to_one else "many-to-one",
            forward=True,
            names=orm_names(here.mapper, key.pairs),
        )
    )
    there.relationships.append(
        Relationship(
            here,
            key.name,
            back,
            "one-to-one" if is_one_to_one else "one-to-many",
            forward=False,
            names=orm_names(there.mapper, back),
        )
    )


def orm_names(
    mapper: Mapper[Any] | None,
    pairs: Pairs,
    junction: Table | None = None,
    junction_pairs: Pairs = (),
) -> frozenset[str]:
    """What the ORM calls the relationship along these columns."""

    def joins(relationship: RelationshipProperty[Any]) -> bool:
        if relationship.secondary is not junction:
            return False
        if junction is None:
            return _names(relationship.local_remote_pairs) == {*pairs}
        there = {*turned(junction_pairs)}
        return (
            _names(relationship.synchronize_pairs) == {*pairs}
            and _names(relationship.secondary_synchronize_pairs) == there
        )

    if mapper is None:
        return frozenset()
    return frozenset(found.key for found in mapper.relationships if joins(found))


def _names(pairs: Iterable[tuple[ColumnElement[Any], ColumnElement[Any]]] | None) -> set[Any]:
    return {(near.name, far.name) for near, far in pairs or ()}
