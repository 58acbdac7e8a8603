"""A compiled statement: what all requests of one shape become, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...round_trip import compiled
from ..catalog.resource import PUBLIC, Resource
from ..request.query import Slot


def parameter(slot: Slot) -> str:
    """The name of the bind parameter for a value of the request."""
    return f"v{slot}"


@dataclass(frozen=True)
class Statement:
    """SQL, those of its parameters that never change, and the resources that it reads."""

    sql: str
    parameters: dict[str, Any]
    touched: frozenset[Resource]
    """Every resource that is read."""
    keys: tuple[str | Slot, ...]
    """What each column is called."""

    @classmethod
    def of(
        cls, statement: Any, touched: Iterable[Resource], keys: Iterable[str | Slot]
    ) -> Statement:
        """Compile a statement of SQLAlchemy's."""
        read = frozenset(touched)
        # Where the search path begins with another schema, it may have a table of the same name.
        schema = PUBLIC if any(resource.schema != PUBLIC for resource in read) else None
        return cls(*compiled(statement, schema), read, tuple(keys))

    def fill(self, values: Sequence[object], **others: object) -> dict[str, object]:
        """All parameters for one request, whose `values` are by slot."""
        given = {parameter(slot): value for slot, value in enumerate(values)}
        return self.parameters | given | others
