"""What the sheet says of inheritance, of models in several files, of events and of dataclasses."""
# pyright: basic, reportAttributeAccessIssue=false, reportUndefinedVariable=false
# pyright: reportGeneralTypeIssues=false

from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from pydantic import BaseModel, ValidationError
from sqlalchemy import JSON, ForeignKey, String, TypeDecorator, event, literal, select
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoReferencedTableError, SAWarning
from sqlalchemy.ext.declarative import AbstractConcreteBase
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    mapped_column,
    object_session,
    relationship,
)
from sqlalchemy.orm.base import NO_VALUE
from sqlalchemy.orm.exc import UnmappedClassError
from sqlalchemy.schema import CreateTable

from retort.database import db

from .claims import compiled, row


@pytest.fixture
def base() -> Any:
    class Base(DeclarativeBase):
        pass

    return Base


@pytest.fixture
def job(base: Any) -> Any:
    """A model of the table `projects`, for listeners of a test's own."""

    class Job(base):
        __tablename__ = "projects"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    return Job


def test_a_row_of_an_unknown_class_raises(base: Any) -> None:
    class Being(base):
        __tablename__ = "persons"
        __mapper_args__ = {"polymorphic_on": "name", "polymorphic_identity": "being"}
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    with pytest.raises(AssertionError, match="No such polymorphic_identity 'Amy'"):
        db.session.scalars(select(Being).order_by(Being.id)).all()


def test_two_subclasses_may_share_a_column_of_their_one_table(base: Any) -> None:
    class Vehicle(base):
        __tablename__ = "vehicles"
        __mapper_args__ = {"polymorphic_on": "kind"}
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]

    class Car(Vehicle):
        __mapper_args__ = {"polymorphic_identity": "car"}
        seats: Mapped[int]

    with pytest.raises(ArgumentError, match="conflicts with existing column"):

        class Ship(Vehicle):
            __mapper_args__ = {"polymorphic_identity": "ship"}
            seats: Mapped[int]

    class Plane(Vehicle):
        __mapper_args__ = {"polymorphic_identity": "plane"}
        seats: Mapped[int] = mapped_column(use_existing_column=True)

    assert Plane.seats.property.columns[0] is Car.seats.property.columns[0]
    assert "seats INTEGER NOT NULL" in compiled(CreateTable(Vehicle.__table__))  # unless it says so


def test_a_concrete_base_is_mapped_when_the_mappers_are_configured(base: Any) -> None:
    class Vehicle(AbstractConcreteBase, base):
        strict_attrs = True
        id: Mapped[int] = mapped_column(primary_key=True)

    class Car(Vehicle):
        __tablename__ = "cars"
        __mapper_args__ = {"concrete": True, "polymorphic_identity": "car"}

    with pytest.raises(UnmappedClassError):
        select(Vehicle)
    base.registry.configure()
    assert "FROM cars" in compiled(select(Vehicle))


def test_a_class_that_is_not_imported_breaks_the_other_models_of_the_base(base: Any) -> None:
    class Customer(base):
        __tablename__ = "customers"
        id: Mapped[int] = mapped_column(primary_key=True)
        addresses: Mapped[list["Address"]] = relationship()  # noqa: F821

    class City(base):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(primary_key=True)

    try:
        with pytest.raises(InvalidRequestError, match="'Address' failed to locate a name"):
            Customer()
        with pytest.raises(
            InvalidRequestError, match=r"One or more mappers failed.*'Address' failed to locate"
        ):
            City()
    finally:
        base.registry.dispose()


def test_a_foreign_key_needs_the_model_that_it_refers_to(base: Any) -> None:
    class Address(base):
        __tablename__ = "addresses"
        id: Mapped[int] = mapped_column(primary_key=True)
        customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))

    with pytest.raises(NoReferencedTableError, match="'customers'"):
        base.metadata.create_all(db.engine)


def test_a_type_without_cache_ok_warns() -> None:
    class Plain(TypeDecorator):
        impl = String

    with pytest.warns(SAWarning, match="will not produce a cache key"):
        db.session.scalar(select(literal("x", Plain())))


def test_the_session_is_not_for_mapper_events(job: Any) -> None:
    @event.listens_for(job, "before_insert")
    def before_insert(mapper: Any, connection: Any, target: Any) -> None:
        session = object_session(target)
        assert session is not None
        session.add(job(name="another")) if target.name == "add" else session.flush()

    db.session.add(job(name="flush"))
    with pytest.raises(InvalidRequestError, match="Session is already flushing"):
        db.session.flush()
    db.session.rollback()
    db.session.add(job(name="add"))
    with pytest.warns(SAWarning, match="Results may not be consistent"):
        db.session.flush()


def test_before_update_is_called_though_nothing_has_changed(job: Any) -> None:
    called: list[str] = []

    @event.listens_for(job, "before_update")
    def before_update(mapper: Any, connection: Any, target: Any) -> None:
        called.append(target.name)

    one = db.session.get_one(job, 1)
    one.name = str(one.name)
    db.session.flush()
    assert called == [one.name]


@pytest.mark.parametrize("active_history", [False, True])
def test_the_old_value_is_known_if_it_is_loaded(job: Any, active_history: bool) -> None:
    olds: list[object] = []

    @event.listens_for(job.name, "set", active_history=active_history)
    def is_set(target: Any, value: Any, old: Any, initiator: Any) -> None:
        olds.append(old)

    one = db.session.get_one(job, 1)
    name = one.name
    db.session.expire(one)
    one.name = "another"
    assert olds == [name if active_history else NO_VALUE]


@pytest.mark.parametrize("eq", [False, True])
def test_dataclasses_that_are_compared_cannot_be_hashed(eq: bool) -> None:
    class Base(MappedAsDataclass, DeclarativeBase, eq=eq):
        pass

    class City(Base):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(primary_key=True)

    assert (City(1) == City(1)) == eq
    assert (City.__hash__ is None) == eq


@pytest.mark.parametrize("kw_only", [False, True])
def test_in_a_dataclass_defaults_come_last_or_by_name(kw_only: bool) -> None:
    class Base(MappedAsDataclass, DeclarativeBase, kw_only=kw_only):
        pass

    def declare() -> Any:
        class City(Base):
            __tablename__ = "cities"
            id: Mapped[int] = mapped_column(primary_key=True, default=None)
            name: Mapped[str]

        return City

    if kw_only:
        assert declare()(name="Lisbon").name == "Lisbon"
    else:
        with pytest.raises(InvalidRequestError, match="non-default argument"):
            declare()


def test_with_flask_each_model_is_made_a_dataclass_by_itself() -> None:
    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    with pytest.raises(InvalidRequestError, match="is already a dataclass"):
        SQLAlchemy(model_class=Base)

    class Plain(DeclarativeBase):
        pass

    fresh = SQLAlchemy(model_class=Plain)

    class City(MappedAsDataclass, fresh.Model):
        id: Mapped[int] = mapped_column(primary_key=True)

    assert City(1) == City(1)


def test_pydantic_takes_a_row_only_if_it_may_read_attributes() -> None:
    class Out(BaseModel):
        name: str

    with pytest.raises(ValidationError, match="valid dictionary"):
        Out.model_validate(row())
    assert Out.model_validate(row(), from_attributes=True).name == row().name


def test_an_annotation_names_a_type_of_python(base: Any) -> None:
    with pytest.raises(ArgumentError, match="Expected a Python type instead"):

        class City(base):  # pyright: ignore[reportUnusedClass]
            __tablename__ = "cities"
            id: Mapped[int] = mapped_column(primary_key=True)
            profile: Mapped[JSON]


def test_a_condition_in_a_hybrid_property_is_decided_once_for_all_rows(base: Any) -> None:
    class City(base):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        nickname: Mapped[str | None]

        @hybrid_property
        def called(self) -> str:
            return self.nickname or self.name

    assert City(name="Wien").called == "Wien"
    assert compiled(select(City.called)) == "SELECT cities.nickname FROM cities"
