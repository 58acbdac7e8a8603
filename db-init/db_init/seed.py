"""The first rows of a new database: small, and plausible enough to try things on."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from retort.models import Order, OrderStatus, Person, Project


def seed(connection: Connection) -> str:
    """Insert the rows in the connection's transaction; say how many."""
    with Session(connection) as session:
        amy = Person(
            name="Amy",
            email="amy@example.com",
            tags=["founder", "chemist"],
            profile={"city": "Lisbon", "languages": ["pt", "en"]},
        )
        session.add(amy)
        session.flush()  # she is the first person, by id
        ben = Person(
            name="Ben",
            email="ben@example.com",
            manager=amy,
            tags=["engineer"],
            profile={"city": "Utrecht", "languages": ["nl", "en", "de"]},
        )
        chloe = Person(
            name="Chloé",
            email="chloe@example.com",
            manager=amy,
            tags=["sales"],
            profile={"city": "Lyon", "languages": ["fr"]},
        )
        deniz = Person(
            name="Deniz",
            email="deniz@example.com",
            manager=ben,
            tags=["engineer", "remote"],
            profile={"city": "Izmir", "languages": ["tr", "en"]},
        )
        emeka = Person(
            name="Emeka",
            email="emeka@example.com",
            manager=ben,
            tags=["engineer", "on call"],
            profile={"city": "Lagos"},
        )
        freya = Person(name="Freya", manager=chloe, tags=["sales", "remote"])
        persons = [amy, ben, chloe, deniz, emeka, freya]
        session.add_all(persons)
        said = [f"{len(persons)} persons"]
        projects = [
            Project(name="Alembic still", persons=[amy, ben, deniz]),
            Project(name="Funnel", persons=[amy, emeka, deniz]),
            Project(name="Spring catalogue", persons=[chloe, freya]),
        ]
        session.add_all(projects)
        said.append(f"{len(projects)} projects")
        orders = [
            Order(
                person=person,
                status=status,
                amount=Decimal(amount),
                placed_at=datetime(2026, month, day, hour, tzinfo=UTC),
            )
            for person, status, amount, (month, day, hour) in [
                (amy, OrderStatus.SHIPPED, "129.00", (1, 14, 9)),
                (ben, OrderStatus.PAID, "18.50", (2, 3, 16)),
                (chloe, OrderStatus.CANCELLED, "240.00", (2, 20, 11)),
                (amy, OrderStatus.PAID, "64.90", (3, 8, 8)),
                (deniz, OrderStatus.PENDING, "12.00", (3, 9, 19)),
                (freya, OrderStatus.SHIPPED, "310.25", (3, 21, 13)),
                (deniz, OrderStatus.PENDING, "75.40", (4, 2, 10)),
            ]
        ]
        session.add_all(orders)
        said.append(f"{len(orders)} orders")
        session.commit()
    return f"seed: {', '.join(said)}"
