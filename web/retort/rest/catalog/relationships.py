"""The relationships between resources, by their foreign keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.orm import Mapper, RelationshipProperty

from ..errors import ApiError
from .resource import Relationship, Resource, place


def connect(resources: Iterable[Resource], tables: Iterable[Table]) -> None:
    """Give each resource its relationships, by the foreign keys of `tables`: the resources' own,
    and the association tables between them. A key whose columns are all hidden makes none, since
    the row that it leads to would tell what is hidden."""
    served = {(resource.schema, resource.name): resource for resource in resources}

    def target(key: ForeignKeyConstraint) -> Resource | None:
        there = served.get(place(key.referred_table))
        # A model need not have every column of its table, though a key refers to it.
        columns = [] if there is None else [column.name for column in there.table.columns]
        return there if {far for _, far in _pairs(key)} <= {*columns} else None

    for table in tables:
        here = served.get(place(table))
        visible = {column.name for column in table.columns} if here is None else set(here.columns)
        keys = [key for key in table.foreign_key_constraints if visible & set(_names(key))]
        keys.sort(key=_name)
        for key in keys:
            there = target(key)
            if here is not None and there is not None:
                _along_key(here, there, key)
        primary = {column.name for column in table.primary_key}
        ends = [key for key in keys if primary.issuperset(_names(key))]
        for first in ends:
            for second in ends:
                one, other = target(first), target(second)
                if first is not second and one is not None and other is not None:
                    _through(table, here, one, other, first, second)


def _names(key: ForeignKeyConstraint) -> list[str]:
    return [column.name for column in key.columns]


def _name(key: ForeignKeyConstraint) -> str:
    """The constraint's name; if the metadata has none, the one that Postgres gives it."""
    return str(key.name or "_".join([key.table.name, *_names(key), "fkey"]))


def _pairs(key: ForeignKeyConstraint) -> tuple[tuple[str, str], ...]:
    return tuple((element.parent.name, element.column.name) for element in key.elements)


def _along_key(here: Resource, there: Resource, key: ForeignKeyConstraint) -> None:
    pairs = _pairs(key)
    back = tuple((far, near) for near, far in pairs)
    columns = {near for near, _ in pairs}
    unique = [set(here.key)] + [
        {column.name for column in constraint.columns}
        for constraint in here.table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    unique += [
        {column.name for column in index.columns}
        for index in here.table.indexes
        if index.unique
        and len(index.columns) == len(index.expressions)
        and index.dialect_options["postgresql"]["where"] is None
    ]
    name = _name(key)
    here.relationships.append(
        Relationship(there, name, pairs, True, True, _orm_names(here.mapper, pairs))
    )
    there.relationships.append(
        Relationship(here, name, back, columns in unique, False, _orm_names(there.mapper, back))
    )


def _through(
    table: Table,
    here: Resource | None,
    one: Resource,
    other: Resource,
    first: ForeignKeyConstraint,
    second: ForeignKeyConstraint,
) -> None:
    pairs = tuple((far, near) for near, far in _pairs(first))
    one.relationships.append(
        Relationship(
            other,
            f"{_name(first)} and {_name(second)}",
            pairs,
            to_one=False,
            forward=False,
            names=_orm_names(one.mapper, pairs, table),
            junction=table,
            junction_resource=here,
            junction_pairs=_pairs(second),
        )
    )


def _orm_names(
    mapper: Mapper[Any] | None, pairs: tuple[tuple[str, str], ...], junction: Table | None = None
) -> frozenset[str]:
    def joins(relationship: RelationshipProperty[Any]) -> bool:
        found = (
            relationship.local_remote_pairs if junction is None else relationship.synchronize_pairs
        )
        return relationship.secondary is junction and {
            (near.name, far.name) for near, far in found or ()
        } == set(pairs)

    if mapper is None:
        return frozenset()
    return frozenset(found.key for found in mapper.relationships if joins(found))


def find(origin: Resource, name: str, hint: str | None) -> Relationship:
    """The relationship that an embed of `name!hint` means. Raises ApiError: PGRST200 if there is
    none, PGRST201 if it may be one of several."""
    found = [
        relationship
        for relationship in origin.relationships
        if name in {relationship.target.name, relationship.constraint, *relationship.names}
        or (relationship.forward and name == relationship.foreign_key)
    ]
    if hint:
        found = [
            relationship
            for relationship in found
            if hint in (relationship.constraint, relationship.foreign_key)
            or hint in relationship.names
            or (relationship.junction is not None and hint == relationship.junction.name)
        ]
        # If a key leads to its own table, its column as a hint means the direction of the key.
        if len(found) > 1:
            along = [one for one in found if one.forward and hint == one.foreign_key]
            found = along or found
    if len(found) == 1:
        return found[0]
    if not found:
        hinted = f" using the hint '{hint}'" if hint else ""
        raise ApiError(
            400,
            "PGRST200",
            f"Could not find a relationship between '{origin.name}' and '{name}' "
            "in the schema cache",
            f"Searched for a foreign key relationship between '{origin.name}' and '{name}'"
            f"{hinted} in the schema '{origin.schema}', but no matches were found.",
        )
    options = ", ".join(
        f"'{name}!{hint}'"
        for one in found
        for hint in [next(iter(sorted(one.names)), one.constraint)]
    )
    raise ApiError(
        300,
        "PGRST201",
        f"Could not embed because more than one relationship was found for '{origin.name}' "
        f"and '{name}'",
        [one.described(origin.name) for one in found],
        f"Try changing '{name}' to one of the following: {options}. Find the desired "
        "relationship in the 'details' key.",
    )
