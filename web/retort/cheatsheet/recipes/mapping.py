"""Inheritance and mapping: classes that share tables, and what a model can do besides."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportCallIssue=false
# ruff: noqa: N805, N806, PLW1641

from dataclasses import asdict
from decimal import Decimal
from ipaddress import IPv4Address, ip_address

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    String,
    TypeDecorator,
    event,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.declarative import AbstractConcreteBase
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    declarative_base,
    declared_attr,
    mapped_column,
    relationship,
    selectinload,
    with_polymorphic,
)

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import OrderStatus, Person

chapter = Chapter("I", "Inheritance and mapping")

ORM = "https://docs.sqlalchemy.org/en/21/orm"
CORE = "https://docs.sqlalchemy.org/en/21/core"


@chapter.recipe(
    "Joined inheritance: a table for each class",
    keywords="polymorphic subclass joined table inheritance polymorphic_on polymorphic_identity "
    "with_polymorphic selectin_polymorphic model inherits from another model parent class "
    "No such polymorphic_identity is defined "
    "SAWarning implicitly combining column with column under attribute please "
    "configure one or more attributes for these same-named columns explicitly",
    links=(
        f"{ORM}/inheritance.html#joined-table-inheritance",
        f"{ORM}/queryguide/inheritance.html",
    ),
)
def joined_inheritance() -> list[dict[str, object]]:
    """The base class has a table with the columns that all its subclasses share, and each
    subclass has a table with the rest, joined by the primary key. Use it if the subclasses have
    many columns of their own, or if a foreign key has to refer to any of them.

    Pitfall: `select(Vehicle)` reads only the base table: each object then sends a SELECT of its
    own when its `doors` or `tons` are read. `with_polymorphic()` joins the tables instead.

    Pitfall: a row whose `kind` belongs to no class that was imported raises AssertionError:
    No such polymorphic_identity.

    Pitfall: changing `kind` does not turn a car into a ship: delete the one and add the other.

    Pitfall: a column of the same name in both tables becomes one attribute, and SQLAlchemy warns:
    "Implicitly combining column". Give one of them another name.
    """

    class Base(DeclarativeBase):
        pass

    class Vehicle(Base):
        __tablename__ = "vehicles"
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}

        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]  # SQLAlchemy fills it, and sees by it which class a row has
        name: Mapped[str]

    class Car(Vehicle):
        __tablename__ = "cars"
        __mapper_args__ = {"polymorphic_identity": "car"}

        id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"), primary_key=True)
        doors: Mapped[int]

    class Ship(Vehicle):
        __tablename__ = "ships"
        __mapper_args__ = {"polymorphic_identity": "ship"}

        id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"), primary_key=True)
        tons: Mapped[int]

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Car(name="Mini", doors=3), Ship(name="Vasa", tons=1210)])
        session.commit()
        vehicle = with_polymorphic(Vehicle, "*")  # the columns of every subclass too
        found = session.scalars(select(vehicle).order_by(vehicle.name))
        return [
            {
                "class": type(one).__name__,
                "id": one.id,
                "name": one.name,
                "doors": getattr(one, "doors", None),
                "tons": getattr(one, "tons", None),
            }
            for one in found
        ]


@chapter.legacy()
def joined_inheritance_legacy() -> list[dict[str, object]]:
    Base = declarative_base()

    class Vehicle(Base):
        __tablename__ = "vehicles"
        id = Column(Integer, primary_key=True)
        kind = Column(String, nullable=False)
        name = Column(String, nullable=False)
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "vehicle"}

    class Car(Vehicle):
        __tablename__ = "cars"
        id = Column(Integer, ForeignKey("vehicles.id"), primary_key=True)
        doors = Column(Integer, nullable=False)
        __mapper_args__ = {"polymorphic_identity": "car"}

    class Ship(Vehicle):
        __tablename__ = "ships"
        id = Column(Integer, ForeignKey("vehicles.id"), primary_key=True)
        tons = Column(Integer, nullable=False)
        __mapper_args__ = {"polymorphic_identity": "ship"}

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Car(name="Mini", doors=3), Ship(name="Vasa", tons=1210)])
        session.commit()
        vehicle = with_polymorphic(Vehicle, "*")
        return [
            {
                "class": type(one).__name__,
                "id": one.id,
                "name": one.name,
                "doors": getattr(one, "doors", None),
                "tons": getattr(one, "tons", None),
            }
            for one in session.query(vehicle).order_by(vehicle.name)
        ]


@chapter.recipe(
    "Single-table inheritance: one table for all classes",
    keywords="polymorphic subclass single table inheritance polymorphic_on polymorphic_identity "
    "discriminator type column use_existing_column conflicts with existing column",
    links=(
        f"{ORM}/inheritance.html#single-table-inheritance",
        f"{ORM}/queryguide/inheritance.html#select-statements-for-single-inheritance-mappings",
    ),
)
def single_table_inheritance() -> dict[str, list[str]]:
    """All classes share one table, in which the column `kind` tells the class of each row.
    No query needs a join, so prefer this if the subclasses have few columns of their own.

    Pitfall: a subclass's column has to allow NULL, since the rows of the other classes have no
    value there. A CHECK can still demand it of the rows that should have one.

    Pitfall: if two subclasses have a column of the same name, declare it in each with
    `mapped_column(use_existing_column=True)`: otherwise the second raises ArgumentError.
    """

    class Base(DeclarativeBase):
        pass

    class Vehicle(Base):
        __tablename__ = "vehicles"
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "vehicle"}

        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]
        name: Mapped[str]

    class Car(Vehicle):  # without a __tablename__
        __mapper_args__ = {"polymorphic_identity": "car"}
        doors: Mapped[int | None]
        seats: Mapped[int | None] = mapped_column(use_existing_column=True)

    class Ship(Vehicle):
        __mapper_args__ = {"polymorphic_identity": "ship"}
        tons: Mapped[int | None]
        seats: Mapped[int | None] = mapped_column(use_existing_column=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Car(name="Mini", seats=4), Ship(name="Vasa", seats=450)])
        session.commit()
        found = {}
        for model in (Vehicle, Car, Ship):
            objects = session.scalars(select(model).order_by(model.id))
            found[f"select({model.__name__})"] = [type(one).__name__ for one in objects]
        return found


@chapter.legacy(
    note="Before SQLAlchemy 2 a `declared_attr` let two subclasses share a column."
)
def single_table_inheritance_legacy() -> dict[str, list[str]]:
    Base = declarative_base()

    class Vehicle(Base):
        __tablename__ = "vehicles"
        id = Column(Integer, primary_key=True)
        kind = Column(String, nullable=False)
        name = Column(String, nullable=False)
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "vehicle"}

    class Car(Vehicle):
        doors = Column(Integer)
        __mapper_args__ = {"polymorphic_identity": "car"}

        @declared_attr
        def seats(cls):
            return Vehicle.__table__.c.get("seats", Column(Integer))

    class Ship(Vehicle):
        tons = Column(Integer)
        __mapper_args__ = {"polymorphic_identity": "ship"}

        @declared_attr
        def seats(cls):
            return Vehicle.__table__.c.get("seats", Column(Integer))

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Car(name="Mini", seats=4), Ship(name="Vasa", seats=450)])
        session.commit()
        found = {}
        for model in (Vehicle, Car, Ship):
            objects = session.query(model).order_by(model.id)
            found[f"select({model.__name__})"] = [type(one).__name__ for one in objects]
        return found


@chapter.recipe(
    "Concrete inheritance: tables that share nothing",
    keywords="polymorphic subclass concrete table inheritance AbstractConcreteBase ConcreteBase "
    "polymorphic_union UNION ALL",
    links=(f"{ORM}/inheritance.html#concrete-table-inheritance",),
)
def concrete_inheritance() -> list[dict[str, object]]:
    """Each class has a complete table of its own, and a query for the base class is a UNION of all
    these tables. Use it to read several existing tables together if they have columns in common.

    Pitfall: the ids of different classes can be the same, and no foreign key can refer to
    `Vehicle`, which has no table.

    Pitfall: if you never query the classes together, a mixin does the same and is simpler.

    Pitfall: `select(Vehicle)` raises UnmappedClassError until the mappers are configured: call
    `Base.registry.configure()` after all subclasses are declared.
    """

    class Base(DeclarativeBase):
        pass

    class Vehicle(AbstractConcreteBase, Base):
        strict_attrs = True  # a Vehicle has only the columns below

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    class Car(Vehicle):
        __tablename__ = "cars"
        __mapper_args__ = {"concrete": True, "polymorphic_identity": "car"}
        doors: Mapped[int]

    class Ship(Vehicle):
        __tablename__ = "ships"
        __mapper_args__ = {"concrete": True, "polymorphic_identity": "ship"}
        tons: Mapped[int]

    Base.registry.configure()
    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Car(name="Mini", doors=3), Ship(name="Vasa", tons=1210)])
        session.commit()
        return [
            {
                "class": type(one).__name__,
                "id": one.id,
                "name": one.name,
                "doors": getattr(one, "doors", None),
                "tons": getattr(one, "tons", None),
            }
            for one in session.scalars(select(Vehicle).order_by(Vehicle.name))
        ]


@chapter.legacy()
def concrete_inheritance_legacy() -> list[dict[str, object]]:
    Base = declarative_base()

    class Vehicle(AbstractConcreteBase, Base):
        pass

    class Car(Vehicle):
        __tablename__ = "cars"
        __mapper_args__ = {"concrete": True, "polymorphic_identity": "car"}
        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)
        doors = Column(Integer, nullable=False)

    class Ship(Vehicle):
        __tablename__ = "ships"
        __mapper_args__ = {"concrete": True, "polymorphic_identity": "ship"}
        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)
        tons = Column(Integer, nullable=False)

    Base.registry.configure()
    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Car(name="Mini", doors=3), Ship(name="Vasa", tons=1210)])
        session.commit()
        return [
            {
                "class": type(one).__name__,
                "id": one.id,
                "name": one.name,
                "doors": getattr(one, "doors", None),
                "tons": getattr(one, "tons", None),
            }
            for one in session.query(Vehicle).order_by(Vehicle.name)
        ]


@chapter.recipe(
    "Models in several files: failed to locate a name",
    keywords="InvalidRequestError initializing mapper expression failed to locate a name after "
    "both dependent classes have been defined one or more mappers failed to initialize can't "
    "proceed with initialization of other mappers circular import modules split models "
    "TYPE_CHECKING NoReferencedTableError could not find table "
    "SAWarning this declarative base already contains a class with the same class "
    "name and module name and will be replaced in the string-lookup table "
    "multiple classes found for path in the registry of this declarative base "
    "please use a fully module-qualified path",
    links=(
        f"{ORM}/relationship_api.html#sqlalchemy.orm.relationship.params.argument",
        f"{ORM}/basic_relationships.html#late-evaluation-of-relationship-arguments",
        "https://docs.python.org/3/library/typing.html#typing.TYPE_CHECKING",
    ),
)
def several_files() -> dict[str, object]:
    """A model in another file is named by a string, such as `"Address"`, so the files need not
    import each other. SQLAlchemy looks for the class at the first query or object: import every
    file of models before that, for example all of them in `models/__init__.py`.

    Pitfall: after this error the other models of the base fail too: One or more mappers failed to
    initialize. That message ends with the first error, which is the one to correct.

    Pitfall: type checkers need the class. Import it under `if TYPE_CHECKING:`, which is false when
    the program runs, so that the import cannot be circular.

    Pitfall: a foreign key to a table whose model was not imported raises NoReferencedTableError.
    """

    def start(*, import_address: bool):
        class Base(DeclarativeBase):  # models/base.py
            pass

        class Customer(Base):  # models/customer.py
            __tablename__ = "customers"
            id: Mapped[int] = mapped_column(primary_key=True)
            # if TYPE_CHECKING: from .address import Address
            addresses: Mapped[list["Address"]] = relationship(back_populates="customer")

        if import_address:

            class Address(Base):  # models/address.py
                __tablename__ = "addresses"
                id: Mapped[int] = mapped_column(primary_key=True)
                customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
                customer: Mapped["Customer"] = relationship(back_populates="addresses")

        return Customer

    seen: dict[str, object] = {}
    Customer = start(import_address=False)
    for attempt in ("Address is not imported", "the next attempt"):
        try:
            Customer()
        except InvalidRequestError as error:
            seen[attempt] = str(error).partition(". ")[0]
    Customer.registry.dispose()  # forget these models

    Customer = start(import_address=True)
    seen["Address is imported"] = Customer().addresses
    return seen


@chapter.legacy()
def several_files_legacy() -> dict[str, object]:
    def start(import_address):
        Base = declarative_base()

        class Customer(Base):
            __tablename__ = "customers"
            id = Column(Integer, primary_key=True)
            addresses = relationship("Address", back_populates="customer")

        if import_address:

            class Address(Base):
                __tablename__ = "addresses"
                id = Column(Integer, primary_key=True)
                customer_id = Column(Integer, ForeignKey("customers.id"))
                customer = relationship("Customer", back_populates="addresses")

        return Customer

    seen = {}
    Customer = start(import_address=False)
    for attempt in ("Address is not imported", "the next attempt"):
        try:
            Customer()
        except InvalidRequestError as error:
            seen[attempt] = str(error).partition(". ")[0]
    Customer.registry.dispose()

    Customer = start(import_address=True)
    seen["Address is imported"] = Customer().addresses
    return seen


@chapter.recipe(
    "A column type of your own: TypeDecorator",
    keywords="custom type TypeDecorator process_bind_param process_result_value cache_ok will not "
    "produce a cache key convert value encrypt serialize inet UserDefinedType impl "
    "NameError name is not defined in upgrade migration",
    links=(f"{CORE}/custom_types.html#augmenting-existing-types",),
)
def type_decorator(address: str = "192.0.2.7") -> dict[str, object]:
    """A TypeDecorator converts the values of a column, for every model that uses it as a type:
    `process_bind_param()` converts what is sent, `process_result_value()` what is read.

    Pitfall: without `cache_ok` SQLAlchemy warns, and does not cache statements that use the type.
    Write True if it depends on nothing but the arguments of its `__init__`, and these can be
    hashed.

    Pitfall: both methods are called with None too.

    Pitfall: a value that the column is compared with is converted too, even the pattern of a
    `like()`, unless you override `coerce_compared_value()`.

    Pitfall: Alembic writes the type's name into a migration, but does not import it.
    """

    class IpAddress(TypeDecorator):
        impl = INET  # the column's type in Postgres
        cache_ok = True

        def process_bind_param(self, value, dialect):
            return None if value is None else str(value)

        def process_result_value(self, value, dialect):
            return None if value is None else ip_address(value)

    class Base(DeclarativeBase):
        type_annotation_map = {IPv4Address: IpAddress}

    class Visit(Base):
        __tablename__ = "visits"
        id: Mapped[int] = mapped_column(primary_key=True)
        address: Mapped[IPv4Address]

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Visit(address=ip_address(address)))
        session.flush()
        query = select(Visit.address).where(Visit.address == ip_address(address))
        return {
            "with the type": session.scalar(query),
            "without it": session.scalar(text("SELECT address FROM visits")),
        }


@chapter.legacy()
def type_decorator_legacy(address: str = "192.0.2.7") -> dict[str, object]:
    class IpAddress(TypeDecorator):
        impl = INET
        cache_ok = True

        def process_bind_param(self, value, dialect):
            return None if value is None else str(value)

        def process_result_value(self, value, dialect):
            return None if value is None else ip_address(value)

    Base = declarative_base()

    class Visit(Base):
        __tablename__ = "visits"
        id = Column(Integer, primary_key=True)
        address = Column(IpAddress, nullable=False)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Visit(address=ip_address(address)))
        session.flush()
        visit = session.query(Visit).filter_by(address=ip_address(address)).one()
        return {
            "with the type": visit.address,
            "without it": session.execute(text("SELECT address FROM visits")).scalar(),
        }


@chapter.recipe(
    "Before a row is written: mapper events",
    keywords="event before_insert before_update after_insert before_delete hook signal callback "
    "slug automatically set column on save trigger Session is already flushing "
    "SAWarning usage of the operation is not currently supported within the "
    "execution stage of the flush process",
    links=(
        f"{ORM}/events.html#mapper-events",
        f"{ORM}/session_events.html#mapper-level-flush-events",
    ),
)
def mapper_events(title: str = "Hello World") -> dict[str, str]:
    """`before_insert` and `before_update` call a function for each object just before its row is
    written, so it can fill in columns of that object.

    Pitfall: do not use the session there, since its flush is under way: `add()` warns that its
    results may not be consistent, and `flush()` raises. To add or change other objects listen to
    the session's event `before_flush`, as in the recipe `audit-log`.

    Pitfall: a bulk `update()` or `insert()` has no objects, so it calls neither.

    Pitfall: `before_update` is also called for an object whose attributes were set to the values
    that they had, though no UPDATE follows.

    Pitfall: send no mail in `after_insert`, since the transaction may still be rolled back: use
    the session's event `after_commit`.
    """

    class Base(DeclarativeBase):
        pass

    class Post(Base):
        __tablename__ = "posts"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        slug: Mapped[str]

    @event.listens_for(Post, "before_insert")
    @event.listens_for(Post, "before_update")
    def set_slug(mapper, connection, post):
        post.slug = post.title.lower().replace(" ", "-")

    Base.metadata.create_all(db.engine)
    seen = {}
    with Session(db.engine) as session:
        post = Post(title=title)
        session.add(post)
        session.flush()
        seen["INSERT"] = post.slug
        post.title = f"{title} Again"
        session.flush()
        seen["UPDATE"] = post.slug
        session.execute(update(Post).values(title="By update()"))
        seen["update(), without objects"] = session.scalar(select(Post.slug))
        return seen


@chapter.legacy()
def mapper_events_legacy(title: str = "Hello World") -> dict[str, str]:
    Base = declarative_base()

    class Post(Base):
        __tablename__ = "posts"
        id = Column(Integer, primary_key=True)
        title = Column(String, nullable=False)
        slug = Column(String, nullable=False)

    def set_slug(mapper, connection, post):
        post.slug = post.title.lower().replace(" ", "-")

    event.listen(Post, "before_insert", set_slug)
    event.listen(Post, "before_update", set_slug)

    Base.metadata.create_all(db.engine)
    seen = {}
    with Session(db.engine) as session:
        post = Post(title=title)
        session.add(post)
        session.flush()
        seen["INSERT"] = post.slug
        post.title = f"{title} Again"
        session.flush()
        seen["UPDATE"] = post.slug
        session.query(Post).update({"title": "By update()"})
        seen["update(), without objects"] = session.query(Post.slug).scalar()
        return seen


@chapter.recipe(
    "When an attribute is set: attribute events",
    keywords="event set attribute change old value new value on change active_history NO_VALUE "
    "retval status transition",
    links=(
        f"{ORM}/events.html#attribute-events",
        f"{ORM}/session_events.html#attribute-change-events",
    ),
)
def attribute_events() -> dict[str, object]:
    """The event `set` calls a function with the new value and the old one whenever an attribute is
    assigned: it can note the change, or refuse it by raising.

    Pitfall: the old value is NO_VALUE for a new object, and for an object whose value is not
    loaded, as after a commit: `active_history=True` loads it first.

    Pitfall: the function is called when the attribute is set, long before the commit, which may
    never come. Loading a row does not call it, and neither does a bulk `update()`.

    Pitfall: what the function returns changes nothing, unless you listen with `retval=True`. To
    change or check a value, `@validates` is shorter.
    """

    class Base(DeclarativeBase):
        pass

    class Parcel(Base):
        __tablename__ = "parcels"
        id: Mapped[int] = mapped_column(primary_key=True)
        status: Mapped[str]

    steps = []

    @event.listens_for(Parcel.status, "set", active_history=True)
    def status_is_set(parcel, value, old, initiator):
        if old == "delivered":
            raise ValueError(f"a delivered parcel cannot become {value}")
        steps.append(f"{old} -> {value}")

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        parcel = Parcel(status="packed")
        session.add(parcel)
        session.commit()
        parcel.status = "sent"  # first loads the old value
        parcel.status = "delivered"
        try:
            parcel.status = "packed"
        except ValueError as error:
            return {"steps": steps, "refused": str(error), "status": parcel.status}


@chapter.legacy()
def attribute_events_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Parcel(Base):
        __tablename__ = "parcels"
        id = Column(Integer, primary_key=True)
        status = Column(String, nullable=False)

    steps = []

    def status_is_set(parcel, value, old, initiator):
        if old == "delivered":
            raise ValueError(f"a delivered parcel cannot become {value}")
        steps.append(f"{old} -> {value}")

    event.listen(Parcel.status, "set", status_is_set, active_history=True)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        parcel = Parcel(status="packed")
        session.add(parcel)
        session.commit()
        parcel.status = "sent"
        parcel.status = "delivered"
        try:
            parcel.status = "packed"
        except ValueError as error:
            return {"steps": steps, "refused": str(error), "status": parcel.status}


@chapter.recipe(
    "A model as a dataclass: MappedAsDataclass",
    keywords="dataclass MappedAsDataclass init positional arguments __init__ __eq__ asdict "
    "default_factory kw_only non-default argument follows default argument unhashable type "
    "InvalidRequestError is already a dataclass",
    links=(
        f"{ORM}/dataclasses.html#declarative-dataclass-mapping",
        "https://docs.python.org/3/library/dataclasses.html",
    ),
)
def dataclass_models(name: str = "Lisbon") -> dict[str, object]:
    """`MappedAsDataclass` makes each model of the base a dataclass. Its `__init__` has positional
    arguments and defaults that type checkers know, and it gets `__repr__` and `__eq__` too.

    Pitfall: Flask-SQLAlchemy 3.1 does not take such a base with SQLAlchemy 2.1, and raises "is
    already a dataclass". Write `class City(MappedAsDataclass, db.Model)` in each model instead.

    Pitfall: every attribute is an argument of `__init__`: write `init=False` for a column that
    the database fills in, and `default_factory=list` for a relationship to many.

    Pitfall: as in any dataclass, an attribute without a default cannot follow one with a default,
    unless the base says `kw_only=True`.

    Pitfall: `default=` is the default of the argument. The default of the INSERT is
    `insert_default=`.

    Pitfall: two objects are equal if their values are, so they cannot be hashed or put into a set.
    With `class Base(MappedAsDataclass, DeclarativeBase, eq=False)` they can.
    """

    class Base(MappedAsDataclass, DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(init=False, primary_key=True)
        name: Mapped[str]
        country: Mapped[str] = mapped_column(default="PT")

    Base.metadata.create_all(db.engine)
    city = City(name)
    seen = {"before the INSERT": asdict(city), "equal": city == City(name, "PT")}
    with Session(db.engine) as session:
        session.add(city)
        session.flush()
        seen["after the INSERT"] = asdict(city)
    return seen


@chapter.legacy(note="Before SQLAlchemy 2 these methods were written by hand.")
def dataclass_models_legacy(name: str = "Lisbon") -> dict[str, object]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"
        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)
        country = Column(String, nullable=False)

        def __init__(self, name, country="PT"):
            self.name = name
            self.country = country

        def __eq__(self, other):
            return self.asdict() == other.asdict()

        def asdict(self):
            return {key: getattr(self, key) for key in ("id", "name", "country")}

    Base.metadata.create_all(db.engine)
    city = City(name)
    seen = {"before the INSERT": city.asdict(), "equal": city == City(name, "PT")}
    with Session(db.engine) as session:
        session.add(city)
        session.flush()
        seen["after the INSERT"] = city.asdict()
    return seen


@chapter.recipe(
    "Pydantic models from rows and objects",
    keywords="pydantic BaseModel from_attributes model_validate orm_mode from_orm schema serialize "
    "json response FastAPI TypeAdapter nested row to model",
    links=(
        "https://docs.pydantic.dev/latest/concepts/models/#arbitrary-class-instances",
        f"{ORM}/queryguide/relationships.html#select-in-loading",
    ),
)
def pydantic_models(person_id: int = 1) -> dict[str, object]:
    """With `from_attributes=True` a Pydantic model takes its fields from the attributes of a row or
    of an object, checks them, and writes them as JSON. A column that the model does not name, such
    as a password, stays out.

    Pitfall: a field that is a relationship sends a SELECT for each object, unless the query has
    loaded it, as `selectinload()` does here.

    Pitfall: without `from_attributes` a row or an object raises ValidationError: the model takes
    only a dict.

    Pitfall: in Pydantic 1 the setting was `orm_mode`, and the method `from_orm()`.
    """

    class OrderOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        amount: Decimal
        status: OrderStatus

    class PersonOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        id: int
        name: str
        orders: list[OrderOut] = []

    query = select(Person.id, Person.name).where(Person.id == person_id)
    row = db.session.execute(query).one()
    load = [selectinload(Person.orders)]
    person = db.session.get_one(Person, person_id, options=load)
    return {
        "a row": PersonOut.model_validate(row),
        "an object": PersonOut.model_validate(person),
        "as JSON": PersonOut.model_validate(person).model_dump_json(),
    }
