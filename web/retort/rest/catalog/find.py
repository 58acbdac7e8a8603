"""Finds the relationship that an embed means, by PostgREST's rules; and by the names that an ORM
has for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import get_args

from ..errors import ApiError, Guarded, MayRead
from ..request.scanner import quoted
from .resource import Cardinality, Relationship, Resource, closest


def find(origin: Resource, name: str, hint: str | None) -> Relationship:
    """The relationship that an embed of `name!hint` means. Raises ApiError: PGRST200 if there is
    none, PGRST201 if it may be one of several."""
    if name in origin.computed_relationships:
        return origin.computed_relationships[name]
    found = _meant(origin, name, hint)
    if len(found) > 1:
        raise Guarded(
            partial(_ambiguous, origin, name, found), origin, *(one.target for one in found)
        )
    if not found:
        raise Guarded(partial(_unknown, origin, name, hint), origin)
    return found[0]


def _meant(origin: Resource, name: str, hint: str | None) -> list[Relationship]:
    for is_called in (_is_called, _may_be_called):
        found = [one for one in origin.relationships if is_called(origin, one, name, hint)]
        if found:
            return [one for one in found if one.target.schema == origin.schema] or found
    return []


def _is_called(origin: Resource, one: Relationship, name: str, hint: str | None) -> bool:
    """By PostgREST's rules: by the table, which a hint may say more of; or by the key or its column
    that is here. From a table to itself, the table is those rows that point here, and the column
    the row that is pointed at. Beside these, by the ORM's name."""
    is_self, is_table = one.target is origin, name == one.target.name
    if hint is None and name in one.names:
        return True
    if is_self and one.junction is not None:
        return False
    if is_table and not (is_self and one.forward):
        return hint is None or hint in _hints(origin, one)
    if hint is not None or one.junction is not None or one.by_target:
        return False
    is_column = one.forward and name == one.foreign_key
    return is_column or (name == one.constraint and not is_self)


def _may_be_called(origin: Resource, one: Relationship, name: str, hint: str | None) -> bool:
    """Ours, where nothing is called so: from a table to itself through an association table, and by
    the name of a key that is here; and by more hints."""
    if hint is not None:
        is_named = name == one.target.name or name in one.names
        return is_named and hint in {*_hints(origin, one), *_more_hints(one)}
    is_key = one.forward and name == one.constraint
    return one.target is origin and (is_key if one.junction is None else name == one.target.name)


def _hints(origin: Resource, one: Relationship) -> set[str]:
    """PostgREST's: the association table, or the key, its column, or the column it refers to."""
    if one.junction is not None:
        return {one.junction.name}
    if len(one.pairs) != 1:
        return {one.constraint}
    near, far = one.pairs[0]
    columns = {near} & {*origin.columns} | {far} & {*one.target.columns}
    if one.target is origin:  # where the other column would mean every key
        columns &= {one.foreign_key}
    return {one.constraint, *columns}


def _more_hints(one: Relationship) -> list[str]:
    """Ours: for an association table, its key that leads here, or both of its keys; and what the
    ORM calls it."""
    keys = [one.constraint, _both(one)] if one.junction is not None else []
    return [*keys, *sorted(one.names)]


def _both(one: Relationship) -> str:
    return f"{one.constraint} and {one.junction_constraint}"


def ways(origin: Resource, one: Relationship) -> Iterator[tuple[str, str | None]]:
    """The names, each with the hint that it may need, by which `find` finds a relationship; as
    PostgREST has them first. None at all where it is one of several that have the same, or where
    they would tell of a hidden column."""
    names = [one.target.name, *sorted(one.names)]
    first = one.constraint if one.junction is None else one.junction.name
    hints = [first, *sorted(_hints(origin, one) - {first}), *_more_hints(one)]
    own = [one.foreign_key, one.constraint] if one.forward else []
    for name, hint in [
        *((name, None) for name in names),
        *((one.target.name, hint) for hint in hints),
        *((name, None) for name in own if name),
    ]:
        if not _tells(origin, one, hint or name) and _meant(origin, name, hint) == [one]:
            yield name, hint


def _is_readable(one: Relationship, may_read: MayRead) -> bool:
    return may_read(one.target) and may_read(one.junction_resource or one.target)


def _unknown(origin: Resource, name: str, hint: str | None, may_read: MayRead) -> ApiError:
    hinted = f" using the hint '{hint}'" if hint else ""
    names = {
        called
        for one in (*origin.relationships, *origin.computed_relationships.values())
        if _is_readable(one, may_read)
        for called in ([one.constraint] if one.function else [one.target.name, *one.names])
    }
    near = closest(name, names) if name not in names else None
    return ApiError(
        400,
        "PGRST200",
        f"Could not find a relationship between '{origin.name}' and '{name}' in the schema cache",
        f"Searched for a foreign key relationship between '{origin.name}' and '{name}'"
        f"{hinted} in the schema '{origin.schema}', but no matches were found.",
        f"Perhaps you meant '{near}' instead of '{name}'." if near else None,
    )


def _ambiguous(
    origin: Resource, name: str, several: list[Relationship], may_read: MayRead
) -> ApiError:
    found = [one for one in several if _is_readable(one, may_read)]
    kinds = get_args(Cardinality)
    found.sort(
        key=lambda one: (
            one.target.name,
            kinds.index(one.cardinality),
            "" if one.junction is None else one.junction.name,
            one.constraint,
            one.junction_constraint,
        )
    )
    calls = [call for one in found for call in _calls(origin, one)]
    return ApiError(
        300,
        "PGRST201",
        f"Could not embed because more than one relationship was found for '{origin.name}' "
        f"and '{name}'",
        [_described(origin, one) for one in found],
        f"Try changing '{name}' to one of the following: {', '.join(calls)}. Find the desired "
        "relationship in the 'details' key."
        if calls
        else None,
    )


def _calls(origin: Resource, one: Relationship) -> list[str]:
    """What to write instead, if there is anything: with a hint, if one of them will do."""
    calls = sorted(ways(origin, one), key=lambda call: call[1] is None)
    return [f"'{written(*call)}'" for call in calls[:1]]


def written(name: str, hint: str | None) -> str:
    """A name and its hint as `select` has them."""
    return quoted(name) + (f"!{quoted(hint)}" if hint else "")


def _described(origin: Resource, one: Relationship) -> dict[str, str]:
    near, far = zip(*one.pairs, strict=True)
    key = _key(origin, one, one.constraint)
    if one.junction is None:
        here = origin.name + _columns(origin, near)
        using = f"{key} using {here} and {one.target.name}{_columns(one.target, far)}"
    else:
        second, _ = zip(*one.junction_pairs, strict=True)
        key += _columns(one.junction_resource, far)
        other = _key(origin, one, one.junction_constraint) + _columns(one.junction_resource, second)
        using = f"{one.junction.name} using {key} and {other}"
    return {
        "cardinality": one.cardinality,
        "embedding": f"{origin.name} with {one.target.name}",
        "relationship": using,
    }


def _columns(resource: Resource | None, names: tuple[str, ...]) -> str:
    """Those that anybody may see. The association table of a model, which is no resource, has no
    others."""
    shown = [name for name in names if resource is None or name in resource.columns]
    return f"({', '.join(shown)})"


def _key(origin: Resource, one: Relationship, constraint: str) -> str:
    return "a key" if _tells(origin, one, constraint) else constraint


def _tells(origin: Resource, one: Relationship, words: str) -> bool:
    """Whether the words are the name of a key that may be about a hidden column of its own."""
    middle = one.target if one.junction is None else one.junction_resource
    ends = ((origin, middle, one.pairs), (middle, one.target, one.junction_pairs))
    hidden = {
        name
        for here, there, pairs in ends
        for pair in pairs
        for resource, name in zip((here, there), pair, strict=True)
        if resource is not None and name in resource.options.hidden
    }
    is_key = words in (one.constraint, one.junction_constraint, _both(one))
    return is_key and any(name in words for name in hidden)
