"""Transactions: locks, isolation, and two at once."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

from decimal import Decimal
from select import select as wait
from typing import Any

from psycopg2.extensions import TransactionRollbackError
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project

chapter = Chapter("T", "Transactions")

SESSION = "https://docs.sqlalchemy.org/en/21/orm/session_transaction.html"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "One block, one transaction: begin()",
    keywords="begin with block context manager commit automatically rollback on exception "
    "A transaction is already begun on this Session sessionmaker.begin nested commit "
    "ResourceClosedError this transaction is closed can't operate on closed "
    "transaction inside context manager please complete the context manager "
    "before emitting further commands this connection has already initialized a "
    "SQLAlchemy Transaction object via begin or autobegin can't call begin here",
    links=(f"{SESSION}#managing-transactions", f"{SESSION}#explicit-begin"),
)
def begin(name: str = "Distillery") -> dict[str, int]:
    """`with session.begin():` commits at the end of the block, or rolls back if the block raises.
    Use it where a piece of work is either done as a whole or not at all.

    Pitfall: the first statement of a session begins a transaction too, even a SELECT. A
    `begin()` after it raises InvalidRequestError, "A transaction is already begun on this
    Session".

    Pitfall: `commit()` inside the block ends its transaction, and the next statement in the
    block raises "Can't operate on closed transaction inside context manager". Leave the commit
    to the block, or undo a part with a savepoint.

    Pitfall: `begin()` returns a transaction, which `session.commit()` ends too. To commit it once
    more raises "This transaction is closed".
    """
    count = select(func.count(Project.id))
    with Session(db.engine) as session:
        before = session.scalar(count)
        session.rollback()  # ends the transaction that the SELECT began
        with session.begin():
            session.add(Project(name=name))
        after = session.scalar(count)
        session.rollback()
        try:
            with session.begin():
                session.add(Project(name="Crucible"))
                session.flush()
                raise ValueError
        except ValueError:
            pass
        return {
            "before": before,
            "after": after,
            "after an error": session.scalar(count),
        }


@chapter.legacy(note="Each function had to commit, roll back and close.")
def begin_legacy(name: str = "Distillery") -> dict[str, int]:
    session = Session(db.engine)
    before = session.query(Project).count()
    try:
        session.add(Project(name=name))
        session.commit()
    except Exception:
        session.rollback()
        raise
    after = session.query(Project).count()
    try:
        session.add(Project(name="Crucible"))
        session.flush()
        raise ValueError
    except ValueError:
        session.rollback()
    counts = {
        "before": before,
        "after": after,
        "after an error": session.query(Project).count(),
    }
    session.close()
    return counts


@chapter.recipe(
    "Savepoint: undo a part",
    keywords="begin_nested nested transaction partial rollback skip bad rows integrityerror",
    links=(f"{SESSION}#session-begin-nested", f"{POSTGRES}/sql-savepoint.html"),
)
def savepoint(name: str = "Distillery") -> list[Project]:
    """`begin_nested()` sets a savepoint, so that a part of a transaction can be undone and the
    rest kept. Here a row that exists already is skipped; the end of the `with` block flushes.

    Pitfall: catch the error outside the `with` block, so that the block can roll back to the
    savepoint.

    Removed: `session.begin(subtransactions=True)`: write `begin_nested()`.
    """
    for each in ("Funnel", name):
        try:
            with db.session.begin_nested():
                db.session.add(Project(name=each))
        except IntegrityError:
            pass  # it exists already: go on with the next
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
    """SELECT … FOR UPDATE locks the rows that it reads until the transaction ends; other
    transactions that want to lock or change them wait. With SKIP LOCKED, a SELECT leaves out
    locked rows instead, so two workers never take the same job, and neither waits.

    Pitfall: an object that the session has loaded before keeps its old values. Add
    `.execution_options(populate_existing=True)`.

    Pitfall: with `joinedload()`, name the table to lock, as in `of=Order`, because Postgres
    cannot lock the nullable side of an outer join.

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
    "Do not wait for a lock: NOWAIT, lock_timeout",
    keywords="for update nowait lock_timeout LockNotAvailable could not obtain lock on row 55P03 "
    "canceling statement due to lock timeout waiting hangs blocked",
    links=(
        f"{POSTGRES}/sql-select.html#SQL-FOR-UPDATE-SHARE",
        f"{POSTGRES}/runtime-config-client.html#GUC-LOCK-TIMEOUT",
    ),
    raises=OperationalError,
    shared=True,
)
def nowait(order: int = 5) -> None:
    """With NOWAIT, a SELECT … FOR UPDATE fails at once if another transaction has locked the
    row, so that a request can answer "somebody is editing this" instead of hanging.

    Pitfall: UPDATE and DELETE have no NOWAIT. For them `SET LOCAL lock_timeout = '1s'` limits
    the time that they wait for a lock; after it they fail with the same error code, 55P03.

    Pitfall: a failed statement aborts its transaction: roll back before the next.
    """
    lock = select(Order).where(Order.id == order)
    with Session(db.engine) as one, Session(db.engine) as two:
        one.scalars(lock.with_for_update()).one()
        two.scalars(lock.with_for_update(nowait=True)).one()


@chapter.legacy()
def nowait_legacy(order: int = 5) -> None:
    with Session(db.engine) as one, Session(db.engine) as two:
        one.query(Order).filter_by(id=order).with_for_update().one()
        two.query(Order).filter_by(id=order).with_for_update(nowait=True).one()


@chapter.recipe(
    "version_id_col: no lost update",
    keywords="optimistic locking version counter lost update race concurrent edit StaleDataError "
    "UPDATE DELETE statement on table expected to update 1 row 0 were matched",
    links=("https://docs.sqlalchemy.org/en/21/orm/versioning.html",),
    raises=StaleDataError,
)
def version_id_col(name: str = "Amelia") -> Person:
    """Optimistic locking: `__mapper_args__ = {"version_id_col": version}` makes each UPDATE add
    1 to the version, and require the version that was loaded. If somebody else was faster, no
    row matches and the flush raises StaleDataError: roll back, load the object again, and ask
    the user.

    Pitfall: only objects are checked, when they are flushed. The statement `update()` neither
    checks nor changes the version.

    Pitfall: in a model without a version, StaleDataError means that the UPDATE found no row.
    Usually another transaction has deleted it. A trigger or row-level security can hide it too.
    """
    person = db.session.get(Person, 1)
    with Session(db.engine) as other, other.begin():
        other.get(Person, 1).name = "Amy, says another request"
    person.name = name
    db.session.commit()
    return person


@chapter.recipe(
    "Isolation level and retry",
    keywords="isolation_level repeatable read serializable autocommit serialization failure 40001 "
    "could not serialize access deadlock detected 40P01 lock order retry",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/connections.html#dbapi-autocommit",
        f"{POSTGRES}/transaction-iso.html",
    ),
    shared=True,
)
def isolation_level(more: Decimal = Decimal(5), attempts: int = 3) -> dict[str, Any]:
    """In REPEATABLE READ and SERIALIZABLE, a transaction that changes a row which another has
    changed since it began fails with a serialization failure (40001), and has to be retried.
    SERIALIZABLE finds more such conflicts; since 2.1 a session takes the level in
    `execution_options`.

    Pitfall: retry everything from the first read on, in a new transaction, and only a few
    times.

    Pitfall: two transactions that lock the same rows in different orders block each other, and
    Postgres ends one of them: "deadlock detected" (40P01). Lock rows in one order, such as by
    id, and retry.

    Pitfall: with AUTOCOMMIT each statement commits by itself, and `rollback()` undoes nothing.

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
                        other.execute(touch)  # another transaction changes the row
                    order.amount += more
                    session.commit()
                outcomes[f"attempt {attempt}"] = "committed"
                break
            except OperationalError as error:
                refused = isinstance(
                    error.orig, TransactionRollbackError
                )  # 40001, or a deadlock
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
    """An advisory lock makes sure that only one process at a time does something, such as a
    nightly job, where there is no row to lock. Its key is a number; `hashtextextended()` makes
    one from a name.

    Pitfall: a lock taken without `xact` does not end with the transaction: the connection takes
    it back to the pool.
    """
    key = func.hashtextextended(name, 0)
    lock = select(func.pg_try_advisory_xact_lock(key))  # pg_advisory_xact_lock() waits
    with Session(db.engine) as one, Session(db.engine) as two:
        tries = {"one": one.scalar(lock), "two": two.scalar(lock)}
        one.commit()
        return tries | {"two, after one's commit": two.scalar(lock)}


@chapter.recipe(
    "Idle in transaction",
    keywords="idle in transaction pg_stat_activity never closed hanging alter table blocked "
    "idle_in_transaction_session_timeout in_transaction",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/session_basics.html#closing",
        f"{POSTGRES}/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW",
        f"{POSTGRES}/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
    ),
)
def idle_in_transaction() -> dict[str, bool]:
    """Even a SELECT begins a transaction, which lasts until commit, rollback or close. While
    the program does something else, its connection is "idle in transaction": it keeps its
    locks, and after a write VACUUM cannot clean up behind it.

    Pitfall: end the transaction before slow work, such as a request to another service. In a
    request Flask-SQLAlchemy closes the session only at the end.

    Pitfall: if `drop_all()` or ALTER TABLE hangs, such a connection is often why. The view
    `pg_stat_activity` shows them, and `pg_blocking_pids(pid)` says who blocks whom.

    Pitfall: `idle_in_transaction_session_timeout` ends such connections after a time; set it on
    the server or for the role.
    """

    with Session(db.engine) as session:
        states = {"at first": session.in_transaction()}
        session.scalar(select(func.count(Order.id)))
        states["after a SELECT"] = session.in_transaction()
        session.commit()
        return states | {"after commit()": session.in_transaction()}


@chapter.recipe(
    "Do something after the commit",
    keywords="after_commit event send email after commit start celery task background job "
    "transaction on_commit hook only if committed",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/events.html"
        "#sqlalchemy.orm.SessionEvents.after_commit",
    ),
)
def after_commit(name: str = "Distillery") -> list[str]:
    """Do not send an e-mail or start a background job before the rows that it needs are
    committed. Note in `session.info` what has to be done, and do it in the event
    `after_commit`.

    Pitfall: in the event the session has no transaction, so it cannot load anything. Collect
    plain values such as ids, not objects.

    Pitfall: if sending fails after the commit, the e-mail is lost. If that must not happen, insert
    a row for each e-mail in the same transaction, and let a worker send them.
    """
    sent: list[str] = []
    with Session(db.engine) as session:

        @event.listens_for(session, "after_commit")
        def send(session: Session) -> None:
            sent.extend(session.info.pop("mails", []))

        @event.listens_for(session, "after_rollback")
        def forget(session: Session) -> None:
            session.info.pop("mails", None)

        for each in (name, "Funnel"):
            session.add(Project(name=each))
            session.info.setdefault("mails", []).append(f"{each} is there")
            try:
                session.commit()
            except IntegrityError:  # it exists already
                session.rollback()
    return sent


@chapter.recipe(
    "LISTEN and NOTIFY",
    keywords="pg_notify channel pubsub publish subscribe push wait for change "
    "real time events notification",
    links=(
        "https://www.psycopg.org/docs/advanced.html#asynchronous-notifications",
        f"{POSTGRES}/sql-notify.html",
    ),
    shared=True,
)
def pg_notify(payload: str = "order 7") -> list[str]:
    """NOTIFY sends a short text to all connections that LISTEN to its channel, so that a worker
    need not ask again and again. Listen on a connection in AUTOCOMMIT that does nothing else,
    and let the driver wait: `select.select([driver], [], [], seconds)`, then `poll()`.

    Pitfall: NOTIFY is sent at the commit, and what nobody listens to at that moment is lost.
    Keep the jobs in a table; let NOTIFY only say that there is one.

    Pitfall: PgBouncer's transaction mode breaks LISTEN, because the connection changes.
    """
    autocommit = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as listener, autocommit.connect() as sender:
        listener.execute(text("LISTEN cheatsheet"))
        sender.execute(
            text("SELECT pg_notify('cheatsheet', :payload)"), {"payload": payload}
        )
        driver = listener.connection.driver_connection
        wait([driver], [], [], 1)  # seconds
        driver.poll()
        return [notification.payload for notification in driver.notifies]


@chapter.recipe(
    "Join an outer transaction",
    keywords="tests rollback pytest fixture join_transaction_mode create_savepoint external",
    links=(
        f"{SESSION}#joining-a-session-into-an-external-transaction-such-as-for-test-suites",
    ),
)
def outer_transaction(name: str = "Distillery") -> dict[str, Any]:
    """To undo all that a test does, even if the code commits, begin a transaction on a
    connection, give the session that connection, and roll back at the end. With
    `create_savepoint` a commit of the session only releases a savepoint, and its rollback works
    too.

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


@chapter.recipe(
    "VACUUM, CREATE DATABASE: AUTOCOMMIT",
    keywords="autocommit isolation_level create database alter system reindex concurrently "
    "VACUUM cannot run in a transaction block ActiveSqlTransaction InternalError "
    "DuplicateDatabase database already exists ObjectInUse database is being "
    "accessed by other users there is other session using the database "
    "isolation_level may not be altered unless rollback() or commit() is called "
    "first",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/connections.html#dbapi-autocommit",
        f"{POSTGRES}/sql-vacuum.html",
        f"{POSTGRES}/sql-createdatabase.html",
    ),
    shared=True,
)
def autocommit() -> dict[str, Any]:
    """Some commands, such as VACUUM and CREATE DATABASE, cannot run in a transaction, but
    SQLAlchemy begins one before a connection's first statement. Give the connection the isolation
    level AUTOCOMMIT, so that it begins none.

    Pitfall: calling `commit()` first does not help, because the next statement begins a transaction
    again.

    Pitfall: set the level before the connection's first statement. `execution_options()` of an
    engine returns a copy that shares the pool, and leaves the engine itself as it was.

    Pitfall: CREATE DATABASE has no IF NOT EXISTS: look into `pg_database` first, or catch "already
    exists".

    Pitfall: DROP DATABASE fails while the database "is being accessed by other users". `DROP
    DATABASE shop WITH (FORCE)` ends their connections.
    """
    seen = {}
    try:
        with db.engine.connect() as connection:
            connection.execute(text("VACUUM orders"))
    except InternalError as error:
        seen["in a transaction"] = str(error.orig).strip()

    autocommit = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    rows = text("SELECT reltuples::int FROM pg_class WHERE oid = to_regclass('visits')")
    with autocommit.connect() as connection:
        visits = (
            "CREATE TEMPORARY TABLE visits AS SELECT * FROM generate_series(1, 100)"
        )
        connection.execute(text(visits))
        connection.execute(text("VACUUM ANALYZE visits"))
        seen["rows that VACUUM counted"] = connection.scalar(rows)
    return seen
