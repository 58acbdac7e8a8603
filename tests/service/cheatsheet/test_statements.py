"""What the sheet says of SQLAlchemy and Flask-SQLAlchemy, seen on the versions installed: what
warns, what is gone, and what is so today."""
# pyright: basic, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportOptionalSubscript=false
# pyright: reportPrivateImportUsage=false

import re
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib.metadata import requires
from typing import Any

import flask_sqlalchemy
import pytest
import sqlalchemy
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    ForeignKey,
    MetaData,
    Table,
    and_,
    case,
    column,
    create_engine,
    delete,
    event,
    make_url,
    or_,
    orm,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import (
    AmbiguousColumnError,
    ArgumentError,
    CompileError,
    InvalidRequestError,
    NoSuchModuleError,
    SADeprecationWarning,
)
from sqlalchemy.ext import declarative
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    load_only,
    mapped_column,
    noload,
    relationship,
    selectinload,
)
from sqlalchemy.schema import CreateTable, CreateView
from werkzeug.exceptions import NotFound

from retort.cheatsheet.recipes import RECIPES
from retort.database import db
from retort.models import Order, Person

from ..postgres import Server


@pytest.fixture(scope="module")
def app(server: Server) -> Generator[Flask]:
    """An application with nothing but the models, on rows that no check changes."""
    app = Flask("statements")
    with server.clone() as database:
        app.config["SQLALCHEMY_DATABASE_URI"] = database.web
        db.init_app(app)
        with app.app_context():
            yield app
            db.engine.dispose()


@pytest.fixture(autouse=True)
def rolled_back(app: Flask) -> Generator[None]:
    yield
    db.session.remove()


@pytest.fixture
def sent(app: Flask) -> Generator[list[str]]:
    """The statements sent from now on, each in one line."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, sql: str, *rest: object) -> None:
        statements.append(" ".join(sql.split()))

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def row() -> Any:
    return db.session.execute(select(Person.id, Person.name)).first()


def compiled(statement: Any) -> str:
    return " ".join(str(statement.compile(dialect=postgresql.dialect())).split())


def flush_one() -> None:
    person = db.session.get_one(Person, 1)
    person.name = "Ann"
    db.session.flush([person])


def prepare_by_reflect() -> None:
    engine = create_engine("sqlite://")
    automap_base().prepare(engine, reflect=True)
    engine.dispose()


def without_uri() -> None:
    SQLAlchemy().init_app(Flask(__name__))


# Each construct that a recipe calls deprecated: how it is used, and what the warning says.
DEPRECATED: dict[str, tuple[Callable[..., object], str]] = {
    "sqlalchemy.ext.declarative.declarative_base": (
        declarative.declarative_base,
        "declarative_base.* now available as sqlalchemy.orm.declarative_base",
    ),
    "Base.prepare(engine, reflect=True)": (
        prepare_by_reflect,
        "AutomapBase.prepare.reflect parameter is deprecated",
    ),
    "db.session.flush([person])": (flush_one, "`objects` parameter of `Session.flush` is deprec"),
    "Query.get()": (lambda: db.session.query(Person).get(1), r"Query.get\(\).* legacy"),
    "Query.get_or_404()": (lambda: Person.query.get_or_404(1), r"Query.get\(\).* legacy"),
    "or_()": (or_, r"Invoking or_\(\) without arguments is deprecated"),
    "distinct(Order.person_id)": (
        lambda: select(Order).distinct(Order.person_id),
        "Passing expression to ``distinct``.* deprecated",
    ),
    "Row._t": (lambda: row()._t, "Row._t attribute is deprecated"),
    "noload()": (lambda: noload(Person.orders), "noload.* deprecated"),
    "as_scalar()": (lambda: select(Person.id).as_scalar(), "as_scalar.* deprecated"),
    "JSON.contains()": (
        lambda: column("data", JSON).contains({"city": "Lisbon"}),
        "does not include operator 'contains_op'.* deprecated",
    ),
    "ARRAY.Comparator.any()": (
        lambda: Person.tags.any("sales"),
        "ARRAY.Comparator.any.*deprecated",
    ),
}

# Each that a recipe calls removed: how it was used, what it raises, and what that says.
REMOVED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "init_app` without `SQLALCHEMY_DATABASE_URI": (
        without_uri,
        RuntimeError,
        "'SQLALCHEMY_DATABASE_URI' or 'SQLALCHEMY_BINDS' must be set",
    ),
    "postgres://": (
        lambda: create_engine("postgres://scott:tiger@localhost/test"),
        NoSuchModuleError,
        "sqlalchemy.dialects:postgres$",
    ),
    "engine.execute()": (lambda: db.engine.execute(text("SELECT 1")), AttributeError, "execute"),
    "Session(autocommit=True)": (
        lambda: Session(autocommit=True),
        ArgumentError,
        "autocommit=True is no longer supported",
    ),
    "db.create_all(app=app)": (lambda: db.create_all(app=Flask("x")), TypeError, "app"),
    "get_debug_queries": (
        lambda: flask_sqlalchemy.get_debug_queries,
        AttributeError,
        "get_debug_queries",
    ),
    "sqlalchemy.orm.mapper()": (
        lambda: orm.mapper(Person, Person.__table__),
        InvalidRequestError,
        "removed",
    ),
    "MetaData(bind=engine)": (lambda: MetaData(bind=db.engine), TypeError, "bind"),
    "Table(autoload=True)": (
        lambda: Table("persons", MetaData(), autoload=True),
        TypeError,
        "autoload",
    ),
    "select([Person.id, Person.name])": (
        lambda: select([Person.id, Person.name]),
        ArgumentError,
        "Did you mean to say select",
    ),
    'filter("amount > 20")': (
        lambda: Order.query.filter("amount > 20"),
        ArgumentError,
        r"explicitly declared as text\('amount > 20'\)",
    ),
    'order_by("email desc")': (
        lambda: compiled(select(Person).order_by("email desc")),
        CompileError,
        "Can't resolve label reference",
    ),
    "select(Person).count()": (lambda: select(Person).count(), AttributeError, "count"),
    'row["name"]': (lambda: row()["name"], TypeError, "integer"),
    'join("orders")': (lambda: compiled(select(Person).join("orders")), ArgumentError, "orders"),
    "join(Person.manager, aliased=True)": (
        lambda: Person.query.join(Person.manager, aliased=True),
        TypeError,
        "aliased",
    ),
    "case([(condition, value)])": (lambda: case([(Person.id == 1, "one")]), ArgumentError, "list"),
    "relationship(cascade_backrefs=True)": (
        lambda: relationship(cascade_backrefs=True),
        ArgumentError,
        "cascade_backrefs",
    ),
    'selectinload("orders")': (lambda: selectinload("orders"), ArgumentError, "Strings"),
    'load_only("name")': (
        lambda: load_only("name"),
        ArgumentError,
        "expected ORM mapped attribute",
    ),
    "Query.from_self()": (
        lambda: db.session.query(Person).from_self(),
        AttributeError,
        "from_self",
    ),
    'session.execute("SELECT 1")': (
        lambda: db.session.execute("SELECT 1"),
        ArgumentError,
        r"explicitly declared as text\('SELECT 1'\)",
    ),
    "delete(Order, Order.id == 1)": (lambda: delete(Order, Order.id == 1), TypeError, "positional"),
    "session.begin(subtransactions=True)": (
        lambda: db.session.begin(subtransactions=True),
        TypeError,
        "subtransactions",
    ),
    "Query.with_lockmode()": (
        lambda: Person.query.with_lockmode("update"),
        AttributeError,
        "with_lockmode",
    ),
    "paginate(1, 20)": (lambda: Person.query.paginate(1, 20), TypeError, "positional"),
    "dict(row)": (lambda: dict(row()), TypeError, "sequence"),
}


def said(kind: str) -> set[str]:
    """The constructs at the beginning of what the recipes say in lines of that kind."""
    return {
        text.split("`: ", 1)[0].removeprefix("`")
        for recipe in RECIPES.values()
        for kind_of_it, text in recipe.pitfalls
        if kind_of_it == kind
    }


def test_each_that_is_called_deprecated_is_checked() -> None:
    assert set(DEPRECATED) == said("Deprecated")


def test_each_that_is_called_removed_is_checked() -> None:
    assert set(REMOVED) == said("Removed")


@pytest.mark.parametrize("construct", DEPRECATED)
def test_deprecated(construct: str) -> None:
    use, message = DEPRECATED[construct]
    with pytest.warns(SADeprecationWarning, match=re.compile(message, re.DOTALL)):
        use()


@pytest.mark.parametrize("construct", REMOVED)
def test_removed(construct: str) -> None:
    use, error, message = REMOVED[construct]
    with pytest.raises(error, match=message):
        use()


@pytest.mark.parametrize(
    "use",
    [
        lambda: row().t,
        lambda: row().tuple(),
        lambda: db.session.query(Person.id).tuples(),
        and_,
    ],
)
def test_others_of_the_same_kind_warn_too(use: Callable[[], object]) -> None:
    with pytest.warns(SADeprecationWarning, match="deprecated"):
        use()


# What is so today. Here a warning is an error, so what runs does not warn.


class Base(DeclarativeBase):
    pass


class Card(Base):
    """As one writes it who has read nothing of time zones and MutableDict."""

    __tablename__ = "persons"
    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    profile: Mapped[dict[str, Any]] = mapped_column(JSONB)


def test_postgresql_without_a_driver_means_psycopg_3() -> None:
    assert make_url("postgresql://").get_dialect().driver == "psycopg"
    assert make_url("postgresql+psycopg2://").get_dialect().driver == "psycopg2"


def test_legacy_queries_do_not_warn() -> None:
    assert Person.query.count() == db.session.query(Person).count() == 6


@pytest.mark.parametrize(
    ("first", "is_limited"),
    [
        (lambda: Person.query.order_by(None).first(), True),
        (lambda: db.session.scalars(select(Person)).first(), False),
        (lambda: db.session.scalar(select(Person)), False),
        (lambda: db.first_or_404(select(Person)), False),
    ],
)
def test_only_query_first_adds_a_limit(
    first: Callable[[], object], is_limited: bool, sent: list[str]
) -> None:
    first()
    assert ["LIMIT" in statement for statement in sent] == [is_limited]


def test_execute_gives_rows_and_scalars_objects() -> None:
    (row,) = db.session.execute(select(Person).where(Person.id == 1))
    (person,) = db.session.scalars(select(Person).where(Person.id == 1))
    assert tuple(row) == (person,)


def test_joinedload_of_a_collection_needs_unique() -> None:
    persons = select(Person).options(joinedload(Person.orders))
    with pytest.raises(InvalidRequestError, match="unique"):
        db.session.scalars(persons).all()
    assert len(db.session.scalars(persons).unique().all()) == 6


def test_one_or_404_gives_404_for_several_rows() -> None:
    with pytest.raises(NotFound):
        db.one_or_404(select(Person))


def test_paginate(sent: list[str]) -> None:
    page = db.paginate(select(Person.name, Person.id).order_by(Person.id), per_page=2)
    assert page.items == ["Amy", "Ben"]
    assert [statement.startswith("SELECT count(*)") for statement in sent] == [False, True]
    with pytest.raises(NotFound):
        db.paginate(select(Person), page=99)
    assert db.paginate(select(Person), page=99, error_out=False).items == []


def test_filter_by_of_a_select_searches_every_from() -> None:
    orders = select(Order).join(Order.person)
    assert "persons.name = " in compiled(orders.filter_by(name="Amy"))
    with pytest.raises(AmbiguousColumnError):
        orders.filter_by(id=1)
    joined = Order.query.join(Order.person)
    assert "persons.id = " in compiled(joined.filter_by(id=1).statement)  # the last joined


def test_autoflush_precedes_text(sent: list[str]) -> None:
    db.session.get_one(Person, 1).name = "Ann"
    assert db.session.scalar(text("SELECT name FROM persons WHERE id = 1")) == "Ann"
    assert [statement.split()[0] for statement in sent] == ["SELECT", "UPDATE", "SELECT"]


def test_a_plain_datetime_is_without_time_zone() -> None:
    assert "created_at TIMESTAMP WITHOUT TIME ZONE" in compiled(CreateTable(Card.__table__))


def test_a_change_inside_jsonb_is_lost_without_mutable_dict(sent: list[str]) -> None:
    db.session.get_one(Card, 1).profile["city"] = "Porto"
    db.session.flush()
    assert "UPDATE" not in "".join(sent)
    db.session.get_one(Person, 1).profile["city"] = "Porto"  # nothing holds the person
    db.session.flush()
    assert "UPDATE" not in "".join(sent)
    person = db.session.get_one(Person, 1)
    person.profile["city"] = "Porto"
    db.session.flush()
    assert "UPDATE" in "".join(sent)


def test_jsonb_is_indexed_by_a_subscript() -> None:
    assert compiled(Card.profile["city"]) == "persons.profile[%(profile_1)s::TEXT]"


def test_a_table_is_named_in_snake_case() -> None:
    fresh = SQLAlchemy(model_class=type("Base", (DeclarativeBase,), {}))

    class PersonHomeAddress(fresh.Model):
        id: Mapped[int] = mapped_column(primary_key=True)

    assert PersonHomeAddress.__tablename__ == "person_home_address"


def test_an_application_context_is_always_required() -> None:
    # A new thread has none.
    with ThreadPoolExecutor() as threads, pytest.raises(RuntimeError, match="application context"):
        threads.submit(lambda: db.session.scalar(select(1))).result()


def test_what_is_new_in_2_1() -> None:
    amy = select(Person.id).where(Person.name == "Amy")
    view = CreateView(amy, "amys", metadata=MetaData())
    assert compiled(view).startswith("CREATE VIEW amys AS SELECT")
    assert callable(sqlalchemy.tstring)
    with Session(db.engine, execution_options={"stream_results": True}) as session:
        assert session.execution_options == {"stream_results": True}
    deletion = delete(Order).using(Person).where(Order.person_id == Person.id)
    assert "USING persons" in compiled(deletion)


def test_back_populates_may_be_a_lambda() -> None:
    class Base(DeclarativeBase):
        pass

    class Shelf(Base):
        __tablename__ = "shelves"
        id: Mapped[int] = mapped_column(primary_key=True)
        books: Mapped[list["Book"]] = relationship(back_populates=lambda: Book.shelf)

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
        shelf: Mapped[Shelf] = relationship(back_populates=lambda: Shelf.books)

    shelf = Shelf()
    assert Book(shelf=shelf) in shelf.books


def test_backref_and_dynamic_are_legacy_and_do_not_warn() -> None:
    class Base(DeclarativeBase):
        pass

    class Shelf(Base):
        __tablename__ = "shelves"
        id: Mapped[int] = mapped_column(primary_key=True)
        books = relationship("Book", backref="shelf", lazy="dynamic")

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)
        shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))

    Base.registry.configure()
    assert Book.shelf.property.back_populates == "books"


def test_greenlet_is_not_installed_by_default() -> None:
    needed = [one for one in requires("sqlalchemy") or [] if "extra ==" not in one]
    assert not [one for one in needed if one.startswith("greenlet")]
