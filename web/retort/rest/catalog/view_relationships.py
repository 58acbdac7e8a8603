"""The relationships of views, by the foreign keys of the tables below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import permutations, product

from sqlalchemy import Table

from .keys import Key
from .relationships import across, both_ways
from .resource import Place, Relationship, Resource
from .views import View


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

    key: Key
    """As the table has it."""
    start: End
    there: Resource
    along: Key
    """The same with the columns as they are called at its ends."""
    is_traced: bool


def connect_views(
    resources: Iterable[Resource],
    tables: Mapping[Place, Table],
    views: Mapping[Place, View],
    keys: Iterable[Key],
    hidden: Mapping[Place, Set[str]],
    closed: Set[Place],
) -> None:
    """Give the resources the relationships that they have as views, or to views.

    A key of a `closed` table, or of a column that a model hides, makes none: its name would tell
    of what is not served.
    """
    served = {resource.place: resource for resource in resources}
    shown = _shown(views, served)
    if not shown:
        return
    names = {place: {column.name for column in table.columns} for place, table in tables.items()}

    def ends(at: Place, columns: tuple[str, ...]) -> Iterator[End]:
        if names.get(at, set()).issuperset(columns):
            yield End(tables[at], served.get(at), columns)
        by_column = [shown.get((at, column), {}) for column in columns]
        for resource in by_column[0]:
            for some in product(*(found.get(resource, []) for found in by_column)):
                yield End(resource.table, resource, some, is_traced=True)

    ways: dict[Table, list[Way]] = defaultdict(list)
    for key in keys:
        if key.table in closed or hidden.get(key.table, set()) & key.columns:
            continue
        far = list(ends(key.target, key.far))
        for start, end in product(ends(key.table, key.near), far):
            if end.resource is not None and not _is_said(start):
                pairs = tuple(zip(start.columns, end.columns, strict=True))
                along, is_traced = replace(key, pairs=pairs), start.is_traced or end.is_traced
                ways[start.table].append(Way(key, start, end.resource, along, is_traced))
                if is_traced and start.resource is not None:
                    for here, made in both_ways(start.resource, end.resource, along):
                        by_target = made.target.is_view and made.target is not here
                        _add(here, replace(made, by_target=by_target))
    for table, found in ways.items():
        here = found[0].start.resource
        primary = {c.name for c in table.primary_key} if here is None else {*here.key}
        # As in PostgREST, a key that is unique by itself makes no association.
        inner = [
            way for way in found if primary.issuperset(way.start.columns) and not way.key.is_unique
        ]
        for first, second in permutations(inner, 2):
            if first.key is not second.key and (first.is_traced or second.is_traced):
                _add(
                    first.there,
                    across(first.there, second.there, first.along, second.along, table, here),
                )


def _shown(
    views: Mapping[Place, View], served: Mapping[Place, Resource]
) -> dict[tuple[Place, str], dict[Resource, list[str]]]:
    """For each column of a table, the views that show it, and as which of theirs."""
    shown: dict[tuple[Place, str], dict[Resource, list[str]]] = defaultdict(dict)
    for place, view in views.items():
        if (resource := served.get(place)) is not None:
            for name, origin in view.origins.items():
                if name in resource.columns:
                    shown[origin].setdefault(resource, []).append(name)
    return shown


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


def _add(here: Resource, new: Relationship) -> None:
    """Add it, unless a model says the same."""

    def what(one: Relationship) -> object:
        return one.target, one.pairs, one.forward, one.junction, one.junction_pairs

    has_model = here.mapper is not None or new.target.mapper is not None
    if not has_model or what(new) not in map(what, here.relationships):
        here.relationships.append(new)
