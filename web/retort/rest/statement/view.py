"""What a statement has to ask of a view, where a table would tell it by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select


def alone(rows: Select[Any], each: Select[Any]) -> Select[Any]:
    """The rows, if `each`, which has 1 for each of them, does not have several: Postgres refuses
    that as a limit. A view may have a key's row more than once, and the row that this is embedded
    in would then be there as often."""
    return select(rows.subquery()).limit(each.scalar_subquery())
