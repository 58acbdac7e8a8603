"""Production and tests: asyncio, servers and poolers, a test that leaves nothing."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportUnusedFunction=false, reportMissingImports=false, reportOptionalMemberAccess=false
# pyright: reportIndexIssue=false, reportArgumentType=false
# ruff: noqa: N806, B018
# ruff: noqa: PLC0415 (a library that the stack does not need is imported where it is used)

import asyncio
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    URL,
    ForeignKey,
    NullPool,
    QueuePool,
    Select,
    create_engine,
    event,
    exc,
    func,
    select,
    text,
)
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
)

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Person, Project

chapter = Chapter("P", "Production and tests")

DOCS = "https://docs.sqlalchemy.org/en/21"
ASYNCIO = f"{DOCS}/orm/extensions/asyncio.html"
POSTGRES = "https://www.postgresql.org/docs/18"
ALEMBIC = "https://alembic.sqlalchemy.org/en/latest"


@chapter.recipe(
    "Async engine and session",
    keywords="asyncio await async asyncpg AsyncSession create_async_engine "
    "async_sessionmaker AsyncEngine gather event loop coroutine fastapi quart "
    "InterfaceError cannot perform operation another operation is in progress "
    "this session is provisioning a new connection concurrent operations are not "
    "permitted IllegalStateChangeError Method close() can't be called here method "
    "_connection_for_bind() is already in progress "
    "AttributeError coroutine object has no attribute async_generator object has "
    "no attribute RuntimeWarning coroutine was never awaited",
    links=(ASYNCIO, f"{DOCS}/dialects/postgresql.html"),
    shared=True,
    needs="library asyncpg greenlet",
)
def async_session(limit: int = 3) -> dict[str, Any]:
    """With asyncio, use an async engine and an AsyncSession: they work like the engine and the
    session you know, except that you await each call that sends SQL. Install an async driver
    as well: `pip install "sqlalchemy[asyncio]" asyncpg`.

    Pitfall: an AsyncSession is for one task: open one for each task of `asyncio.gather()`.

    Pitfall: a pooled connection works only in the event loop that opened it. Flask runs each
    `async def` view in a new loop, so use NullPool there.

    Pitfall: Flask-SQLAlchemy has no async session; `db.session` blocks the loop.

    Pitfall: a call without `await` gives a coroutine, and no result: "'coroutine' object has no
    attribute 'all'". Write `(await session.scalars(statement)).all()`.
    """
    from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

    url = db.engine.url.set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    Session = async_sessionmaker(engine, expire_on_commit=False)

    async def names():
        async with Session() as session:
            query = select(Person.name).order_by(Person.id).limit(limit)
            return (await session.scalars(query)).all()

    async def rename(name):
        async with Session.begin() as session:  # commits at its end
            person = await session.get(Person, 1)
            person.name = name
        return person

    async def main():
        return {"names": await names(), "renamed": await rename("Amelia")}

    return asyncio.run(main())


@chapter.recipe(
    "MissingGreenlet: lazy loading under asyncio",
    keywords="MissingGreenlet greenlet_spawn has not been called can't call await_only await_ "
    "Was IO attempted in an unexpected place async lazy load AsyncAttrs awaitable_attrs run_sync "
    "expire_on_commit",
    links=(
        f"{ASYNCIO}#preventing-implicit-io-when-using-asyncsession",
        f"{DOCS}/errors.html#error-xd2s",
    ),
    shared=True,
    needs="library asyncpg greenlet",
)
def missing_greenlet(person_id: int = 1) -> dict[str, Any]:
    """MissingGreenlet means that SQL had to be sent where you did not await it: most often,
    reading an attribute had to load it. Load it in your SELECT with `selectinload()`, or
    await it with `awaitable_attrs`.

    Pitfall: a commit expires all attributes, and reading one then loads it again. Make the
    session with `expire_on_commit=False`.

    Pitfall: `awaitable_attrs` comes from AsyncAttrs, a base class for your models. Without it,
    write `await session.run_sync(lambda session: customer.purchases)`.
    """
    from sqlalchemy.ext.asyncio import AsyncAttrs, AsyncSession, create_async_engine

    class Base(AsyncAttrs, DeclarativeBase):
        pass

    class Customer(Base):
        __tablename__ = "persons"
        id: Mapped[int] = mapped_column(primary_key=True)
        purchases: Mapped[list["Purchase"]] = relationship()

    class Purchase(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)
        person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))

    url = db.engine.url.set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    with_purchases = [selectinload(Customer.purchases)]
    answers = {}

    async def main():
        async with AsyncSession(engine) as session:
            customer = await session.get_one(Customer, person_id)
            try:
                customer.purchases
            except MissingGreenlet as error:
                answers["customer.purchases"] = str(error).split(" (")[0]
            purchases = await customer.awaitable_attrs.purchases
            answers["awaitable_attrs"] = len(purchases)
        async with AsyncSession(engine) as session:
            customer = await session.get_one(
                Customer, person_id, options=with_purchases
            )
            answers["selectinload"] = len(customer.purchases)

    asyncio.run(main())
    return answers


@chapter.recipe(
    "Causes of the QueuePool limit error",
    keywords="TimeoutError QueuePool limit of size overflow reached connection timed out timeout "
    "3o7r pool exhausted leak session not closed checked out status",
    links=(f"{DOCS}/errors.html#error-3o7r", f"{DOCS}/core/pooling.html"),
)
def queuepool_limit() -> dict[str, str]:
    """`QueuePool limit of size … overflow … reached` means that every connection of the pool
    was in use, and none came back within `pool_timeout`. Before you make the pool larger,
    look for code that keeps a connection too long.

    Pitfall: a session takes a connection for its first statement, even a SELECT, and keeps it
    until it commits, rolls back or closes. Write `with Session(engine) as session:`.

    Pitfall: Flask-SQLAlchemy closes `db.session` when the app context ends. A thread or a loop
    that pushes one context and never leaves it keeps its connection.

    Pitfall: `db.engine.connect()` in a view takes a second connection beside the session's:
    use `db.session.connection()`.

    Pitfall: a process with more threads than `pool_size + max_overflow` makes some of them wait.
    """
    limits = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    engine = create_engine(db.engine.url, pool_timeout=0.1, **limits)

    def connect():
        try:
            with engine.connect():
                return "connected"
        except exc.TimeoutError as error:
            return str(error).split(" (")[0]

    session = Session(engine)
    session.scalars(select(Person.name)).all()
    answers = {
        "a session is open": connect(),
        "engine.pool.status()": engine.pool.status(),
    }
    session.close()
    answers["it is closed"] = connect()

    with Session(engine) as session:
        for name in session.scalars(select(Person.name).execution_options(yield_per=2)):
            answers[f"rows after {name} are still to be read"] = connect()
            break
    answers["after the with block"] = connect()
    return answers


@chapter.recipe(
    "PgBouncer in transaction mode",
    keywords="pgbouncer transaction pooling pool_mode NullPool prepared statement does not exist "
    "SET LOCAL session advisory lock prepare_threshold statement_cache_size proxy supavisor "
    "prepared statement already exists DuplicatePreparedStatement "
    "InvalidSqlStatementName Invalid argument(s) pool_size max_overflow sent to "
    "create_engine() using configuration NullPool",
    links=(
        f"{DOCS}/core/pooling.html#switching-pool-implementations",
        f"{DOCS}/dialects/postgresql.html#prepared-statement-name-with-pgbouncer",
        f"{POSTGRES}/sql-set.html",
    ),
    shared=True,
)
def pgbouncer() -> dict[str, Any]:
    """In transaction mode, PgBouncer lends you one of the server's connections for a transaction,
    and lends it to another client next. So nothing that you set may outlast the transaction,
    and the engine needs no pool of its own: `create_engine(url, poolclass=NullPool)`.

    Pitfall: the next client inherits what SET has changed. `SET LOCAL`, or `set_config()` with
    true, ends with the transaction.

    Pitfall: a lock of `pg_advisory_lock()` stays with the server's connection, and whoever gets
    that connection holds it too. Use `pg_advisory_xact_lock()`.

    Pitfall: `prepared statement does not exist` comes from asyncpg and psycopg 3, which prepare
    statements; psycopg2 does not. Set `max_prepared_statements` in PgBouncer (1.21 or later),
    or make the engine with `connect_args={"prepare_threshold": None}` (psycopg 3).

    Pitfall: LISTEN, and temporary tables without ON COMMIT DROP, do not work at all.

    Pitfall: NullPool has no size: with `pool_size` or `max_overflow` `create_engine()` raises
    "Invalid argument(s) 'pool_size'".
    """
    # Two clients share one connection of the server here, as they do behind PgBouncer.
    engine = create_engine(
        db.engine.url, poolclass=QueuePool, pool_size=1, max_overflow=0
    )
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    def other_client():
        with engine.begin() as two:
            timeout = two.scalar(text("SHOW lock_timeout"))
            return timeout, two.scalar(select(func.pg_try_advisory_lock(42)))

    with engine.begin() as one:
        answers = {"at first": one.scalar(text("SHOW lock_timeout"))}
        one.execute(text("SET LOCAL lock_timeout = '700ms'"))
        one.execute(select(func.pg_advisory_xact_lock(41)))
    answers["after SET LOCAL"] = other_client()[0]

    with autocommit.connect() as one:
        one.execute(text("SET lock_timeout = '700ms'"))
        one.execute(select(func.pg_advisory_lock(42)))  # and it is never unlocked
    answers["after SET"], answers["also has the lock"] = other_client()
    return answers


@chapter.recipe(
    "TLS: an encrypted, verified connection",
    keywords="ssl sslmode verify-full require sslrootcert certificate ca encrypted connection "
    "SSL connection required rds pg_stat_ssl ssl_in_use connect_args "
    "FATAL no pg_hba.conf entry for host no encryption server does not support "
    "SSL but SSL was required certificate verify failed root certificate file "
    "does not exist",
    links=(
        f"{POSTGRES}/libpq-ssl.html",
        f"{DOCS}/core/engines.html#custom-dbapi-connect-arguments",
    ),
)
def tls(
    host: str = "db.example.com", ca: str = "/etc/ssl/shop-ca.pem"
) -> dict[str, Any]:
    """To encrypt the connection and be sure of the server, write `sslmode=verify-full` in the
    URL, and in `sslrootcert` the file of the authority that signed its certificate. The
    default is `prefer`, which encrypts if the server can, and verifies nothing.

    Pitfall: `sslmode=require` encrypts, but accepts any certificate unless there is a root
    certificate to check it by.

    Pitfall: asyncpg does not take these two from SQLAlchemy's URL. Give it an SSLContext:
    `connect_args={"ssl": ssl.create_default_context(cafile=ca)}`.

    Pitfall: `SHOW ssl` tells whether the server can encrypt. Whether it does for your own
    connection is in `pg_stat_ssl`.

    Pitfall: "no pg_hba.conf entry … no encryption" means that the server refuses this connection
    without TLS: try `sslmode=require`. If it then says "SSL encryption", no line of pg_hba.conf
    lets this host and user in at all. "server does not support SSL" means that TLS is off there.

    Pitfall: "root certificate file … does not exist" means that the file in `sslrootcert` is not
    there, or that you gave none. For a public authority write `sslrootcert=system`.
    """
    options = {"sslmode": "verify-full", "sslrootcert": ca}
    url = URL.create(
        "postgresql+psycopg2", "scott", "tiger", host, None, "shop", options
    )
    engine = create_engine(url)  # or create_engine(..., connect_args=options)
    _, given = engine.dialect.create_connect_args(url)

    driver = db.session.connection().connection.driver_connection
    # Whether it is encrypted: driver.info.ssl_in_use, or in SQL
    # SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()
    return {
        "URL": str(url),
        "psycopg2 gets": {name: given[name] for name in ("host", *options)},
        "sslmode of this connection": driver.info.dsn_parameters["sslmode"],
    }


@chapter.recipe(
    "A read replica",
    keywords="replica standby primary replication read write splitting get_bind routing session "
    "SQLALCHEMY_BINDS follower lag bind_arguments scale reads "
    "canceling statement due to conflict with recovery user query might have "
    "needed to see row versions that must be removed ReadOnlySqlTransaction "
    "cannot execute INSERT UPDATE in a read-only transaction",
    links=(
        f"{DOCS}/orm/persistence_techniques.html#custom-vertical-partitioning",
        "https://flask-sqlalchemy.readthedocs.io/en/3.1.x/binds/",
    ),
)
def read_replica(name: str = "Gita") -> dict[str, str]:
    """To read from a replica, give it a bind, and let the session choose: SQLAlchemy calls
    `get_bind()` for each statement, and uses the engine that it returns. Here a SELECT goes to
    the replica, and a flush, an UPDATE or a DELETE to the primary.

    Pitfall: a replica is a little behind. To read what you have just committed, name the
    primary: `bind_arguments={"bind": db.engine}`.

    Pitfall: after a commit, reading an attribute sends a SELECT, and on a replica that is behind
    this raises ObjectDeletedError. `expire_on_commit=False` avoids it.

    Pitfall: on a replica, SELECT … FOR UPDATE fails, and so does `SELECT nextval(…)`. Name the
    primary for these too.

    Pitfall: a replica cancels a long query "due to conflict with recovery", if the primary has
    removed rows that the query still needs. Retry it, or set `hot_standby_feedback` on the replica.

    Pitfall: "cannot execute INSERT in a read-only transaction" usually means that you have sent an
    INSERT to a replica. On the primary, look at `SHOW default_transaction_read_only`.
    """

    class RoutedSession(FlaskSession):  # of flask_sqlalchemy.session
        def get_bind(self, mapper=None, clause=None, bind=None, **options):
            if bind is None and isinstance(clause, Select):
                bind = shop.engines["replica"]
            return super().get_bind(mapper, clause, bind, **options)

    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    app.config["SQLALCHEMY_BINDS"] = {"replica": db.engine.url}  # the replica's URL
    options = {"class_": RoutedSession, "expire_on_commit": False}
    shop = SQLAlchemy(app, session_options=options)

    went = {}  # where each statement went
    with app.app_context():
        engines = {"primary": shop.engine, "replica": shop.engines["replica"]}
        for place, engine in engines.items():

            @event.listens_for(engine, "before_cursor_execute")
            def note(connection, cursor, statement, values, context, many, place=place):
                went[statement.split()[0]] = place

        shop.session.add(Person(name=name))
        shop.session.commit()

    newest = select(Person.name).order_by(Person.id.desc()).limit(1)
    with app.app_context():  # the next request
        shop.session.scalar(newest)
    answers = dict(went)
    with app.app_context():
        shop.session.scalar(newest, bind_arguments={"bind": shop.engine})
    return answers | {"SELECT with bind_arguments": went["SELECT"]}


@chapter.recipe(
    "A pytest fixture for db.session",
    keywords="pytest fixture conftest test client rollback after each test db session isolation "
    "clean database join_transaction_mode create_savepoint flask testing app_context",
    links=(
        "https://flask.palletsprojects.com/en/stable/testing/",
        f"{DOCS}/orm/session_transaction.html"
        "#joining-a-session-into-an-external-transaction-such-as-for-test-suites",
    ),
)
def pytest_fixture(name: str = "Distillery") -> dict[str, int]:
    """To undo all that a test commits, itself or by a request, replace the engine with one
    connection whose transaction you roll back at the end. With `create_savepoint`,
    `db.session.commit()` and `rollback()` end only a savepoint in it.

    Pitfall: `db.session.configure(bind=connection)` has no effect: Flask-SQLAlchemy's session
    takes its engine from `db.engines`. For several binds, replace each of them.

    Pitfall: in such a test, `db.engine.connect()` fails. In the code that you test, use
    `db.session.connection()`.

    Pitfall: a rollback does not set back sequences, so do not test for certain ids.
    """
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    shop = SQLAlchemy(app)  # the `db` of your application

    @app.post("/projects/<name>")
    def create(name):
        shop.session.add(Project(name=name))
        shop.session.commit()
        return "", 201

    @contextmanager  # in conftest.py: @pytest.fixture(autouse=True)
    def rolled_back():
        with app.app_context(), shop.engine.connect() as connection:
            engine = shop.engine
            transaction = connection.begin()
            shop.engines[None] = connection
            shop.session.configure(join_transaction_mode="create_savepoint")
            yield
            shop.session.remove()
            shop.engines[None] = engine
            transaction.rollback()

    def count():
        return shop.session.scalar(select(func.count(Project.id)))

    with app.app_context():
        before = count()
    with rolled_back():  # pytest does this around each test
        assert app.test_client().post(f"/projects/{name}").status_code == 201
        inside = count()
    with app.app_context():
        return {"before the test": before, "in it": inside, "after it": count()}
