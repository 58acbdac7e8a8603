"""Models and DDL: tables from classes, and classes from tables."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportArgumentType=false, reportAssignmentType=false
# pyright: reportOptionalOperand=false, reportOptionalMemberAccess=false
# ruff: noqa: N805, N806, UP031

import uuid
from datetime import datetime
from decimal import Decimal

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    CreateView,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    cast,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    declarative_base,
    declared_attr,
    mapped_column,
    registry,
)

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person

chapter = Chapter("M", "Models and DDL")

ORM = "https://docs.sqlalchemy.org/en/21/orm"
CORE = "https://docs.sqlalchemy.org/en/21/core"
POSTGRESQL = "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html"
FLASK_SQLALCHEMY = "https://flask-sqlalchemy.readthedocs.io/en/3.1.x"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "A model: Mapped, mapped_column",
    keywords="declarative class table column type annotation nullable primary key DeclarativeBase",
    links=(f"{ORM}/declarative_tables.html", f"{FLASK_SQLALCHEMY}/models/"),
)
def declarative_model(name: str = "Lisbon") -> list[object]:
    """Declare a model with `Mapped[...]` and `mapped_column()`: the annotation gives the
    column's type and whether it is NOT NULL, and tells type checkers and editors the same.

    Pitfall: `Mapped[str]` is NOT NULL; write `Mapped[str | None]` where NULL may be.

    Pitfall: an annotation without `Mapped`, such as `country: str`, raises.
    """

    class Base(DeclarativeBase):  # with Flask-SQLAlchemy inherit from db.Model
        pass

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(80), unique=True)
        country: Mapped[str | None]

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(City(name=name))
        session.commit()
        return session.execute(select(City.id, City.name, City.country)).all()


@chapter.legacy(note="`sqlalchemy.orm.declarative_base()` works, without any typing.")
def declarative_model_legacy(name: str = "Lisbon") -> list[object]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)
        name = Column(String(80), unique=True, nullable=False)
        country = Column(String)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(City(name=name))
        session.commit()
        return session.query(City.id, City.name, City.country).all()


@chapter.recipe(
    "The same with Column",
    keywords="old style declarative Column nullable default migrate mixed classical mapping mapper",
    links=(
        f"{ORM}/declarative_tables.html",
        "https://docs.sqlalchemy.org/en/21/changelog/whatsnew_20.html",
    ),
)
def column_model() -> dict[str, bool]:
    """The older way to declare a model is `Column`; it still works, also beside
    `mapped_column()`, so that a program can move column by column.

    Pitfall: a `Column` is nullable unless it says `nullable=False`.

    Removed: `sqlalchemy.orm.mapper()`: use `registry.map_imperatively()`.

    Deprecated: `sqlalchemy.ext.declarative.declarative_base`: it is in `sqlalchemy.orm`.
    """

    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)
        name = Column(String(80), unique=True, nullable=False)
        country = Column(String)
        region: Mapped[str]

    Base.metadata.create_all(db.engine)
    return {column.name: column.nullable for column in City.__table__.columns}


@chapter.legacy(note="Classical mapping: the table and the class are apart. Not deprecated.")
def column_model_legacy() -> dict[str, bool]:
    class City:
        pass

    mapping = registry()
    cities = Table(
        "cities",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(80), unique=True, nullable=False),
        Column("country", String),
        Column("region", String, nullable=False),
    )
    mapping.map_imperatively(City, cities)
    mapping.metadata.create_all(db.engine)
    return {column.name: column.nullable for column in inspect(City).columns}


@chapter.recipe(
    "Table names",
    keywords="__tablename__ default snake_case plural declared_attr automatic naming",
    links=(f"{FLASK_SQLALCHEMY}/models/", f"{ORM}/declarative_mixins.html"),
)
def tablename() -> dict[str, str]:
    """A model's table name is its `__tablename__`. Without one, Flask-SQLAlchemy takes the
    class's name in snake_case; plain SQLAlchemy raises, unless the base makes a name.

    Pitfall: `User` and `Order` become the reserved words `user` and `order`: SQLAlchemy
    quotes them, but SQL by hand must do so too. A plural avoids that.
    """

    class Base(DeclarativeBase):
        pass

    db = SQLAlchemy(model_class=Base)

    class PersonHomeAddress(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)

    class City(db.Model):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Plural(DeclarativeBase):
        @declared_attr.directive
        def __tablename__(cls) -> str:
            return f"{cls.__name__.lower()}s"

    class River(Plural):
        id: Mapped[int] = mapped_column(primary_key=True)

    models = (PersonHomeAddress, City, River)
    return {model.__name__: model.__tablename__ for model in models}


@chapter.legacy()
def tablename_legacy() -> dict[str, str]:
    db = SQLAlchemy()

    class PersonHomeAddress(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    class City(db.Model):
        __tablename__ = "cities"
        id = db.Column(db.Integer, primary_key=True)

    class Plural:
        @declared_attr
        def __tablename__(cls):
            return cls.__name__.lower() + "s"

    Base = declarative_base(cls=Plural)

    class River(Base):
        id = Column(Integer, primary_key=True)

    models = (PersonHomeAddress, City, River)
    return {model.__name__: model.__table__.name for model in models}


@chapter.recipe(
    "A model's repr",
    keywords="__repr__ print object representation debug string",
    links=(f"{ORM}/quickstart.html", f"{FLASK_SQLALCHEMY}/models/"),
)
def model_repr(name: str = "Lisbon") -> dict[str, str]:
    """`__repr__` is what a log, a debugger and the shell show of an object. Flask-SQLAlchemy's
    default is class and primary key, `<City 1>`; your own may say more.

    Pitfall: keep to columns. A relationship in `__repr__` sends a SELECT for each object that
    is printed, and raises DetachedInstanceError once the session is closed.

    Pitfall: after a commit the columns too are read anew, by a SELECT that `repr()` sends.
    """

    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

        def __repr__(self) -> str:
            return f"<City {self.id} {self.name!r}>"

    city = City(id=1, name=name)
    return {"repr(city)": repr(city), "str([city])": str([city])}


@chapter.legacy()
def model_repr_legacy(name: str = "Lisbon") -> dict[str, str]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)

        def __repr__(self):
            return "<City %r %r>" % (self.id, self.name)

    city = City(id=1, name=name)
    return {"repr(city)": repr(city), "str([city])": str([city])}


@chapter.recipe(
    "create_all, which never alters",
    keywords="create tables twice checkfirst missing column does not exist alter table migration",
    links=(
        f"{CORE}/metadata.html#creating-and-dropping-database-tables",
        f"{FLASK_SQLALCHEMY}/quickstart/",
    ),
)
def create_all() -> dict[str, list[str]]:
    """`create_all()` makes the tables that are missing, so it may run twice. A table that
    exists stays as it is: `create_all()`, in Flask `db.create_all()`, never sends ALTER TABLE.

    Pitfall: a column added to a model later is not added to its table: use migrations (Alembic).

    Pitfall: it knows only models that were imported before.

    Removed: `MetaData(bind=engine)`: give the engine to `create_all(engine)`.
    """
    metadata = MetaData()
    Table("cities", metadata, Column("id", Integer, primary_key=True))
    metadata.create_all(db.engine)
    metadata.create_all(db.engine)  # asks what there is, and does nothing

    changed = MetaData()  # the program's next version
    cities = Table("cities", changed, Column("id", Integer), Column("name", Text))
    changed.create_all(db.engine)
    columns = inspect(db.engine).get_columns("cities")
    return {
        "in Python": cities.columns.keys(),
        "in Postgres": [column["name"] for column in columns],
    }


@chapter.recipe(
    "drop_all",
    keywords="drop table delete tables reset database tests hangs cascade checkfirst",
    links=(
        f"{CORE}/metadata.html#creating-and-dropping-database-tables",
        f"{FLASK_SQLALCHEMY}/api/",
    ),
)
def drop_all() -> dict[str, bool]:
    """`drop_all()` drops every table that the metadata knows, with its rows, and asks nothing;
    `Table.drop()` drops one. In Flask it is `db.drop_all()`.

    Pitfall: it hangs while another session, even an idle one, has used a table in a
    transaction: `db.session.close()` first.

    Pitfall: a table whose model is gone stays, and if it refers to one of the others by a
    foreign key, dropping that one raises.
    """
    metadata = MetaData()
    cities = Table("cities", metadata, Column("id", Integer, primary_key=True))
    rivers = Table("rivers", metadata, Column("city_id", ForeignKey(cities.c.id)))

    answers = {}
    with db.engine.begin() as connection:
        metadata.create_all(connection)
        rivers.drop(connection)
        answers["rivers after its drop"] = inspect(connection).has_table("rivers")
        answers["cities then"] = inspect(connection).has_table("cities")
        metadata.drop_all(connection)  # in the order of the foreign keys
        answers["cities after drop_all"] = inspect(connection).has_table("cities")
    return answers


@chapter.recipe(
    "Constraints and their names",
    keywords="naming_convention unique check foreign key composite combination of two columns "
    "must be unique __table_args__ alembic metadata",
    links=(
        f"{CORE}/constraints.html#configuring-constraint-naming-conventions",
        f"{FLASK_SQLALCHEMY}/models/",
    ),
)
def constraints() -> list[str]:
    """Constraints of several columns are in `__table_args__`; a `naming_convention` gives all a
    name that is the same in every database, which a migration needs to drop one.

    Pitfall: with `%(constraint_name)s` a CHECK without a name raises InvalidRequestError.

    Pitfall: `__table_args__` is a tuple: one constraint needs a comma behind it.
    """

    class Base(DeclarativeBase):
        metadata = MetaData(
            naming_convention={
                "pk": "%(table_name)s_pkey",
                "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
                "uq": "%(table_name)s_%(column_0_N_name)s_key",
                "ck": "%(table_name)s_%(constraint_name)s_check",
                "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            }
        )

    class Seat(Base):
        __tablename__ = "seats"
        __table_args__ = (
            UniqueConstraint("row", "place"),
            CheckConstraint("place > 0", name="place"),
        )

        id: Mapped[int] = mapped_column(primary_key=True)
        row: Mapped[str]
        place: Mapped[int]
        next_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))

    Base.metadata.create_all(db.engine)
    return sorted(constraint.name for constraint in Seat.__table__.constraints)


@chapter.legacy(note="Each name written by hand.")
def constraints_legacy() -> list[str]:
    Base = declarative_base()

    class Seat(Base):
        __tablename__ = "seats"
        __table_args__ = (
            PrimaryKeyConstraint("id", name="seats_pkey"),
            UniqueConstraint("row", "place", name="seats_row_place_key"),
            CheckConstraint("place > 0", name="seats_place_check"),
            ForeignKeyConstraint(["next_id"], ["seats.id"], name="seats_next_id_fkey"),
        )

        id = Column(Integer)
        row = Column(String, nullable=False)
        place = Column(Integer, nullable=False)
        next_id = Column(Integer)

    Base.metadata.create_all(db.engine)
    return sorted(constraint.name for constraint in Seat.__table__.constraints)


@chapter.recipe(
    "default and server_default",
    keywords="column default value insert sql python side callable mutable list empty",
    links=(f"{CORE}/defaults.html", f"{ORM}/persistence_techniques.html"),
)
def server_default(name: str = "Lisbon") -> list[object]:
    """`default` is a value that SQLAlchemy sends with an INSERT; `server_default` is SQL in the
    table, so it also serves rows that other programs insert. The object gets both on flush.

    Pitfall: give a function, not its result: `default=list`, not `default=[]`, and
    `default=uuid.uuid4`, not `default=uuid.uuid4()`, which all rows would share.
    """

    class Base(DeclarativeBase):
        type_annotation_map = {list[str]: ARRAY(Text)}

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        tags: Mapped[list[str] | None] = mapped_column(default=list)
        stars: Mapped[int] = mapped_column(server_default="1")

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(City(name=name))
        session.flush()
        session.execute(text("INSERT INTO cities (name) VALUES ('by SQL')"))
        query = select(City.name, City.tags, City.stars).order_by(City.id)
        return session.execute(query).all()


@chapter.legacy()
def server_default_legacy(name: str = "Lisbon") -> list[object]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)
        tags = Column(ARRAY(Text), default=list)
        stars = Column(Integer, server_default="1", nullable=False)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(City(name=name))
        session.flush()
        session.execute(text("INSERT INTO cities (name) VALUES ('by SQL')"))
        return session.query(City.name, City.tags, City.stars).order_by(City.id).all()


@chapter.recipe(
    "created_at and updated_at with time zone",
    keywords="timestamptz timestamp datetime timezone utc now onupdate last modified audit column "
    "updated_at not changing automatically",
    links=(
        f"{CORE}/defaults.html",
        f"{ORM}/declarative_tables.html",
        f"{POSTGRES}/datatype-datetime.html",
    ),
)
def timestamps() -> dict[str, object]:
    """When a row was created and updated: `server_default=func.now()` and `onupdate`, with
    `DateTime(timezone=True)`, which is Postgres' timestamptz.

    Pitfall: a plain `Mapped[datetime]` is TIMESTAMP WITHOUT TIME ZONE.

    Pitfall: `now()` is when the transaction began: all its rows get the same.

    Pitfall: `onupdate` is SQLAlchemy's. For UPDATEs of other programs write a trigger.
    """

    class Base(DeclarativeBase):
        type_annotation_map = {datetime: DateTime(timezone=True)}

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        created_at: Mapped[datetime] = mapped_column(server_default=func.now())
        updated_at: Mapped[datetime | None] = mapped_column(onupdate=func.now())

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        city = City(name="Lisbon")
        session.add(city)
        session.flush()
        at_first = city.updated_at
        city.name = "Lisboa"
        session.flush()
        return {
            "has a time zone": city.created_at.tzinfo is not None,
            "updated_at at first": at_first,
            "updated_at >= created_at": city.updated_at >= city.created_at,
        }


@chapter.legacy()
def timestamps_legacy() -> dict[str, object]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)
        created_at = Column(DateTime(timezone=True), server_default=func.now())
        updated_at = Column(DateTime(timezone=True), onupdate=func.now())

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        city = City(name="Lisbon")
        session.add(city)
        session.flush()
        at_first = city.updated_at
        city.name = "Lisboa"
        session.flush()
        return {
            "has a time zone": city.created_at.tzinfo is not None,
            "updated_at at first": at_first,
            "updated_at >= created_at": city.updated_at >= city.created_at,
        }


@chapter.recipe(
    "UUID keys: uuidv7",
    keywords="uuid4 primary key gen_random_uuid uuidv4 sortable public id",
    links=(
        f"{CORE}/type_basics.html#sqlalchemy.types.Uuid",
        f"{POSTGRES}/functions-uuid.html",
    ),
)
def uuidv7() -> dict[str, object]:
    """A UUID as primary key, from Postgres 18's `uuidv7()`: it begins with the time, so new
    rows are side by side in the index, unlike those of a random `uuid4`.

    Pitfall: it tells when its row was made. Where that is a secret, use
    `func.gen_random_uuid()` or `default=uuid.uuid4`.

    Pitfall: with a UUID from the server each new object is an INSERT of its own. With
    `default=uuid.uuid7` (Python 3.14) one INSERT takes many.
    """

    class Base(DeclarativeBase):
        pass

    class Ticket(Base):
        __tablename__ = "tickets"

        id: Mapped[uuid.UUID] = mapped_column(
            primary_key=True,
            server_default=func.uuidv7(),
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        tickets = [Ticket(), Ticket(), Ticket()]
        session.add_all(tickets)
        session.flush()
        ids = [ticket.id for ticket in tickets]
        versions = [one.version for one in ids]
        return {"versions": versions, "ascending": ids == sorted(ids)}


@chapter.legacy()
def uuidv7_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Ticket(Base):
        __tablename__ = "tickets"

        id = Column(
            postgresql.UUID(as_uuid=True),
            primary_key=True,
            server_default=text("uuidv7()"),
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        tickets = [Ticket(), Ticket(), Ticket()]
        session.add_all(tickets)
        session.flush()
        ids = [ticket.id for ticket in tickets]
        versions = [one.version for one in ids]
        return {"versions": versions, "ascending": ids == sorted(ids)}


@chapter.recipe(
    "Enum columns",
    keywords="enumeration choices values_callable create type native_enum names StrEnum status",
    links=(
        f"{CORE}/type_basics.html#sqlalchemy.types.Enum",
        f"{POSTGRES}/datatype-enum.html",
    ),
)
def enum_column(status: OrderStatus = OrderStatus.PAID) -> list[object]:
    """`Mapped[SomeEnum]` makes a Postgres type of the enum, and stores the members' names. For
    their values give `values_callable`.

    Pitfall: `create_all()` never changes a type that exists: a new member needs
    `ALTER TYPE … ADD VALUE` in a migration.

    Pitfall: `native_enum=False` makes it VARCHAR, which is easier to change; a CHECK only with
    `create_constraint=True`.
    """

    class Base(DeclarativeBase):
        pass

    def values(enum):
        return [member.value for member in enum]

    class Parcel(Base):
        __tablename__ = "parcels"

        id: Mapped[int] = mapped_column(primary_key=True)
        by_name: Mapped[OrderStatus]
        by_value: Mapped[OrderStatus] = mapped_column(
            Enum(OrderStatus, name="as_value", values_callable=values)
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Parcel(by_name=status, by_value=status))
        session.flush()
        stored = select(cast(Parcel.by_name, Text), cast(Parcel.by_value, Text))
        return session.execute(stored).all()


@chapter.legacy(note="Without a class: the column's values are texts.")
def enum_column_legacy(status: OrderStatus = OrderStatus.PAID) -> list[object]:
    Base = declarative_base()

    class Parcel(Base):
        __tablename__ = "parcels"

        id = Column(Integer, primary_key=True)
        by_name = Column(
            Enum("PENDING", "PAID", "SHIPPED", "CANCELLED", name="orderstatus"),
        )
        by_value = Column(
            Enum("pending", "paid", "shipped", "cancelled", name="as_value"),
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Parcel(by_name=status.name, by_value=status.value))
        session.flush()
        return session.query(
            cast(Parcel.by_name, Text).label("by_name"),
            cast(Parcel.by_value, Text).label("by_value"),
        ).all()


@chapter.recipe(
    "Identity and generated columns",
    keywords="autoincrement serial sequence GENERATED ALWAYS AS computed stored virtual persisted",
    links=(
        f"{CORE}/defaults.html#identity-ddl",
        f"{CORE}/defaults.html#computed-ddl",
        f"{POSTGRES}/ddl-generated-columns.html",
    ),
)
def generated_column(
    price: Decimal = Decimal("2.50"),
    quantity: int = 4,
) -> list[object]:
    """`Identity()` numbers rows by standard SQL, where the default is the older SERIAL;
    `Computed()` is a column that Postgres calculates from others of its row.

    Pitfall: Postgres 18 calculates it at each read (VIRTUAL) unless `persisted=True`; only then
    can it have an index.

    Pitfall: `Identity(always=True)` and `Computed` refuse a value that you send.
    """

    class Base(DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = "items"

        id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
        price: Mapped[Decimal]
        quantity: Mapped[int]
        total: Mapped[Decimal] = mapped_column(
            Computed("price * quantity", persisted=True),
        )

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Item(price=price, quantity=quantity))
        session.flush()
        return session.execute(select(Item.id, Item.price, Item.total)).all()


@chapter.legacy(note="SERIAL, and the product calculated in each SELECT.")
def generated_column_legacy(
    price: Decimal = Decimal("2.50"),
    quantity: int = 4,
) -> list[object]:
    Base = declarative_base()

    class Item(Base):
        __tablename__ = "items"

        id = Column(Integer, primary_key=True)
        price = Column(Numeric, nullable=False)
        quantity = Column(Integer, nullable=False)
        total = column_property(price * quantity)

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Item(price=price, quantity=quantity))
        session.flush()
        return session.query(Item.id, Item.price, Item.total.label("total")).all()


@chapter.recipe(
    "Reflect tables that exist: automap",
    keywords="reflection autoload_with existing database inspect generate models introspection",
    links=(
        f"{CORE}/reflection.html",
        f"{ORM}/extensions/automap.html",
        f"{FLASK_SQLALCHEMY}/models/",
    ),
)
def automap() -> dict[str, object]:
    """Use a database that exists already: reflection reads its tables (one is
    `Table("persons", metadata, autoload_with=engine)`), and `automap_base` makes classes and
    their relationships of those with a primary key.

    Pitfall: it asks the database at each start, for tables, columns, keys and indexes.

    Removed: `Table(autoload=True)`: say `autoload_with=engine`.

    Deprecated: `Base.prepare(engine, reflect=True)`: say `prepare(autoload_with=engine)`.
    """
    metadata = MetaData()
    metadata.reflect(db.engine, schema="cheatsheet")  # all its tables
    persons = metadata.tables["cheatsheet.persons"]

    Base = automap_base(metadata=metadata)
    Base.prepare()  # both at once: prepare(autoload_with=engine, schema=...)
    Order = Base.classes.orders
    with Session(db.engine) as session:
        order = session.get(Order, 1)
        return {
            "columns": persons.columns.keys()[:4],
            "classes": sorted(Base.classes.keys()),
            "relationships": sorted(inspect(Order).relationships.keys()),
            "order 1": order.persons.name,
        }


@chapter.legacy(warns=True)
def automap_legacy() -> dict[str, object]:
    Base = automap_base()
    Base.prepare(db.engine, reflect=True, schema="cheatsheet")
    Order = Base.classes.orders
    persons = Base.classes.persons.__table__
    with Session(db.engine) as session:
        order = session.query(Order).get(1)
        return {
            "columns": persons.columns.keys()[:4],
            "classes": sorted(Base.classes.keys()),
            "relationships": sorted(inspect(Order).relationships.keys()),
            "order 1": order.persons.name,
        }


@chapter.recipe(
    "Columns of several models: a mixin",
    keywords="mixin abstract base common shared columns declared_attr inherit sort_order",
    links=(f"{ORM}/declarative_mixins.html", f"{FLASK_SQLALCHEMY}/models/"),
)
def mixin() -> dict[str, list[str]]:
    """Share columns among models by a mixin: a plain class with `mapped_column()`s, which each
    model copies. What needs the model itself, as a relationship does, is a `declared_attr`.

    Pitfall: a mixin's columns come after the model's own: `sort_order` moves them.

    Pitfall: inherit from the mixin, not from another model, which would be table inheritance.
    """

    class Base(DeclarativeBase):
        pass

    class Nested:
        id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)

        @declared_attr
        def parent_id(cls) -> Mapped[int | None]:
            return mapped_column(ForeignKey(f"{cls.__tablename__}.id"))

    class Category(Nested, Base):
        __tablename__ = "categories"
        title: Mapped[str]

    class Folder(Nested, Base):
        __tablename__ = "folders"
        name: Mapped[str]

    Base.metadata.create_all(db.engine)
    return {name: table.columns.keys() for name, table in Base.metadata.tables.items()}


@chapter.legacy()
def mixin_legacy() -> dict[str, list[str]]:
    Base = declarative_base()

    class Nested:
        @declared_attr
        def parent_id(cls):
            return Column(Integer, ForeignKey(cls.__tablename__ + ".id"))

    class Category(Nested, Base):
        __tablename__ = "categories"
        id = Column(Integer, primary_key=True)
        title = Column(String, nullable=False)

    class Folder(Nested, Base):
        __tablename__ = "folders"
        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)

    Base.metadata.create_all(db.engine)
    return {name: table.columns.keys() for name, table in Base.metadata.tables.items()}


@chapter.recipe(
    "Indexes: partial, expression, GIN",
    keywords="index unique postgresql_where postgresql_using lower functional jsonb array covering",
    links=(
        f"{POSTGRESQL}#postgresql-specific-index-options",
        f"{POSTGRES}/indexes.html",
    ),
)
def indexes() -> list[str]:
    """An index over some of the rows (partial), over an expression, or of another kind such as
    GIN, for arrays, JSONB and full text. `index=True` of a column makes a plain one.

    Pitfall: an index over `lower(name)` serves only queries that say `lower(name)` too.

    Pitfall: on a table in use, build one with `postgresql_concurrently=True`, outside of a
    transaction: otherwise nobody can write meanwhile.
    """

    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(80))
        is_capital: Mapped[bool] = mapped_column(default=False)
        country: Mapped[str] = mapped_column(index=True)
        tags: Mapped[list[str]] = mapped_column(ARRAY(Text))

        __table_args__ = (
            Index("one_capital", country, unique=True, postgresql_where=is_capital),
            Index("cities_lower_name", func.lower(name)),
            Index("cities_tags", tags, postgresql_using="gin"),
        )

    Base.metadata.create_all(db.engine)
    return sorted(index.name for index in City.__table__.indexes)


@chapter.legacy(note="An index stands after the class, whose columns it names.")
def indexes_legacy() -> list[str]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)
        name = Column(String(80), nullable=False)
        is_capital = Column(Boolean, default=False, nullable=False)
        country = Column(String, index=True, nullable=False)
        tags = Column(ARRAY(Text), nullable=False)

    Index("one_capital", City.country, unique=True, postgresql_where=City.is_capital)
    Index("cities_lower_name", func.lower(City.name))
    Index("cities_tags", City.tags, postgresql_using="gin")

    Base.metadata.create_all(db.engine)
    return sorted(index.name for index in City.__table__.indexes)


@chapter.recipe(
    "Tables of another schema",
    keywords="schema qualified __table_args__ search_path create schema foreign key MetaData",
    links=(
        f"{CORE}/metadata.html#specifying-the-schema-name",
        POSTGRESQL,
    ),
)
def schema() -> list[object]:
    """Tables of another Postgres schema are named by `schema` in `__table_args__`, or for all
    models by `MetaData(schema=...)` of the base; the SQL is then schema-qualified.

    Pitfall: a foreign key by name must say the schema too: `"cheatsheet.persons.id"`.

    Pitfall: `create_all()` makes no schema: `CreateSchema("sales", if_not_exists=True)`.
    """

    class Base(DeclarativeBase):
        pass

    class Customer(Base):
        __tablename__ = "persons"
        __table_args__ = {"schema": "cheatsheet"}

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    class Sale(Base):
        __tablename__ = "orders"
        __table_args__ = {"schema": "cheatsheet"}

        id: Mapped[int] = mapped_column(primary_key=True)
        person_id: Mapped[int] = mapped_column(ForeignKey("cheatsheet.persons.id"))
        amount: Mapped[Decimal]

    with Session(db.engine) as session:
        query = select(Customer.name, Sale.amount).join(Sale).order_by(Sale.id).limit(3)
        return session.execute(query).all()


@chapter.legacy()
def schema_legacy() -> list[object]:
    Base = declarative_base(metadata=MetaData(schema="cheatsheet"))

    class Customer(Base):
        __tablename__ = "persons"

        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)

    class Sale(Base):
        __tablename__ = "orders"

        id = Column(Integer, primary_key=True)
        person_id = Column(Integer, ForeignKey("cheatsheet.persons.id"))
        amount = Column(Numeric, nullable=False)

    with Session(db.engine) as session:
        query = session.query(Customer.name, Sale.amount).join(Sale)
        return query.order_by(Sale.id).limit(3).all()


@chapter.recipe(
    "A view: CreateView",
    keywords="create view materialized DropView map class to view select new 2.1 CreateTableAs",
    links=(
        "https://docs.sqlalchemy.org/en/21/changelog/migration_21.html",
        f"{CORE}/ddl.html",
        f"{POSTGRES}/sql-createview.html",
    ),
)
def create_view(limit: int = 3) -> list[object]:
    """`CreateView`, new in SQLAlchemy 2.1, makes a view of a SELECT. With `metadata` it belongs
    to `create_all` and `drop_all`; its `table` can be selected from, or mapped to a class.

    Pitfall: a view has no primary key: say to the mapper which columns name a row.

    Pitfall: `create_all` keeps a view that exists, even if its SELECT has changed.
    """

    class Base(DeclarativeBase):
        pass

    query = (
        select(Person.id, Person.name, func.sum(Order.amount).label("total"))
        .join(Person.orders)
        .group_by(Person.id)
    )
    view = CreateView(query, "spending", metadata=Base.metadata)
    Base.metadata.create_all(db.engine)

    class Spending(Base):
        __table__ = view.table
        __mapper_args__ = {"primary_key": [view.table.c.id]}

    with Session(db.engine) as session:
        top = select(Spending.name, Spending.total).order_by(Spending.total.desc())
        return session.execute(top.limit(limit)).all()


@chapter.legacy(note="Before 2.1 a view was SQL by hand.")
def create_view_legacy(limit: int = 3) -> list[object]:
    create = """
        CREATE VIEW spending AS
        SELECT persons.id, persons.name, sum(orders.amount) AS total
        FROM persons JOIN orders ON orders.person_id = persons.id
        GROUP BY persons.id
    """
    view = Table("spending", MetaData(), Column("name", Text), Column("total", Numeric))

    with Session(db.engine) as session:
        session.execute(text(create))
        top = session.query(view.c.name, view.c.total).order_by(view.c.total.desc())
        return top.limit(limit).all()
