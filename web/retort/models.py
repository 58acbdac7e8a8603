"""The tables. `make migration m="what changed"` turns a change here into a migration."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Identity,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .database import db

persons_projects = Table(
    "persons_projects",
    db.metadata,
    Column("person_id", BigInteger, ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "project_id",
        BigInteger,
        ForeignKey("projects.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Person(db.Model):
    __tablename__ = "persons"
    __table_args__ = (CheckConstraint("name <> ''", "name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)
    manager_id: Mapped[int | None] = mapped_column(
        ForeignKey("persons.id", ondelete="SET NULL"), index=True
    )
    tags: Mapped[list[str]] = mapped_column(
        MutableList.as_mutable(ARRAY(Text)), server_default="{}"
    )
    profile: Mapped[dict[str, Any]] = mapped_column(
        MutableDict.as_mutable(JSONB), server_default="{}"
    )
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    manager: Mapped["Person | None"] = relationship(back_populates="reports", remote_side=id)
    reports: Mapped[list["Person"]] = relationship(back_populates="manager")
    projects: Mapped[list["Project"]] = relationship(
        secondary=persons_projects, back_populates="persons"
    )
    orders: Mapped[list["Order"]] = relationship(
        back_populates="person", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}

    def __repr__(self) -> str:
        return f"<Person {self.id} {self.name!r}>"


class Project(db.Model):
    __tablename__ = "projects"
    __table_args__ = (CheckConstraint("name <> ''", "name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)

    persons: Mapped[list[Person]] = relationship(
        secondary=persons_projects, back_populates="projects"
    )

    def __repr__(self) -> str:
        return f"<Project {self.id} {self.name!r}>"


class OrderStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


def _values(statuses: type[OrderStatus]) -> list[str]:
    return [status.value for status in statuses]  # by default SQLAlchemy stores the names


class Order(db.Model):
    __tablename__ = "orders"
    # In Postgres NaN is greater than any number.
    __table_args__ = (CheckConstraint("amount >= 0 AND amount < 'NaN'", "amount"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    status: Mapped[OrderStatus] = mapped_column(
        Enum(OrderStatus, name="order_status", values_callable=_values),
        server_default=OrderStatus.PENDING,
    )
    amount: Mapped[Decimal]
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    person: Mapped[Person] = relationship(back_populates="orders")

    def __repr__(self) -> str:
        return f"<Order {self.id} {self.status} {self.amount}>"


# Whom the request's token is for: its subject, after the name of another issuer and a space; NULL
# without a token. Worded as Postgres shows it, since `make migration` compares the words.
CLAIM = (
    "((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::json ->> '{}'::text)"
)
ISSUER = f"COALESCE(NULLIF(concat({CLAIM.format('iss')}, ' '), 'retort '::text), ''::text)"
CLAIMED = text(f"({ISSUER} || {CLAIM.format('sub')})")


class Note(db.Model):
    """A note that only its owner can read or change, by the row-level security in its migration."""

    __tablename__ = "notes"
    __api__ = {"read": "token", "read_only": {"owner"}}

    # No client chooses it: it would tell which ids the notes of others have, and take them.
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    owner: Mapped[str] = mapped_column(server_default=CLAIMED, index=True)
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def __repr__(self) -> str:
        return f"<Note {self.id} {self.owner!r}>"
