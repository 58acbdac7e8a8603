"""The ways from a row to others, as addresses and as embeds of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import url_for

from ..rest.catalog.find import ways, written
from ..rest.catalog.resource import Relationship, Resource, turned
from ..rest.key import to_key
from ..rest.request.scanner import quoted
from .address import Parameters, parameter, query
from .sight import Seen, columns, star

# So that a page does not take longer the more there are:
MOST = 100  # rows that are counted
MOST_WAYS = 50  # relationships whose rows are counted

NOT_IN_PATH = {"", ".", ".."}  # as parts of a key; rows with such a one are looked for by filter


@dataclass(frozen=True)
class Relation:
    """A relationship, as it is for one row."""

    name: str
    target: Resource
    by: str
    url: str | None
    rows: str
    """How many; empty if that is not known."""


def text_of(value: Any) -> str | None:
    """A value as a filter of the API takes it; None for what no filter can find."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | Decimal) else None


def key_of(resource: Resource, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in resource.key}


def row_url(resource: Resource, values: Mapping[str, Any]) -> str | None:
    """The address of the row with these values, of its key or else of other columns; None if it
    cannot be addressed."""
    texts = {name: text_of(value) for name, value in values.items()}
    given = {name: text for name, text in texts.items() if text is not None}
    if not given or len(given) < len(texts) or not resource.columns.keys() >= given.keys():
        return None
    if given.keys() == {*resource.key} and NOT_IN_PATH.isdisjoint(given.values()):
        key = to_key([given[name] for name in resource.key])
        return f"{url_for('tables.table_page', table=resource.label)}/{key}"
    return rows_url(resource, given)


def rows_url(resource: Resource, values: Mapping[str, str]) -> str:
    """The address of the rows with these values."""
    return _rows_url(resource, [parameter(name, "eq", text) for name, text in values.items()])


def _rows_url(resource: Resource, parameters: Parameters) -> str:
    return url_for("tables.table_page", table=resource.label) + query(parameters)


def links(resource: Resource, seen: Seen) -> dict[str, tuple[Resource, str]]:
    """For each column that refers to a row which is seen, the table and the column that it refers
    to; a view of the table only if there is nothing else."""
    found = [
        one
        for one in resource.relationships
        if one.forward and len(one.pairs) == 1 and _follows(resource, one, seen)
    ]
    found.sort(key=lambda one: one.target.is_view, reverse=True)
    return {one.pairs[0][0]: (one.target, one.pairs[0][1]) for one in found}


def counting(resource: Resource, seen: Seen, is_open: Callable[[Resource], bool]) -> Parameters:
    """What to ask for, so that a row comes with what `relations` counts."""
    found = _countable(resource, seen, is_open)
    own = star(resource, seen)
    if not found and own == "*":
        return []
    embeds = [f"{call}({quoted(_small(target, seen))})" for _, call, target in found.values()]
    most = [(f"{quoted(name)}.limit", str(MOST)) for name, _, _ in found.values()]
    return [("select", ",".join([own, *embeds])), *most]


def _small(resource: Resource, seen: Seen) -> str:
    """A column whose values are likely to be small."""
    shown = columns(resource, seen)
    return next(name for name in (*resource.key, *shown) if name in shown)


def _follows(origin: Resource, relationship: Relationship, seen: Seen) -> bool:
    """Whether the rows there can be reached: the columns that join have to be seen as well, also
    those of a junction that is served."""
    there = relationship.target
    between = there if relationship.junction is None else relationship.junction_resource
    joined = [(origin, near) for near, _ in relationship.pairs]
    joined += [(between, far) for _, far in relationship.pairs if between]
    joined += [(between, near) for near, _ in relationship.junction_pairs if between]
    joined += [(there, far) for _, far in relationship.junction_pairs]
    return there in seen and all(name in seen.get(one, ()) for one, name in joined)


def _countable(
    resource: Resource, seen: Seen, is_open: Callable[[Resource], bool]
) -> dict[int, tuple[str, str, Resource]]:
    """For the first relationships whose rows anybody may count, by place: the name that they have
    in the row, how the API is asked for them, and their table."""
    found: dict[int, tuple[str, str, Resource]] = {}
    taken = {*resource.columns}
    for place, relationship in enumerate(resource.relationships):
        target = relationship.target
        if len(found) == MOST_WAYS:
            break
        if relationship.forward or not columns(target, seen):
            continue
        if not (is_open(target) and _follows(resource, relationship, seen)):
            continue
        call = _call(resource, relationship)
        if call is None:
            continue
        name, embed = call
        if name in taken:
            name, embed = f"~{place}", f"~{place}:{embed}"
        taken.add(name)
        found[place] = name, embed, target
    return found


def relations(
    resource: Resource,
    row: Mapping[str, Any],
    seen: Seen,
    is_open: Callable[[Resource], bool],
) -> list[Relation]:
    """Where one can go from a row that was selected as `counting` says."""
    names = {place: name for place, (name, _, _) in _countable(resource, seen, is_open).items()}
    return [
        Relation(
            _name(relationship),
            relationship.target,
            _by(resource, relationship),
            _url(resource, relationship, row, seen) if is_open(relationship.target) else None,
            _number(relationship, row[names[place]]) if names.get(place) in row else "",
        )
        for place, relationship in enumerate(resource.relationships)
        if _follows(resource, relationship, seen)
    ]


def _number(relationship: Relationship, found: Any) -> str:
    """How many rows were found, as the page says it."""
    if relationship.to_one:
        return "0" if found is None else "1"
    is_whole = len(found) < min(MOST, relationship.target.max_rows)
    return str(len(found)) if is_whole else f"{len(found)}+"


@lru_cache(1024)
def _call(origin: Resource, relationship: Relationship) -> tuple[str, str] | None:
    """The name of a relationship in the API's grammar, and the same with the hint that it may need;
    None if it cannot be named."""
    # The names of the ORM are those that the page shows.
    calls = sorted(ways(origin, relationship), key=lambda call: call[0] not in relationship.names)
    return (calls[0][0], written(*calls[0])) if calls else None


def _name(relationship: Relationship) -> str:
    for name in sorted(relationship.names):
        return name
    key = relationship.foreign_key if relationship.forward else None
    return key or relationship.target.label


def _by(origin: Resource, relationship: Relationship) -> str:
    """Along which columns it leads, but for hidden ones."""
    there = relationship.target
    if relationship.junction is not None:
        return f"through {relationship.junction.name}{_keys(origin, relationship)}"
    near = ", ".join(name for name, _ in relationship.pairs if name in origin.columns)
    far = ", ".join(name for _, name in relationship.pairs if name in there.columns)
    if relationship.forward:
        return f"{near} → {there.label}.{far}"
    return f"{there.label}.{far} → {near}"


def _keys(origin: Resource, relationship: Relationship) -> str:
    """The columns of an association table that leads from here in several ways."""
    junction, resource = relationship.junction, relationship.junction_resource
    if sum(one.junction is junction for one in origin.relationships) == 1:
        return ""
    names = [far for _, far in relationship.pairs]
    names += [near for near, _ in relationship.junction_pairs]
    shown = [name for name in names if resource is None or name in resource.columns]
    return f" ({', '.join(shown)})"


def _url(
    origin: Resource, relationship: Relationship, row: Mapping[str, Any], seen: Seen
) -> str | None:
    there = relationship.target
    if relationship.forward:
        return row_url(there, {far: row.get(near) for near, far in relationship.pairs})
    if relationship.junction is None:
        values = {far: row.get(near) for near, far in relationship.pairs}
        prefix, parameters = "", []
    else:
        values = {near: row.get(near) for near, _ in relationship.pairs}
        back = _back(origin, relationship)
        if back is None:
            return None
        prefix = f"{quoted(back[0])}."
        parameters = [("select", f"{star(there, seen)},{back[1]}!inner()")]
    columns = origin.columns if prefix else there.columns
    for name, value in values.items():
        text = text_of(value)
        if text is None or name not in columns:
            return None
        column, filter_ = parameter(name, "eq", text)
        parameters.append((prefix + column, filter_))
    return _rows_url(there, parameters)


def _back(origin: Resource, relationship: Relationship) -> tuple[str, str] | None:
    """The same for the way back here from the far side of an association table."""
    for one in relationship.target.relationships:
        if (
            one.target is origin
            and one.junction is relationship.junction
            and one.junction_pairs == turned(relationship.pairs)
            and one.pairs == turned(relationship.junction_pairs)
        ):
            return _call(relationship.target, one)
    return None
