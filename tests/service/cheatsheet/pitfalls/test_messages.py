"""Each error that a recipe names by its message is raised by what the recipe says raises it."""
# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOptionalMemberAccess=false

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask, jsonify, request
from sqlalchemy import (
    Column,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    NullPool,
    Table,
    UniqueConstraint,
    Uuid,
    create_engine,
    delete,
    literal,
    make_url,
    select,
    text,
    union,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
)
from sqlalchemy.schema import CreateTable

from retort.database import db
from retort.models import Order, Person, Project

from .claims import is_quoted, pattern

pytestmark = pytest.mark.usefixtures("app")

PROFILE = Table("profiles", MetaData(), Column("id", Integer))


def added_after_its_delete() -> None:
    project = Project(name="Retort 2")
    db.session.add(project)
    db.session.flush()
    db.session.delete(project)
    db.session.flush()
    db.session.add(project)


def committed_twice() -> None:
    with Session(db.engine) as session:
        transaction = session.begin()
        session.commit()
        transaction.commit()


def connection_after_its_block() -> None:
    with db.engine.connect() as connection:
        pass
    connection.execute(select(1))


def without_value() -> None:
    app = Flask("x")
    app.testing = True
    app.add_url_rule("/", "nothing", lambda: None)
    app.test_client().get("/")


def ddl(*columns: Any) -> str:
    table = Table("cities", MetaData(), *columns)
    return str(CreateTable(table).compile(dialect=postgresql.dialect()))


def models() -> Any:
    """Classes of a base of their own, of which the last has no foreign key to another."""

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "authors"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Book(Base):
        __tablename__ = "books"
        number: Mapped[int] = mapped_column(primary_key=True)
        author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), primary_key=True)

    class Genre(Base):
        __tablename__ = "genres"
        id: Mapped[int] = mapped_column(primary_key=True)

    return Author, Book, Genre


def related(to: str, **options: Any) -> None:
    author, _, _ = models()
    author.related = relationship(to, **options)
    author.registry.configure()


def second_parent() -> None:
    author, book, _ = models()
    book.author = relationship(author, cascade="all, delete-orphan", single_parent=True)
    author = author()
    book(author=author)
    book(author=author)


def annotated() -> None:
    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(primary_key=True)
        size: Mapped["Decimall"]  # noqa: F821  # pyright: ignore[reportUndefinedVariable]


def not_awaited() -> None:
    with closing(AsyncSession().scalars(select(1))) as coroutine:
        coroutine.all()


def query_of_a_plain_model() -> None:
    class City(DeclarativeBase):
        pass

    City.query.all()


def fetched(sql: str) -> None:
    cursor = db.session.connection().connection.cursor()
    cursor.execute(sql)
    cursor.fetchall()


RAISED: dict[str, Callable[[], object]] = {
    "'coroutine' object has no attribute 'all'": not_awaited,
    "type object 'City' has no attribute 'query'": query_of_a_plain_model,
    "is not persistent within this Session": lambda: db.session.refresh(Person(name="Amy")),
    "is not persisted": lambda: db.session.delete(Person(name="Amy")),
    "has been deleted": added_after_its_delete,
    "Could not locate a bind": lambda: Session().scalars(select(Person)),
    "This transaction is closed": committed_twice,
    "This Connection is closed": connection_after_its_block,
    "has no property": lambda: related("Book", back_populates="author"),
    "Class 'builtins.dict' is not mapped": lambda: db.session.add({}),
    "Class 'builtins.NoneType' is not mapped": lambda: db.session.delete(None),
    "'nam' is an invalid keyword argument for Person": lambda: Person(nam="Amy"),
    "invalid input syntax for type bigint": lambda: db.session.get(Person, "abc"),
    "there are no foreign keys linking these tables": lambda: related("Genre"),
    "not list-like": lambda: setattr(Person(), "orders", Order()),
    "'InstrumentedList' object has no attribute 'title'": lambda: Person().orders.title,
    "'str' object has no attribute '_sa_instance_state'": lambda: Order(person="Amy"),
    "can't find any foreign key relationships": lambda: Person.__table__.join(PROFILE),
    "is only allowed a single parent": second_parent,
    "must be a Table object": lambda: related("Author", secondary=models()[1]),
    "SQL expression element or literal value expected": lambda: Order.person_id == Person(),
    "not yet supported for relationships": lambda: Order.person.in_([1]),
    "IN expression list, SELECT construct, or bound parameter object expected": lambda: (
        Order.id.in_(7)
    ),
    "Boolean value of this clause is not defined": lambda: bool(Order.id > 7),
    "Neither 'InstrumentedAttribute' object nor 'Comparator' object … has an attribute 'name'": (
        lambda: Order.person.name
    ),
    "'Select' object has no attribute 'all'": lambda: select(Person).all(),
    "Could not locate column in row for column 'total'": lambda: (
        db.session.execute(text("SELECT sum(amount) FROM orders")).one().total
    ),
    "Object of type Person is not JSON serializable": lambda: jsonify(Person()),
    "'Person' object is not subscriptable": lambda: Person()["name"],
    "is not iterable": lambda: dict(Person()),
    "None of the FROM clause entities have a property": lambda: select(Person).filter_by(nam=1),
    "identical numbers of columns": lambda: str(union(select(1), select(1, 2))),
    "List argument must consist only of dictionaries": lambda: db.session.execute(
        text("SELECT :a"), (1,)
    ),
    "A value is required for bind parameter": lambda: db.session.execute(text("SELECT :a")),
    "syntax error at or near": lambda: db.session.execute(text("SELECT * FORM persons")),
    "Unconsumed column names": lambda: db.session.execute(update(Person).values(nam="Amy")),
    "could not evaluate current criteria in Python": lambda: db.session.execute(
        delete(Person).where(Person.id.in_(select(1))),
        execution_options={"synchronize_session": "evaluate"},
    ),
    "Can't generate DDL for NullType()": lambda: ddl(Column("name")),
    "PostgreSQL Enum type requires a name": lambda: ddl(Column("name", Enum("a", "b"))),
    "exceeds maximum length": lambda: ddl(
        Column("id", Integer), UniqueConstraint("id", name="u" * 64)
    ),
    "Working outside of request context": lambda: request.path,
    "did not return a valid response": without_value,
    "Expected string or URL object, got None": lambda: make_url(None),
    "Can't load plugin: sqlalchemy.dialects:driver": lambda: create_engine(
        "driver://user:pass@localhost/dbname"
    ),
    "No 'script_location' key found": lambda: command.upgrade(Config("none.ini"), "head"),
    "'str' object has no attribute 'hex'": lambda: db.session.execute(
        select(literal("42", Uuid(native_uuid=False)))
    ),
    "A string literal cannot contain NUL": lambda: db.session.execute(select(literal("\0"))),
    "cannot be converted to text": lambda: db.session.execute(
        text("SELECT CAST('\"\\u0000\"' AS jsonb) ->> 0")
    ),
    "no results to fetch": lambda: fetched("SET LOCAL lock_timeout = 1"),
    'syntax error at or near ":"': lambda: fetched("SELECT :name"),
    "is not among the defined enum values": lambda: Enum("A", name="x").result_processor(
        postgresql.dialect(), None
    )("b"),
    "No literal value renderer is available": lambda: str(
        select(literal(object())).compile(compile_kwargs={"literal_binds": True})
    ),
    "Could not resolve all types within mapped annotation": annotated,
    "Invalid argument(s) 'pool_size'": lambda: create_engine(
        "postgresql+psycopg2://", poolclass=NullPool, pool_size=5
    ),
    "could not locate any relevant foreign key columns": lambda: related(
        "Genre", primaryjoin="Author.id == Genre.id"
    ),
    "does not apply to any of the root entities": lambda: db.session.execute(
        select(Person).options(selectinload(Order.person))
    ),
    "'NoneType' object has no attribute 'amount'": lambda: (
        db.session.scalars(select(Order).where(Order.id < 0)).first().amount
    ),
}


@pytest.mark.parametrize("message", RAISED)
def test_the_message_of_an_error_is_the_one_that_a_recipe_quotes(message: str) -> None:
    assert is_quoted(message)
    with pytest.raises(Exception, match=f"(?is){pattern(message)}"):
        RAISED[message]()


def test_a_row_has_the_object_and_not_its_attributes() -> None:
    row = db.session.execute(select(Person).order_by(Person.id)).first()
    with pytest.raises(AttributeError, match="name"):
        _ = row.name
    assert row.Person.name == "Amy"


def test_op_works_only_while_migrations_run() -> None:
    # A Python of its own, because this one may have run migrations: then the message is another.
    program = [sys.executable, "-c", "from alembic import op; op.execute('SELECT 1')"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    message = "the proxy object has not yet been established"
    assert message in done.stderr
    assert is_quoted(message)
