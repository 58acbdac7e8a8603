"""Transactions: locks, isolation, and two at once."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false

from decimal import Decimal
from typing import Any

from psycopg2.extensions import TransactionRollbackError
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project

chapter = Chapter("T", "Transactions")

SESSION = "https://docs.sqlalchemy.org/en/21/orm/session_transaction.html"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "Savepoint: undo a part",
    keywords="begin_nested nested transaction partial rollback skip bad rows integrityerror",
    links=(f"{SESSION}#session-begin-nested", f"{POSTGRES}/sql-savepoint.html"),
)
def savepoint(name: str = "Distillery") -> list[Project]:
    """A savepoint, `begin_nested()`, undoes a part of a transaction and keeps the rest:
    here a row that exists already is passed over. The block's end flushes.

    Pitfall: catch the error outside of the `with`, so that the savepoint is rolled back.

    Removed: `session.begin(subtransactions=True)`: write `begin_nested()`.
    """
    for each in ("Funnel", name):
        try:
            with db.session.begin_nested():
                db.session.add(Project(name=each))
        except IntegrityError:
            pass  # there is one: go on with the next
    db.session.commit()
    return db.session.scalars(select(Project).order_by(Project.id)).all()


@chapter.recipe(
    "FOR UPDATE, SKIP LOCKED: a queue",
    keywords="select for update row lock job queue worker with_for_update nowait pessimistic",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/selectable.html"
        "#sqlalchemy.sql.expression.GenerativeSelect.with_for_update",
        f"{POSTGRES}/sql-select.html#SQL-FOR-UPDATE-SHARE",
    ),
    shared=True,
)
def skip_locked(batch: int = 1) -> dict[str, Any]:
    """SELECT … FOR UPDATE locks rows until the transaction ends; with SKIP LOCKED two
    workers never take the same job, and none waits. A plain FOR UPDATE waits its turn.

    Pitfall: an object that the session holds already keeps its old values: add
    `.execution_options(populate_existing=True)`.

    Pitfall: with `joinedload()` name the table to lock, `of=Order`: Postgres cannot lock
    the nullable side of an outer join.

    Removed: `Query.with_lockmode()`: write `with_for_update()`.
    """
    jobs = (
        select(Order)
        .where(Order.status == OrderStatus.PENDING)
        .order_by(Order.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    with Session(db.engine) as one, Session(db.engine) as two:
        return {
            "worker one takes": one.scalars(jobs).all(),
            "worker two takes": two.scalars(jobs).all(),
        }


@chapter.legacy()
def skip_locked_legacy(batch: int = 1) -> dict[str, Any]:
    def jobs(session):
        return (
            session.query(Order)
            .filter(Order.status == OrderStatus.PENDING)
            .order_by(Order.id)
            .limit(batch)
            .with_for_update(skip_locked=True)
        )

    with Session(db.engine) as one, Session(db.engine) as two:
        return {
            "worker one takes": jobs(one).all(),
            "worker two takes": jobs(two).all(),
        }


@chapter.recipe(
    "version_id_col: no lost update",
    keywords="optimistic locking version counter lost update race concurrent edit staledataerror",
    links=("https://docs.sqlalchemy.org/en/21/orm/versioning.html",),
    raises=StaleDataError,
)
def version_id_col(name: str = "Amelia") -> Person:
    """Optimistic locking: `__mapper_args__ = {"version_id_col": version}` counts the updates
    of a row, and asks in each for the number that was loaded. Where somebody else was
    faster no row matches: StaleDataError; roll back, load again, and ask the user.

    Pitfall: only flushed objects count; `update()` leaves the number as it is.
    """
    person = db.session.get(Person, 1)
    with Session(db.engine) as other, other.begin():
        other.get(Person, 1).name = "Amy, says another request"
    person.name = name
    db.session.commit()
    return person


@chapter.recipe(
    "Isolation level and retry",
    keywords="isolation_level repeatable read serializable autocommit serialization failure 40001",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/connections.html#dbapi-autocommit",
        f"{POSTGRES}/transaction-iso.html",
    ),
    shared=True,
)
def isolation_level(more: Decimal = Decimal(5), attempts: int = 3) -> dict[str, Any]:
    """Under an isolation level above READ COMMITTED a transaction that builds on rows which
    another changed meanwhile ends in a serialization failure (40001), and is to be retried.
    SERIALIZABLE finds more than REPEATABLE READ; a session takes `execution_options` since 2.1.

    Pitfall: retry from the first read on, in a new transaction, and not forever.

    Pitfall: in AUTOCOMMIT every statement commits itself; `rollback()` undoes nothing.

    Removed: `Session(autocommit=True)`: use an engine with the isolation level AUTOCOMMIT.
    """
    strict = {"isolation_level": "REPEATABLE READ"}
    autocommit = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    touch = update(Order).where(Order.id == 7).values(amount=Order.amount)
    outcomes = {}
    with autocommit.connect() as other:
        for attempt in range(1, attempts + 1):
            try:
                with Session(db.engine, execution_options=strict) as session:
                    order = session.get(Order, 7)
                    if attempt == 1:
                        other.execute(touch)  # meanwhile
                    order.amount += more
                    session.commit()
                outcomes[f"attempt {attempt}"] = "committed"
                break
            except OperationalError as error:
                refused = isinstance(error.orig, TransactionRollbackError)  # or a deadlock
                if not refused or attempt == attempts:
                    raise
                outcomes[f"attempt {attempt}"] = "serialization failure"
    return outcomes


@chapter.recipe(
    "Advisory lock",
    keywords="mutex pg_advisory_xact_lock cron only one process leader distributed lock",
    links=(f"{POSTGRES}/explicit-locking.html#ADVISORY-LOCKS",),
    shared=True,
)
def advisory_lock(name: str = "nightly report") -> dict[str, Any]:
    """An advisory lock makes sure that one process at a time does a thing, such as a nightly
    job, with no row to lock. Any number is a key; `hashtextextended()` makes one of a name.

    Pitfall: without `xact` the lock lasts beyond the commit, on a connection that goes back
    to the pool with it.
    """
    key = func.hashtextextended(name, 0)
    lock = select(func.pg_try_advisory_xact_lock(key))  # without "try" it waits
    with Session(db.engine) as one, Session(db.engine) as two:
        tries = {"one": one.scalar(lock), "two": two.scalar(lock)}
        one.commit()
        return tries | {"two, after one's commit": two.scalar(lock)}


@chapter.recipe(
    "Join an outer transaction",
    keywords="tests rollback pytest fixture join_transaction_mode create_savepoint external",
    links=(f"{SESSION}#joining-a-session-into-an-external-transaction-such-as-for-test-suites",),
)
def outer_transaction(name: str = "Distillery") -> dict[str, Any]:
    """A test that undoes everything, even what the code commits: give the session a
    connection whose transaction you began, and roll that back. With `create_savepoint` the
    session's commit is only a savepoint's, and its rollback works too.

    Pitfall: Flask-SQLAlchemy's `db.session` ignores such a bind, and really commits. Give it
    `session_options={"class_": …}`, a Session whose `get_bind()` returns `self.bind` first.
    """
    count = select(func.count(Project.id))
    with db.engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.add(Project(name=name))
            session.commit()
        inside = connection.scalar(count)
        transaction.rollback()
        return {"inside": inside, "after": connection.scalar(count)}
