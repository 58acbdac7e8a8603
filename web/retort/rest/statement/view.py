"""What a statement has to ask of a view, where a table would tell it by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, Select, literal_column, select


def alone(rows: Select[Any]) -> Select[Any]:
    """The same, if there are not several: Postgres then refuses the limit. Each would make another
    row of that which it is embedded in, and a view may have a key's row more than once."""
    one = select(literal_column("1", Integer())).select_from(rows.order_by(None).subquery())
    return select(rows.subquery()).limit(one.scalar_subquery())
