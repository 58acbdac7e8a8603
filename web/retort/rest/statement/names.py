"""Names of our own in a statement. Tables and their columns may be called anything."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import FromClause, Table

NUMBERED = re.compile(r".*_\d+", re.DOTALL)  # so SQLAlchemy calls its aliases


def free(name: str, taken: Iterable[str]) -> str:
    """The name, or a longer one if it is one of those `taken`."""
    names = {*taken}
    while name in names:
        name += "_"
    return name


def root(table: Table) -> FromClause:
    """The table to select from, under a name that no other alias in the statement has."""
    return table.alias() if NUMBERED.fullmatch(table.name) else table
