"""Each construct that a recipe calls removed is gone."""
# pyright: basic, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportPrivateImportUsage=false

from collections.abc import Callable

import flask_sqlalchemy
import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData, Table, case, create_engine, delete, orm, select, text
from sqlalchemy.exc import ArgumentError, CompileError, InvalidRequestError, NoSuchModuleError
from sqlalchemy.orm import Session, load_only, relationship, selectinload

from retort.database import db
from retort.models import Order, Person

from .claims import compiled, row, said


def without_uri() -> None:
    SQLAlchemy().init_app(Flask(__name__))


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


def test_each_that_is_called_removed_is_checked() -> None:
    assert set(REMOVED) == said("Removed")


@pytest.mark.parametrize("construct", REMOVED)
def test_removed(construct: str) -> None:
    use, error, message = REMOVED[construct]
    with pytest.raises(error, match=message):
        use()
