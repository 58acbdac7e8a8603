"""What is so today. Here a warning is an error, so what runs does not warn."""
# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib.metadata import requires
from inspect import signature
from pathlib import Path
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import pytest
import sqlalchemy
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, MetaData, delete, event, make_url, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import AmbiguousColumnError, InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.schema import CreateTable, CreateView
from werkzeug.exceptions import NotFound

from retort.cheatsheet.recipes import RECIPES
from retort.database import db
from retort.models import Order, Person

from .claims import compiled

MAKEFILE = Path(__file__).parents[4] / "Makefile"


@pytest.fixture
def sent(app: Flask) -> Generator[list[str]]:
    """The statements sent from now on, each in one line."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, sql: str, *rest: object) -> None:
        statements.append(" ".join(sql.split()))

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


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


def test_the_command_that_opens_psql_is_that_of_make_psql() -> None:
    command = RECIPES["psql"].text.split("`")[3]
    assert f"exec {command};" in MAKEFILE.read_text(encoding="utf-8")


def test_greenlet_is_not_installed_by_default() -> None:
    needed = [one for one in requires("sqlalchemy") or [] if "extra ==" not in one]
    assert not [one for one in needed if one.startswith("greenlet")]


def test_asyncpg_takes_an_ssl_context_and_not_what_libpq_takes() -> None:
    taken = signature(asyncpg.connect).parameters
    assert "ssl" in taken
    assert not taken.keys() & {"sslmode", "sslrootcert"}


def test_a_bind_of_the_session_has_no_effect_on_flask_sqlalchemy(app: Flask) -> None:
    fresh = SQLAlchemy(model_class=Base, session_options={"bind": "no connection at all"})
    fresh_app = Flask("fresh")
    fresh_app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    fresh.init_app(fresh_app)
    with fresh_app.app_context():
        assert fresh.session.scalar(select(1)) == 1
        fresh.engine.dispose()


def test_a_second_view_of_the_same_name_is_an_error() -> None:
    app = Flask("views")
    app.add_url_rule("/one", "hello", lambda: "one")
    with pytest.raises(AssertionError, match="View function mapping is overwriting an existing"):
        app.add_url_rule("/two", "hello", lambda: "two")


def test_the_fixture_for_pytest_undoes_what_is_really_committed() -> None:
    assert RECIPES["pytest-fixture"].modern.function() == {
        "before the test": 3,
        "in it": 4,
        "after it": 3,
    }


def test_the_next_client_of_pgbouncer_gets_what_a_session_sets() -> None:
    found = RECIPES["pgbouncer"].modern.function()
    assert found["after SET LOCAL"] == found["at first"]
    assert (found["after SET"], found["also has the lock"]) == ("700ms", True)
