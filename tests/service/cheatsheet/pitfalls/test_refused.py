"""What Postgres refuses, by the messages that recipes quote, and what it takes instead."""
# pyright: basic, reportAttributeAccessIssue=false, reportUnusedClass=false

import pytest
from flask import Flask, request
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    MetaData,
    Table,
    create_engine,
    delete,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import (
    DBAPIError,
    InvalidRequestError,
    NoSuchTableError,
    OperationalError,
    SAWarning,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from retort.database import db
from retort.models import Order, Person

from ....ports import free_port
from ...postgres import Server, execute
from .claims import compiled, is_quoted, pattern

pytestmark = pytest.mark.usefixtures("app")

LONG = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 100) n)"

# Each message, and the statements of which the last brings it.
REFUSED = {
    "cannot be implemented": [
        "CREATE TABLE a (id int PRIMARY KEY)",
        "CREATE TABLE b (a_id text REFERENCES a)",
    ],
    'column reference "id" is ambiguous': [
        "CREATE TABLE a (id int)",
        "CREATE TABLE b (id int)",
        "SELECT id FROM a, b",
    ],
    "UNION types … cannot be matched": ["SELECT 1 UNION SELECT now()"],
    "integer out of range": ["CREATE TABLE a (n int)", "INSERT INTO a VALUES (2147483648)"],
    "is violated by some row": [
        "CREATE TABLE a (n int)",
        "INSERT INTO a VALUES (1)",
        "ALTER TABLE a ADD CHECK (n > 1)",
    ],
    "division by zero": ["SELECT 1 / 0"],
    "malformed array literal": ["SELECT CAST('red,green' AS text[])"],
    "could not identify an equality operator for type json": [
        "CREATE TABLE a (n json)",
        "SELECT DISTINCT n FROM a",
    ],
    "index row size … exceeds btree version 4 maximum": [
        "CREATE TABLE a (n text)",
        "CREATE INDEX ON a (n)",
        f"INSERT INTO a SELECT {LONG}",
    ],
    "cached plan must not change result type": [
        "CREATE TABLE a (n int)",
        "PREPARE every_a AS SELECT * FROM a",
        "ALTER TABLE a ADD m int",
        "EXECUTE every_a",
    ],
    "cannot execute INSERT in a read-only transaction": [
        "CREATE TABLE a (n int)",
        "SET default_transaction_read_only = on",
        "INSERT INTO a VALUES (1)",
    ],
    "invalid input syntax for type json": ["""SELECT CAST('{''a'': 1}' AS json)"""],
    "invalid input syntax for type uuid": ["SELECT CAST('42' AS uuid)"],
    "invalid input syntax for type timestamp": ["SELECT CAST('31.12.2024 noon' AS timestamp)"],
    "out of range": ["SELECT CAST('2024-02-30' AS date)"],
    "relation … already exists": ["CREATE TABLE a ()", "CREATE TABLE a ()"],
}


@pytest.mark.parametrize("message", REFUSED)
def test_postgres_refuses_it_with_the_message_that_a_recipe_quotes(
    server: Server, message: str
) -> None:
    assert is_quoted(message)
    *before, last = REFUSED[message]
    with server.empty() as empty:
        engine = create_engine(empty, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in before:
                connection.exec_driver_sql(statement)
            with pytest.raises(DBAPIError, match=pattern(message)):
                connection.exec_driver_sql(last)
        engine.dispose()


def test_a_quotient_is_null_where_its_divisor_may_be_zero() -> None:
    assert db.session.scalar(select(10 / func.nullif(0, 0))) is None


def test_a_long_text_is_indexed_by_its_hash(server: Server) -> None:
    create, index = "CREATE TABLE a (n text)", "CREATE INDEX ON a (md5(n))"
    with server.empty() as empty:
        execute(empty, create, index, f"INSERT INTO a SELECT {LONG}")
        assert execute(empty, f"SELECT 1 FROM a WHERE md5(n) = md5({LONG})") == [(1,)]


def test_a_role_needs_a_right_to_the_table_and_one_to_the_sequence(server: Server) -> None:
    insert = (f"SET ROLE {server.web_user}", "INSERT INTO films DEFAULT VALUES")
    with server.empty() as empty:
        execute(empty, "CREATE TABLE films (id serial)")
        with pytest.raises(DBAPIError, match="permission denied for table"):
            execute(empty, *insert)
        execute(empty, f"GRANT INSERT ON films TO {server.web_user}")
        with pytest.raises(DBAPIError, match="permission denied for sequence"):
            execute(empty, *insert)
        execute(empty, f"GRANT USAGE ON SEQUENCE films_id_seq TO {server.web_user}")
        execute(empty, *insert)
        with pytest.raises(DBAPIError, match="must be owner of table"):
            execute(empty, insert[0], "ALTER TABLE films ADD name text")


def test_a_database_in_use_is_not_dropped_and_none_is_created_twice(server: Server) -> None:
    with server.empty() as empty:
        engine = create_engine(empty)
        with engine.connect():
            with pytest.raises(DBAPIError, match="is being accessed by other users"):
                execute(server.url("postgres"), f"DROP DATABASE {empty.database}")
            with pytest.raises(DBAPIError, match="already exists"):
                execute(server.url("postgres"), f"CREATE DATABASE {empty.database}")
        engine.dispose()


def test_nothing_listens_where_a_connection_is_refused() -> None:
    url = make_url(f"postgresql+psycopg2://web@127.0.0.1:{free_port()}/shop")
    with pytest.raises(OperationalError, match="Connection refused"):
        create_engine(url).connect()


def test_a_password_with_an_at_sign_makes_a_host_of_its_end() -> None:
    assert make_url("postgresql+psycopg2://web:p@ss@db/shop").host == "ss@db"
    assert make_url("postgresql+psycopg2://web:p%40ss@db/shop").host == "db"


def test_reflection_finds_a_table_of_another_schema_by_its_schema(server: Server) -> None:
    with server.empty() as empty:
        execute(empty, "CREATE SCHEMA audit", "CREATE TABLE audit.log (id int)")
        engine = create_engine(empty)
        with pytest.raises(NoSuchTableError):
            Table("log", MetaData(), autoload_with=engine)
        assert Table("log", MetaData(), schema="audit", autoload_with=engine).c.id is not None
        engine.dispose()


def test_a_child_whose_key_has_its_parents_cannot_lose_it(server: Server) -> None:
    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        books = relationship("Book")

    class Book(Base):
        __tablename__ = "books"
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), primary_key=True)

    with server.empty() as empty:
        engine = create_engine(empty)
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(author := Author(books=[Book()]))
            session.flush()
            session.delete(author)
            with pytest.raises(AssertionError, match="tried to blank-out primary key column"):
                session.flush()
        engine.dispose()


def test_metadata_is_reserved_and_may_be_a_column() -> None:
    class Base(DeclarativeBase):
        pass

    with pytest.warns(SAWarning, match="should be left reserved"):

        class Wrong(Base):
            __tablename__ = "wrong"
            id: Mapped[int] = mapped_column(primary_key=True)
            metadata: Mapped[str]  # pyright: ignore[reportIncompatibleVariableOverride]

    class City(Base):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
        details = mapped_column("metadata", JSONB)

    assert compiled(select(City.details)) == "SELECT cities.metadata FROM cities"


def test_a_column_of_base_class_and_subclass_becomes_one_attribute() -> None:
    class Base(DeclarativeBase):
        pass

    class Vehicle(Base):
        __tablename__ = "vehicles"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    with pytest.warns(SAWarning, match="Implicitly combining column"):

        class Car(Vehicle):
            __tablename__ = "cars"
            id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"), primary_key=True)
            name: Mapped[str] = mapped_column()


def test_foreign_marks_the_column_that_refers() -> None:
    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)
        book = relationship("Book", primaryjoin="Author.id == foreign(Book.id)", viewonly=True)

    class Book(Base):
        __tablename__ = "books"
        id: Mapped[int] = mapped_column(primary_key=True)

    assert "JOIN books ON authors.id = books.id" in compiled(select(Author).join(Author.book))


def test_the_database_finds_objects_whose_condition_python_cannot_apply() -> None:
    missing = delete(Order).where(Order.id.in_(select(Person.id).where(Person.id < 0)))
    with pytest.raises(InvalidRequestError, match="evaluate current criteria"):
        db.session.execute(missing, execution_options={"synchronize_session": "evaluate"})
    db.session.execute(missing, execution_options={"synchronize_session": "fetch"})


def test_a_test_makes_the_request_that_it_needs() -> None:
    with Flask("x").test_request_context("/"):
        assert request.path == "/"


def test_flask_has_no_command_db_without_flask_migrate() -> None:
    assert "No such command 'db'" in Flask("x").test_cli_runner().invoke(args=["db"]).output


def test_flask_has_no_app_ctx_stack() -> None:
    with pytest.raises(ImportError, match="_app_ctx_stack"):
        from flask import _app_ctx_stack  # noqa: F401, PLC0415 # pyright: ignore
