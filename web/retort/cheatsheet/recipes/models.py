"""Models and DDL: tables from classes, and classes from tables."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportCallIssue=false, reportArgumentType=false, reportAssignmentType=false
# pyright: reportOptionalOperand=false, reportOptionalMemberAccess=false
# pyright: reportInvalidTypeForm=false
# ruff: noqa: N805, N806, UP031

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from flask import Flask, current_app
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
from sqlalchemy.exc import ArgumentError
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
    keywords="declare define model class table column type annotation nullable primary key "
    "declarative DeclarativeBase MappedAnnotationError can't be correctly interpreted "
    "could not assemble any primary key columns for mapped table DataError "
    "StringDataRightTruncation value too long for type character varying "
    "Attribute name metadata is reserved when using the Declarative API should be "
    "left reserved for the MetaData instance NumericValueOutOfRange integer out "
    "of range bigint",
    links=(f"{ORM}/declarative_tables.html", f"{FLASK_SQLALCHEMY}/models/"),
)
def declarative_model(name: str = "Lisbon") -> list[object]:
    """A model is a class that stands for a table; its objects stand for the rows. `Mapped[...]`
    gives a column's type and whether it allows NULL, and `mapped_column()` gives the rest.

    Pitfall: `Mapped[str]` is NOT NULL. Write `Mapped[str | None]` for a column that allows NULL.

    Pitfall: an annotation without `Mapped`, such as `country: str`, raises
    MappedAnnotationError.

    Pitfall: a model needs a primary key, or SQLAlchemy "could not assemble any primary key
    columns".

    Pitfall: Postgres refuses a text that is longer than `String(80)` allows, with "value too
    long". `Text` has no limit.

    Pitfall: do not call an attribute `metadata`, which belongs to the base: 2.1 warns that it
    "should be left reserved", and 2.0 raises that it "is reserved". Give the attribute another
    name, and keep that of the column: `details = mapped_column("metadata", JSONB)`.

    Pitfall: `Mapped[int]` is INTEGER, which ends at 2,147,483,647; beyond that Postgres says
    "integer out of range". Write `mapped_column(BigInteger)`.
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


@chapter.legacy(
    note="It still works, but type checkers do not know what type an attribute has."
)
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
    "An older model: Column",
    keywords="old style declarative Column nullable default migrate mixed classical imperative "
    "mapping mapper map_imperatively "
    "MovedIn20Warning declarative_base() function is now available as "
    "sqlalchemy.orm.declarative_base() CompileError can't generate DDL for "
    "NullType() did you forget to specify a type on this Column",
    links=(
        f"{ORM}/declarative_tables.html",
        "https://docs.sqlalchemy.org/en/21/changelog/whatsnew_20.html",
    ),
)
def column_model() -> dict[str, bool]:
    """Before SQLAlchemy 2 a model was declared with `Column`. That still works, even beside
    `mapped_column()` in one model, so an old program can be changed one column at a time.

    Pitfall: a `Column` allows NULL unless you write `nullable=False`.

    Removed: `sqlalchemy.orm.mapper()`: use `registry.map_imperatively()`.

    Deprecated: `sqlalchemy.ext.declarative.declarative_base`: import it from `sqlalchemy.orm`.

    Pitfall: a `Column` needs a type, unless it is a foreign key. Without one `create_all()` raises
    "Can't generate DDL for NullType()".
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


@chapter.legacy(
    note="Imperative mapping, once called classical: the table and the class are declared apart, "
    "then `map_imperatively()` joins them. It is not deprecated."
)
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
    keywords="__tablename__ name of the table default snake_case plural declared_attr automatic "
    "naming does not have a __table__ or __tablename__ specified reserved word user order "
    "SyntaxError syntax error at or near user order",
    links=(f"{FLASK_SQLALCHEMY}/models/", f"{ORM}/declarative_mixins.html"),
)
def tablename() -> dict[str, str]:
    """`__tablename__` names a model's table. Without it, Flask-SQLAlchemy takes the class's name in
    snake_case, and plain SQLAlchemy raises InvalidRequestError, unless the base class makes the
    name, as `Plural` does here.

    Pitfall: `user` and `order` are reserved words of SQL. SQLAlchemy quotes them, but in SQL that
    you write yourself you have to: `SELECT * FROM "user"`. A plural name needs no quotes.
    """

    class Base(DeclarativeBase):
        pass

    db = SQLAlchemy(model_class=Base)

    class PersonHomeAddress(db.Model):  # Flask-SQLAlchemy makes its name
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
    keywords="__repr__ __str__ print object representation debug string readable "
    "RecursionError maximum recursion depth exceeded in __repr__",
    links=(f"{ORM}/quickstart.html", f"{FLASK_SQLALCHEMY}/models/"),
)
def model_repr(name: str = "Lisbon") -> dict[str, str]:
    """`__repr__` returns the text that logs, debuggers and the shell show for an object. Plain
    SQLAlchemy shows an address in memory, Flask-SQLAlchemy `<City 1>`: write your own to see more.

    Pitfall: use only columns in it. A relationship sends a SELECT for each object that is printed,
    and raises DetachedInstanceError once the session is closed.

    Pitfall: a commit expires the columns, so the next `repr()` sends a SELECT to read them again.

    Pitfall: if the reprs of two objects show each other, they never end, and Python raises
    RecursionError.
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
    "Create the tables of the models: create_all",
    keywords="create_all create tables from models Base.metadata db.create_all twice again "
    "checkfirst relation does not exist UndefinedTable import models no tables created "
    "MetaData.__init__() got an unexpected keyword argument bind "
    "OperationalError no such table",
    links=(
        f"{CORE}/metadata.html#creating-and-dropping-database-tables",
        f"{FLASK_SQLALCHEMY}/quickstart/#create-the-tables",
    ),
)
def create_all() -> dict[str, list[str]]:
    """`Base.metadata.create_all(engine)` creates the table of every model of the base; in Flask it
    is `db.create_all()`. A table that exists is left as it is, so you can call it again.

    Pitfall: it knows only the models whose modules were imported: import all of them first.

    Removed: `MetaData(bind=engine)`: give the engine to `create_all(engine)`.
    """

    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    class River(Base):
        __tablename__ = "rivers"

        id: Mapped[int] = mapped_column(primary_key=True)
        city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"))

    def tables():
        with db.engine.connect() as connection:
            exists = inspect(connection).has_table
            return [name for name in ("cities", "rivers", "bridges") if exists(name)]

    seen = {"at first": tables()}
    Base.metadata.create_all(db.engine)
    seen["create_all()"] = tables()

    class Bridge(Base):  # as if its module were imported only now
        __tablename__ = "bridges"

        id: Mapped[int] = mapped_column(primary_key=True)

    seen["Bridge is imported"] = tables()
    Base.metadata.create_all(db.engine)
    seen["create_all() again"] = tables()
    return seen


@chapter.legacy()
def create_all_legacy() -> dict[str, list[str]]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)

    class River(Base):
        __tablename__ = "rivers"

        id = Column(Integer, primary_key=True)
        city_id = Column(Integer, ForeignKey("cities.id"), nullable=False)

    def tables():
        with db.engine.connect() as connection:
            exists = inspect(connection).has_table
            return [name for name in ("cities", "rivers", "bridges") if exists(name)]

    seen = {"at first": tables()}
    Base.metadata.create_all(db.engine)
    seen["create_all()"] = tables()

    class Bridge(Base):
        __tablename__ = "bridges"

        id = Column(Integer, primary_key=True)

    seen["Bridge is imported"] = tables()
    Base.metadata.create_all(db.engine)
    seen["create_all() again"] = tables()
    return seen


@chapter.recipe(
    "create_all never alters a table",
    keywords="create_all does not add new column alter table changed model UndefinedColumn column "
    "does not exist migration alembic "
    "perhaps you meant to reference the column",
    links=(
        f"{CORE}/metadata.html#altering-database-objects-through-migrations",
        "https://alembic.sqlalchemy.org/en/latest/tutorial.html",
    ),
)
def never_alters() -> dict[str, list[str]]:
    """`create_all()` sends CREATE TABLE for tables that are missing, and never ALTER TABLE: if you
    add a column to a model later, its table stays without it. To change a table, write a
    migration, or let Alembic write it from the models.

    Pitfall: the model seems right until a query names the new column: then Postgres raises
    UndefinedColumn.
    """

    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)

    Base.metadata.create_all(db.engine)

    class NextBase(DeclarativeBase):
        pass

    class NextCity(NextBase):  # the same model, in the program's next version
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str | None]

    NextBase.metadata.create_all(db.engine)
    columns = inspect(db.engine).get_columns("cities")
    return {
        "in the model": NextCity.__table__.columns.keys(),
        "in the table": [column["name"] for column in columns],
    }


@chapter.recipe(
    "Drop the tables of the models: drop_all",
    keywords="drop_all drop table delete all tables reset empty database tests hangs waits lock "
    "cascade checkfirst DependentObjectsStillExist cannot drop table because other objects depend",
    links=(
        f"{CORE}/metadata.html#creating-and-dropping-database-tables",
        f"{FLASK_SQLALCHEMY}/api/#flask_sqlalchemy.SQLAlchemy.drop_all",
    ),
)
def drop_all() -> dict[str, list[str]]:
    """`Base.metadata.drop_all(engine)` drops the table of every model with all its rows, and does
    not ask; in Flask it is `db.drop_all()`. `City.__table__.drop(engine)` drops one table.

    Pitfall: it waits as long as another session has a transaction open in which it used one of the
    tables, even if that session is idle: call `db.session.close()` first.

    Pitfall: a table whose model is gone stays. If it refers to another table by a foreign key,
    Postgres refuses to drop that one.
    """

    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[int] = mapped_column(primary_key=True)

    class River(Base):
        __tablename__ = "rivers"

        id: Mapped[int] = mapped_column(primary_key=True)
        city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"))

    class Bridge(Base):
        __tablename__ = "bridges"

        id: Mapped[int] = mapped_column(primary_key=True)
        river_id: Mapped[int] = mapped_column(ForeignKey("rivers.id"))

    def tables():
        with db.engine.connect() as connection:
            exists = inspect(connection).has_table
            return [name for name in ("cities", "rivers", "bridges") if exists(name)]

    Base.metadata.create_all(db.engine)
    seen = {"create_all()": tables()}
    Bridge.__table__.drop(db.engine)
    seen["Bridge.__table__.drop()"] = tables()
    Base.metadata.drop_all(db.engine)  # rivers first: it refers to cities
    seen["drop_all()"] = tables()
    return seen


@chapter.legacy()
def drop_all_legacy() -> dict[str, list[str]]:
    Base = declarative_base()

    class City(Base):
        __tablename__ = "cities"

        id = Column(Integer, primary_key=True)

    class River(Base):
        __tablename__ = "rivers"

        id = Column(Integer, primary_key=True)
        city_id = Column(Integer, ForeignKey("cities.id"), nullable=False)

    class Bridge(Base):
        __tablename__ = "bridges"

        id = Column(Integer, primary_key=True)
        river_id = Column(Integer, ForeignKey("rivers.id"), nullable=False)

    def tables():
        with db.engine.connect() as connection:
            exists = inspect(connection).has_table
            return [name for name in ("cities", "rivers", "bridges") if exists(name)]

    Base.metadata.create_all(db.engine)
    seen = {"create_all()": tables()}
    Bridge.__table__.drop(db.engine)
    seen["Bridge.__table__.drop()"] = tables()
    Base.metadata.drop_all(db.engine)
    seen["drop_all()"] = tables()
    return seen


@chapter.recipe(
    "In Flask: db.create_all",
    keywords="create tables at startup app context no tables created binds bind_key flask shell "
    "InsufficientPrivilege permission denied for schema public "
    "permission denied for table permission denied for sequence",
    links=(
        f"{FLASK_SQLALCHEMY}/quickstart/#create-the-tables",
        f"{FLASK_SQLALCHEMY}/api/#flask_sqlalchemy.SQLAlchemy.create_all",
    ),
)
def db_create_all() -> dict[str, bool]:
    """`db.create_all()` creates the tables of all models that inherit from `db.Model`, and
    `db.drop_all()` drops them. Call them in an app context, from a test or by hand in
    `flask shell`; in production run migrations.

    Pitfall: import the models first, for example in `create_app()`: without them nothing is
    created, and nothing raises.

    Pitfall: they create and drop the tables of every bind key: `db.drop_all(bind_key="log")` is for
    one only.

    Pitfall: a role that does not own the database gets "permission denied for schema public". Only
    `GRANT CREATE ON SCHEMA public` lets it make tables there.

    Pitfall: "permission denied for table" and "for sequence" are about other rights. The table's
    owner gives them: `GRANT SELECT, INSERT, UPDATE, DELETE ON films TO web`, and for a SERIAL
    `GRANT USAGE ON SEQUENCE films_id_seq TO web`.
    """

    class Base(DeclarativeBase):
        pass

    db = SQLAlchemy(model_class=Base)

    class City(db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)

    seen = {}
    with app.app_context():
        seen["at first"] = inspect(db.engine).has_table("city")
        db.create_all()
        seen["db.create_all()"] = inspect(db.engine).has_table("city")
        db.drop_all()
        seen["db.drop_all()"] = inspect(db.engine).has_table("city")
    return seen


@chapter.legacy()
def db_create_all_legacy() -> dict[str, bool]:
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db = SQLAlchemy(app)

    class City(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String, nullable=False)

    seen = {}
    with app.app_context():
        seen["at first"] = inspect(db.engine).has_table("city")
        db.create_all()
        seen["db.create_all()"] = inspect(db.engine).has_table("city")
        db.drop_all()
        seen["db.drop_all()"] = inspect(db.engine).has_table("city")
    return seen


@chapter.recipe(
    "Constraints and their names",
    keywords="naming_convention unique check foreign key constraint composite combination of "
    "two columns must be unique together __table_args__ alembic metadata unique "
    "across multiple columns together deferrable initially deferred swap values "
    "IdentifierError Identifier exceeds maximum length of 63 characters "
    "CheckViolation check constraint of relation is violated by some row",
    links=(
        f"{CORE}/constraints.html#configuring-constraint-naming-conventions",
        f"{FLASK_SQLALCHEMY}/models/",
    ),
)
def constraints() -> list[str]:
    """A constraint on several columns goes into `__table_args__`. A `naming_convention` gives every
    constraint a name that can be foreseen, since a migration needs the name to drop it.

    Pitfall: if the convention has `%(constraint_name)s`, a CHECK without a name raises
    InvalidRequestError.

    Pitfall: `__table_args__` is a tuple, so a single constraint needs a comma after it.

    Pitfall: a unique constraint is checked row by row, so two rows cannot swap their values. With
    `deferrable=True, initially="DEFERRED"` it is checked at the commit.

    Pitfall: a name in Postgres has at most 63 bytes. If the name of a table, a constraint or an
    index is longer, SQLAlchemy raises IdentifierError, "exceeds maximum length".

    Pitfall: a constraint that some row breaks already cannot be added: it "is violated by some
    row". Correct the rows first.
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


@chapter.legacy(note="Without a convention each name is written by hand.")
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
    keywords="column default value insert sql python side callable mutable list empty not "
    "null column does not allow null default now current_timestamp string",
    links=(f"{CORE}/defaults.html", f"{ORM}/persistence_techniques.html"),
)
def server_default(name: str = "Lisbon") -> list[object]:
    """`default` is a value that SQLAlchemy adds to its own INSERTs. `server_default` is SQL that
    belongs to the table, so rows that other programs insert get it too.

    Pitfall: the object has neither value before the flush: until then the attribute is None.

    Pitfall: `default=uuid.uuid4()` is called once, and all rows get its result. Give the function
    itself, `default=uuid.uuid4`; for an empty list, `default=list`.

    Pitfall: a string is a value. `server_default="now()"` is the time at which the table was made:
    write `server_default=func.now()`, or `text("now()")`.
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
    keywords="timestamptz timestamp datetime timezone utc now onupdate last modified audit "
    "column updated_at not changing automatically can't subtract offset-naive and "
    "offset-aware datetimes",
    links=(
        f"{CORE}/defaults.html",
        f"{ORM}/declarative_tables.html",
        f"{POSTGRES}/datatype-datetime.html",
    ),
)
def timestamps() -> dict[str, object]:
    """To store when a row was created, write `server_default=func.now()`; to store when it was last
    changed, `onupdate=func.now()`. `DateTime(timezone=True)` is Postgres' timestamptz.

    Pitfall: a plain `Mapped[datetime]` is TIMESTAMP WITHOUT TIME ZONE, and Python refuses to
    compare its values with those that have a time zone.

    Pitfall: `now()` is the time at which the transaction began, so all its rows get the same. For
    the actual time use `func.clock_timestamp()`.

    Pitfall: `onupdate` applies only to UPDATEs that SQLAlchemy makes. For those of other programs
    write a trigger.
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
    keywords="uuid4 primary key gen_random_uuid uuidv4 guid sortable public id "
    "StatementError AttributeError str object has no attribute hex invalid input "
    "syntax for type uuid",
    links=(
        f"{CORE}/type_basics.html#sqlalchemy.types.Uuid",
        f"{POSTGRES}/functions-uuid.html",
    ),
)
def uuidv7() -> dict[str, object]:
    """Use a UUID as primary key, made by Postgres 18's `uuidv7()`. It begins with the time, so new
    rows lie side by side in the index; random UUIDs are scattered all over it.

    Pitfall: such a UUID tells when its row was created. If nobody may know that, use
    `func.gen_random_uuid()` or `default=uuid.uuid4`.

    Pitfall: if the server makes the UUID, SQLAlchemy sends an INSERT for each object. With
    `default=uuid.uuid7` (Python 3.14) it sends one for many.

    Pitfall: give a UUID, and not its text: on some drivers that raises "'str' object has no
    attribute 'hex'", and Postgres refuses a wrong one as "invalid input syntax for type uuid".
    `uuid.UUID(text)` checks it.
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
    keywords="enum enumeration choices limited values values_callable create type alter type "
    "native_enum names StrEnum status InvalidTextRepresentation invalid input value for enum "
    "LookupError is not among the defined enum values Enum name Possible values "
    "CompileError PostgreSQL Enum type requires a name",
    links=(
        f"{CORE}/type_basics.html#sqlalchemy.types.Enum",
        f"{POSTGRES}/datatype-enum.html",
    ),
)
def enum_column(status: OrderStatus = OrderStatus.PAID) -> list[object]:
    """`Mapped[SomeEnum]` makes an enum type in Postgres and stores the members' names, such as
    `PAID`. To store their values, such as `paid`, give `values_callable`.

    Pitfall: `create_all()` never changes a type that exists: for a new member write
    `ALTER TYPE … ADD VALUE` in a migration.

    Pitfall: with `native_enum=False` the column is VARCHAR, which is easier to change, but Postgres
    takes any text for it unless you add `create_constraint=True`.

    Pitfall: a row's value that is no member's name raises LookupError, "is not among the defined
    enum values". Often the rows hold the members' values: then give `values_callable`.

    Pitfall: `Enum("a", "b")` without a Python enum has to be given a name: "PostgreSQL Enum type
    requires a name".
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


@chapter.legacy(note="Without an Enum class the values are strings in Python too.")
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
    keywords="autoincrement serial sequence identity GENERATED ALWAYS AS computed calculated "
    "column stored virtual persisted cannot insert a non-DEFAULT value into column "
    "FlushError Instance has a NULL identity key check that the database table "
    "allows generation of new primary key values GeneratedAlways can only be "
    "updated to DEFAULT",
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
    """`Identity()` makes an identity column of standard SQL, which numbers the rows; SQLAlchemy's
    default is SERIAL, which is older. `Computed()` makes a column that Postgres calculates from
    other columns of the row.

    Pitfall: Postgres 18 calculates the column whenever it is read (VIRTUAL), unless you write
    `persisted=True`. Only a stored column can have an index.

    Pitfall: Postgres refuses a value that you send for an `Identity(always=True)` or a `Computed`
    column.
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


@chapter.legacy(
    note="SERIAL numbers the rows, and `column_property()` calculates the product in each SELECT."
)
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
    keywords="reflection autoload_with existing database inspect generate models introspection "
    "Engine object has no attribute table_names Additional arguments should be "
    "named dialectname argument got autoload autoload parameter is deprecated "
    "NoSuchTableError could not reflect requested table(s) not available in "
    "Base.classes did not recognize type of column",
    links=(
        f"{CORE}/reflection.html",
        f"{ORM}/extensions/automap.html",
        f"{FLASK_SQLALCHEMY}/models/",
    ),
)
def automap() -> dict[str, object]:
    """Use the tables of a database that exists already, without writing models. Reflection reads
    the tables, and `automap_base()` makes a class, with relationships, for each that has a primary
    key.

    Pitfall: a table without a primary key gets no class. Read it as a table:
    `Table("log", metadata, autoload_with=engine)`.

    Pitfall: each start of the program asks the database for its tables, columns, keys and indexes.

    Removed: `Table(autoload=True)`: write `autoload_with=engine`.

    Deprecated: `Base.prepare(engine, reflect=True)`: write `prepare(autoload_with=engine)`.

    Pitfall: a table that is not in the default schema is not found, and raises NoSuchTableError:
    name its schema, `Table("log", metadata, schema="audit", autoload_with=engine)`.
    """
    metadata = MetaData()
    metadata.reflect(db.engine, schema="cheatsheet")  # reads every table of this schema
    persons = metadata.tables["cheatsheet.persons"]

    Base = automap_base(metadata=metadata)
    Base.prepare()  # to do both at once: prepare(autoload_with=engine, schema=...)
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
    """Share columns among models with a mixin: a plain class whose columns are copied into each
    model that inherits from it. A column or relationship that depends on the model, such as this
    foreign key to the model's own table, is a method with `@declared_attr`.

    Pitfall: the columns of a mixin come after the model's own, unless `sort_order` moves them.

    Pitfall: inherit from the mixin, not from another model: that would be inheritance, in which
    the two share rows.
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
    keywords="index unique postgresql_where postgresql_using partial functional lower gin jsonb "
    "array concurrently covering "
    "ProgramLimitExceeded index row size exceeds btree version 4 maximum 2704 for "
    "index",
    links=(
        f"{POSTGRESQL}#postgresql-specific-index-options",
        f"{POSTGRES}/indexes.html",
    ),
)
def indexes() -> list[str]:
    """`index=True` makes a plain index on a column. `Index()` makes the others: on some of the rows
    (partial), on an expression, or of another kind, such as GIN for arrays, JSONB and full text.

    Pitfall: an index on `lower(name)` helps only queries that have `lower(name)` in them.

    Pitfall: while an index is built, nobody can write to its table. In production build it with
    `postgresql_concurrently=True`, outside of a transaction.

    Pitfall: an ordinary index takes values of up to 2,704 bytes: "index row size … exceeds btree
    version 4 maximum". For long texts index `func.md5(text)`, and search by that.
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


@chapter.legacy(note="The indexes stand after the class, since they name its columns.")
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
    """To use tables of another schema, name it as `schema` in `__table_args__`, or once for all
    models, as `MetaData(schema=...)` of the base. SQLAlchemy writes it before each table's name.

    Pitfall: a foreign key has to name the schema too: `"cheatsheet.persons.id"`.

    Pitfall: `create_all()` does not create the schema: execute
    `CreateSchema("sales", if_not_exists=True)` first.
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
    keywords="create view materialized refresh map class to view select new 2.1 CreateTableAs",
    links=(
        "https://docs.sqlalchemy.org/en/21/changelog/migration_21.html",
        f"{CORE}/ddl.html",
        f"{POSTGRES}/sql-createview.html",
    ),
)
def create_view(limit: int = 3) -> list[object]:
    """`CreateView`, new in SQLAlchemy 2.1, makes a view from a SELECT. With `metadata=`,
    `create_all()` creates it and `drop_all()` drops it; its `table` can be queried, or mapped to
    a class.

    Pitfall: a view has no primary key: tell the mapper which columns identify a row.

    Pitfall: `create_all()` keeps a view that exists, even if its SELECT has changed: drop it first.

    Pitfall: a materialized view, by `materialized=True`, holds rows of its own, and later changes
    show only after `REFRESH MATERIALIZED VIEW spending`.
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


@chapter.legacy(note="Before 2.1 you had to write the SQL yourself.")
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


@chapter.recipe(
    "The column's type from the annotation: type_annotation_map",
    keywords="type_annotation_map Mapped list[str] dict Any Annotated reusable alias json array "
    "ArgumentError could not locate SQLAlchemy Core type for Python type inside the attribute "
    "Mapped annotation the type provided is the SQLAlchemy type expected a Python type instead "
    "could not resolve all types within mapped annotation ensure all types are "
    "written correctly and are imported within the module in use",
    links=(
        f"{ORM}/declarative_tables.html#customizing-the-type-map",
        f"{ORM}/declarative_tables.html#mapping-whole-column-declarations-to-python-types",
    ),
)
def annotation_types() -> dict[str, str]:
    """SQLAlchemy takes the column's type from the Python type in `Mapped[…]`, and knows the common
    ones, such as str, int, Decimal, datetime and enums. For others write it in `mapped_column()`,
    or once for all models in `type_annotation_map`.

    Pitfall: `Mapped[JSON]` names a type of SQLAlchemy: "Expected a Python type instead". Write
    `Mapped[dict[str, Any]] = mapped_column(JSONB)`.

    Pitfall: the map goes by the whole type. With `list[str]` in it, `list[int]` still raises "Could
    not locate SQLAlchemy Core type".

    Pitfall: if one Python type needs several column types, make a type of its own for each with
    Annotated, as Code here, and put it into the map. Its 2 only makes it differ from str. If a
    `mapped_column()` stands there, as in Key, the column is made from it.

    Pitfall: SQLAlchemy has to find each type in a column's annotation: "Could not resolve all types
    within mapped annotation". Import it in the module, and not only under `if TYPE_CHECKING:`,
    which is enough for the model that a relationship names.
    """
    Key = Annotated[int, mapped_column(primary_key=True)]
    Code = Annotated[str, 2]

    class Base(DeclarativeBase):
        type_annotation_map = {
            str: Text,
            datetime: DateTime(timezone=True),
            list[str]: ARRAY(Text),
            dict[str, Any]: postgresql.JSONB,
            Code: String(2),
        }

    class City(Base):
        __tablename__ = "cities"

        id: Mapped[Key]
        name: Mapped[str]
        country: Mapped[Code]
        names: Mapped[list[str]]
        profile: Mapped[dict[str, Any]]
        area: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
        changed_at: Mapped[datetime]

    dialect = db.engine.dialect
    seen = {c.name: c.type.compile(dialect) for c in City.__table__.columns}
    try:

        class River(Base):
            __tablename__ = "rivers"

            id: Mapped[Key]
            levels: Mapped[list[int]]

    except ArgumentError as error:
        seen["list[int]"] = str(error).partition(" inside")[0]
    return seen
