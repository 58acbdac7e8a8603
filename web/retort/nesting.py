"""How deep JSON may be nested: a limit of our own, since Python's depends on its version."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, cast

MAX_DEPTH = 100  # objects and lists in one another


def nests_deeper(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Whether a JSON value has more than `depth` objects and lists in one another."""
    level = _containers([value])
    while level and depth:
        level = _containers(inner for container in level for inner in container)
        depth -= 1
    return bool(level)


def _containers(values: Iterable[Any]) -> list[Collection[Any]]:
    """What each of the objects and lists has in it."""
    return [
        cast(dict[str, Any], each).values() if isinstance(each, dict) else cast(list[Any], each)
        for each in values
        if isinstance(each, dict | list)
    ]
