"""What recipes say of an error by its message, and of what helps."""
# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false

from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.schema import CreateTable, CreateView

from retort.database import db
from retort.models import Person

from ...postgres import Server, execute
from .claims import compiled

pytestmark = pytest.mark.usefixtures("app")

FAILS = text("SELECT 1 / 0")
OUTSIDE = {"synchronize_session": False}  # as if another transaction did it


def test_a_transaction_is_aborted_by_the_error_before_and_until_the_rollback() -> None:
    connection = db.session.connection()
    with pytest.raises(DBAPIError, match="division by zero"):
        connection.execute(FAILS)
    with pytest.raises(DBAPIError, match="current transaction is aborted"):
        connection.execute(select(1))
    db.session.rollback()
    assert db.session.scalar(select(1)) == 1


def test_a_text_that_is_too_long_is_refused(server: Server) -> None:
    with server.empty() as empty:
        execute(empty, "CREATE TABLE cities (name varchar(80))")
        with pytest.raises(DataError, match="value too long for type character varying"):
            execute(empty, "INSERT INTO cities VALUES (repeat('x', 81))")


def test_a_model_needs_a_primary_key() -> None:
    class Base(DeclarativeBase):
        pass

    with pytest.raises(ArgumentError, match="could not assemble any primary key columns"):

        class City(Base):
            __tablename__ = "cities"
            name: Mapped[str] = mapped_column()


def test_who_does_not_own_the_database_needs_a_grant_to_create_tables() -> None:
    with pytest.raises(ProgrammingError, match="permission denied for schema public"):
        db.session.execute(text("CREATE TABLE public.cities (name text)"))


def test_a_dict_in_a_text_needs_its_type() -> None:
    statement = text("SELECT CAST(:profile AS jsonb) ->> 'city'")
    with pytest.raises(ProgrammingError, match="can't adapt type 'dict'"):
        db.session.scalar(statement, {"profile": {"city": "Wien"}})
    typed = statement.bindparams(bindparam("profile", type_=JSONB))
    assert db.session.scalar(typed, {"profile": {"city": "Wien"}}) == "Wien"


def test_a_text_is_not_compared_with_a_number() -> None:
    persons = select(func.count()).select_from(Person)
    with pytest.raises(ProgrammingError, match="operator does not exist: text = integer"):
        db.session.scalar(persons.where(Person.name == 5))
    db.session.rollback()
    assert db.session.scalar(persons.where(Person.name == str(5))) == 0


def test_one_value_of_the_driver_is_a_tuple_too() -> None:
    cursor = db.session.connection().connection.cursor()
    with pytest.raises(TypeError, match="not all arguments converted"):
        cursor.execute("SELECT %s", "Amy")
    cursor.execute("SELECT %s", ("Amy",))
    assert cursor.fetchall() == [("Amy",)]


def test_stale_data_without_a_version_is_a_row_that_is_gone() -> None:
    class Base(DeclarativeBase):
        pass

    class Label(Base):
        __tablename__ = "projects"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    with Session(db.engine) as session:
        label = Label(name="Retort 2")
        session.add(label)
        session.flush()
        session.execute(delete(Label).where(Label.id == label.id), execution_options=OUTSIDE)
        label.name = "Retort 3"
        with pytest.raises(StaleDataError, match="expected to update 1 row"):
            session.flush()


def test_a_db_is_registered_once_and_is_the_only_one() -> None:
    app, db = Flask("shop"), SQLAlchemy()
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg2://"
    db.init_app(app)
    with pytest.raises(RuntimeError, match="has already been registered"):
        db.init_app(app)
    with app.app_context(), pytest.raises(RuntimeError, match="is not registered with this"):
        SQLAlchemy().session.execute(select(1))


def test_a_server_default_in_a_string_is_the_time_of_the_table(server: Server) -> None:
    at = {"quoted": "now()", "called": func.now()}
    columns = [Column(name, DateTime, server_default=default) for name, default in at.items()]
    create = CreateTable(Table("cities", MetaData(), *columns)).compile(db.engine)
    insert = "INSERT INTO cities DEFAULT VALUES RETURNING called > quoted"
    with server.empty() as empty:
        assert execute(empty, str(create), insert) == [(True,)]


@pytest.mark.parametrize("options", [{}, {"deferrable": True, "initially": "DEFERRED"}])
def test_rows_swap_unique_values_if_the_check_is_deferred(
    server: Server, options: dict[str, Any]
) -> None:
    unique = UniqueConstraint("place", **options)
    create = CreateTable(Table("seats", MetaData(), Column("place", Integer), unique))
    rows = "INSERT INTO seats VALUES (1), (2)"
    with server.empty() as empty:
        execute(empty, str(create.compile(db.engine)), rows)
        with nullcontext() if options else pytest.raises(IntegrityError):
            execute(empty, "UPDATE seats SET place = 3 - place")


def test_a_materialized_view_shows_changes_after_a_refresh(server: Server) -> None:
    create = CreateView(
        select(literal_column("count(*)")).select_from(text("a")), "b", materialized=True
    )
    look, refresh = "SELECT * FROM b", "REFRESH MATERIALIZED VIEW b"
    with server.empty() as empty:
        execute(empty, "CREATE TABLE a ()", str(create.compile(db.engine)))
        assert execute(empty, "INSERT INTO a DEFAULT VALUES", look) == [(0,)]
        assert execute(empty, refresh, look) == [(1,)]


def test_a_value_may_need_the_type_that_its_column_has() -> None:
    statement = "UPDATE persons SET profile = {}"
    value = {"profile": ["{}"]}
    with pytest.raises(ProgrammingError, match="is of type jsonb but expression is of type text"):
        db.session.execute(text(statement.format("(:profile)[1]")), value)
    db.session.rollback()
    db.session.execute(text(statement.format("CAST((:profile)[1] AS jsonb)")), value)


def test_the_session_is_a_scoped_one() -> None:
    assert isinstance(db.session, scoped_session)


def test_a_collation_says_how_texts_sort() -> None:
    assert compiled(select(Person.name.collate("de-x-icu"))).startswith(
        'SELECT persons.name COLLATE "de-x-icu"'
    )
    by_bytes = select(literal("Z").collate("C") < literal("a").collate("C"))
    assert db.session.scalar(by_bytes)
