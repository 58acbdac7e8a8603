"""A compiled statement: what all requests of one shape become, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

from ...round_trip import compiled
from ..catalog.computed import Computed, SqlSide
from ..catalog.resource import PUBLIC, Resource
from ..request.query import Slot

Touched: TypeAlias = Resource | Computed


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
    sides: tuple[tuple[SqlSide, str], ...] = ()
    """The hybrid properties in it, each with its SQL."""

    @classmethod
    def of(
        cls, statement: Any, touched: Iterable[Touched], keys: Iterable[str | Slot]
    ) -> Statement:
        """Compile a statement of SQLAlchemy's."""
        touched = {*touched}
        sides = [one for one in touched if isinstance(one, SqlSide)]
        read = {one for one in touched if isinstance(one, Resource)}
        # Where the search path begins with another schema, it may have a table of the same name.
        schema = PUBLIC if any(resource.schema != PUBLIC for resource in read) else None
        return cls(
            *compiled(statement, schema),
            frozenset(read),
            tuple(keys),
            tuple((side, side.text) for side in sides if side.is_hybrid),
        )

    @property
    def is_current(self) -> bool:
        """Whether the model's Python still says the same."""
        return all(side.text == text for side, text in self.sides)

    def fill(self, values: Sequence[object], **others: object) -> dict[str, object]:
        """All parameters for one request, whose `values` are by slot."""
        given = {parameter(slot): value for slot, value in enumerate(values)}
        return self.parameters | given | others


Asked = ParamSpec("Asked")
Made = TypeVar("Made", bound=Statement | None)


class Remembered(Generic[Asked, Made]):
    """A function that makes statements, and remembers them as long as they are current."""

    def __init__(self, make: Callable[Asked, Made], most: int) -> None:
        self._make = make
        self._kept = lru_cache(most)(make)
        self.cache_info = self._kept.cache_info

    def __call__(self, *args: Asked.args, **options: Asked.kwargs) -> Made:
        found = self._kept(*args, **options)  # pyright: ignore[reportArgumentType]
        if found is None or found.is_current:
            return found
        return self._make(*args, **options)


def remembered(
    most: int,
) -> Callable[[Callable[Asked, Made]], Remembered[Asked, Made]]:
    """Decorates a function, of whose statements the `most` recent are remembered."""
    return lambda make: Remembered(make, most)
