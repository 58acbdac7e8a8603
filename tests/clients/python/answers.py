"""What comes back of a query."""

from typing import Any


def values(column: str, query: Any) -> list[Any]:
    return [row[column] for row in query.execute().data]


def names(query: Any) -> list[str]:
    return values("name", query)
