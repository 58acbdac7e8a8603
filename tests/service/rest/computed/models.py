"""Models with computed attributes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Identity,
    ScalarSelect,
    Text,
    case,
    column,
    func,
    select,
    table,
    type_coerce,
)
from sqlalchemy.ext.hybrid import Comparator, hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    aliased,
    column_property,
    mapped_column,
    query_expression,
    registry,
    relationship,
)


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={int: BigInteger, str: Text})


db = SQLAlchemy(model_class=Base)


class Kind(Enum):
    SMALL = "S"
    LARGE = "L"


class Clock:
    """What the models' Python looks at."""

    today = date(2026, 1, 1)
    words = ("dig", "fly")


class Folded(Comparator[str]):
    def __clause_element__(self) -> ColumnElement[str]:
        return func.lower(self.expression, type_=Text())


class Worker(db.Model):
    __tablename__ = "workers"
    __api__ = {
        "write": "anyone",
        "hidden": {"salary", "pay", "secret_name"},
    }

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    first: Mapped[str] = mapped_column()
    last: Mapped[str | None]
    born: Mapped[date | None]
    salary: Mapped[int] = mapped_column(server_default="7")
    kind: Mapped[Kind] = mapped_column(server_default="SMALL")
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("workers.id"))
    jobs: Mapped[list[Job]] = relationship(back_populates="worker")
    boss: Mapped[Worker | None] = relationship(remote_side=[id])
    initial: Mapped[str] = column_property(func.left(first, 1, type_=Text()))

    @hybrid_property
    def name(self) -> str:
        return self.first + " 100%\\ " + self.last  # type: ignore[operator]

    @hybrid_property
    def age(self) -> int:
        return Clock.today.year - func.extract("year", self.born)  # type: ignore[return-value]

    @hybrid_property
    def is_large(self) -> bool:
        return self.kind == Kind.LARGE

    @hybrid_property
    def is_known(self) -> bool:
        return self.first.in_(Clock.words)  # type: ignore[attr-defined,no-any-return]

    @hybrid_property
    def folded(self) -> str:
        return self.first.lower()

    @folded.inplace.comparator
    @classmethod
    def _folded(cls) -> Folded:
        return Folded(cls.first)

    @hybrid_property
    def mark(self) -> str:
        """It is made of another."""
        return self.initial + "."

    @hybrid_property
    def hours(self) -> int:
        return sum(job.hours for job in self.jobs)

    @hours.inplace.expression
    @classmethod
    def _hours(cls) -> ScalarSelect[int]:
        return select(func.sum(Job.hours)).where(Job.worker_id == cls.id).scalar_subquery()

    @hybrid_property
    def by_name(self) -> int:
        return len(self.jobs)

    @by_name.inplace.expression
    @classmethod
    def _by_name(cls) -> ColumnElement[int]:
        """It names the model and not `cls`."""
        return select(func.count(Job.id)).where(Job.worker_id == Worker.id).label("jobs")

    @hybrid_property
    def has_team(self) -> bool:
        raise NotImplementedError

    @has_team.inplace.expression
    @classmethod
    def _has_team(cls) -> ColumnElement[bool]:
        member = aliased(Worker)
        return select(member.id).where(member.boss_id == cls.id).exists()

    @hybrid_property
    def band(self) -> str:
        """It reads a hidden column, as its author wants it."""
        return case((self.salary > 5, "high"), else_="low")  # type: ignore[return-value,arg-type]

    @hybrid_property
    def pay(self) -> int:
        return self.salary * 1

    @hybrid_property
    def same_salary(self) -> int:
        return self.salary

    @hybrid_property
    def steps(self) -> int:
        raise NotImplementedError

    @steps.inplace.expression
    @classmethod
    def _steps(cls) -> ScalarSelect[int]:
        """It goes through another table, under another name, and by a hidden column."""
        job = aliased(Job)
        found = select(func.count(Step.id)).join(job, Step.job).where(job.worker_id == cls.id)
        return found.where(cls.salary > 1).scalar_subquery()

    # What has no SQL side.

    @hybrid_property
    def shouted(self) -> str:
        return self.first.upper()

    @hybrid_property
    def formatted(self) -> str:
        return f"{self.first} {self.last}"

    @hybrid_property
    def is_named(self) -> bool:
        return self.last is not None

    @hybrid_property
    def broken(self) -> str:
        raise RuntimeError

    @hybrid_property
    def crossed(self) -> int:
        return self.id + Job.hours  # type: ignore[return-value]

    @hybrid_property
    def foreign(self) -> int:
        return Job.hours  # type: ignore[return-value]

    @hybrid_property
    def _private(self) -> str:
        return self.first + "!"

    @hybrid_property
    def coerced_salary(self) -> str:
        return type_coerce(self.salary, Text())  # type: ignore[return-value]

    @hybrid_property
    def has_paper(self) -> bool:
        raise NotImplementedError

    @has_paper.inplace.expression
    @classmethod
    def _has_paper(cls) -> ColumnElement[bool]:
        """It reads what the API does not have."""
        return select(Paper.id).where(Paper.id == cls.id).exists()

    @hybrid_property
    def papers(self) -> int:
        papers = table("papers", column("id"))
        return select(func.count()).select_from(papers).scalar_subquery()  # type: ignore[return-value]

    secret_name: Mapped[str] = column_property(func.lower(first))
    asked: Mapped[int] = query_expression()  # type: ignore[assignment]


class Job(db.Model):
    __tablename__ = "jobs"
    __api__ = {"read": "token", "write": "anyone"}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    hours: Mapped[int]
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("workers.id"))
    worker: Mapped[Worker | None] = relationship(back_populates="jobs")

    @hybrid_property
    def days(self) -> Decimal:
        return self.hours / Decimal("8.0")


class Step(db.Model):
    __tablename__ = "steps"
    __api__ = {"read": ["boss"]}

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    job: Mapped[Job] = relationship()


class Paper(db.Model):
    __tablename__ = "papers"
    __api__ = False

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)


Job.share = column_property(  # type: ignore[misc]
    select(func.count(Worker.id)).where(Worker.id == Job.worker_id).correlate(Job).scalar_subquery()
)
