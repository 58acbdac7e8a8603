"""A compiled statement: what a shape of request becomes, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

from .expressions import parameter
from .resources import Resource
from .rows import Column
from .tree import Slot

DIALECT = PGDialect_psycopg2()


@dataclass(frozen=True)
class Plan:
    """SQL, the parameters of it that never change, and whom it concerns."""

    sql: str
    parameters: dict[str, Any]
    touched: frozenset[Resource]
    """Every resource that is read."""
    keys: tuple[str | Slot, ...]
    """What each column is called."""

    @classmethod
    def of(cls, statement: Any, touched: Sequence[Resource], columns: Sequence[Column]) -> Plan:
        compiled = statement.compile(dialect=DIALECT)
        keys = tuple(column.key for column in columns)
        return cls(str(compiled), dict(compiled.params), frozenset(touched), keys)

    def fill(self, values: Sequence[object], **others: object) -> dict[str, object]:
        """The parameters for one request."""
        given = {parameter(slot): value for slot, value in enumerate(values)}
        return self.parameters | given | others
