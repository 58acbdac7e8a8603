"""The rows that recipes work on: those that db-init puts into the schema `cheatsheet`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ...models import OrderStatus

_ROWS: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "persons": (
        ("id", "name", "email", "manager_id", "tags", "profile"),
        [
            (
                1,
                "Amy",
                "amy@example.com",
                None,
                ["founder", "chemist"],
                {"city": "Lisbon", "languages": ["pt", "en"]},
            ),
            (
                2,
                "Ben",
                "ben@example.com",
                1,
                ["engineer"],
                {"city": "Utrecht", "languages": ["nl", "en", "de"]},
            ),
            (
                3,
                "Chloé",
                "chloe@example.com",
                1,
                ["sales"],
                {"city": "Lyon", "languages": ["fr"]},
            ),
            (
                4,
                "Deniz",
                "deniz@example.com",
                2,
                ["engineer", "remote"],
                {"city": "Izmir", "languages": ["tr", "en"]},
            ),
            (
                5,
                "Emeka",
                "emeka@example.com",
                2,
                ["engineer", "on call"],
                {"city": "Lagos"},
            ),
            (6, "Freya", None, 3, ["sales", "remote"], {}),
        ],
    ),
    "projects": (("id", "name"), [(1, "Alembic still"), (2, "Funnel"), (3, "Spring catalogue")]),
    "orders": (
        ("id", "person_id", "status", "amount", "placed_at"),
        [
            (number, person, status, Decimal(amount), datetime(2026, *placed, tzinfo=UTC))
            for number, person, status, amount, placed in (
                (1, 1, OrderStatus.SHIPPED, "129.00", (1, 14, 9)),
                (2, 2, OrderStatus.PAID, "18.50", (2, 3, 16)),
                (3, 3, OrderStatus.CANCELLED, "240.00", (2, 20, 11)),
                (4, 1, OrderStatus.PAID, "64.90", (3, 8, 8)),
                (5, 4, OrderStatus.PENDING, "12.00", (3, 9, 19)),
                (6, 6, OrderStatus.SHIPPED, "310.25", (3, 21, 13)),
                (7, 4, OrderStatus.PENDING, "75.40", (4, 2, 10)),
            )
        ],
    ),
    "persons_projects": (
        ("person_id", "project_id"),
        [(1, 1), (1, 2), (2, 1), (3, 3), (4, 1), (4, 2), (5, 2), (6, 3)],
    ),
}

ROWS: dict[str, list[dict[str, Any]]] = {
    table: [dict(zip(columns, row, strict=True)) for row in rows]
    for table, (columns, rows) in _ROWS.items()
}
for _person in ROWS["persons"]:
    _joined = datetime(2026, 1, 1 + _person["id"], 9, tzinfo=UTC)
    _person |= {"version": 1, "created_at": _joined, "updated_at": _joined}
