"""Flask and operations: errors, pages, events, plans, several databases."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportArgumentType=false, reportCallIssue=false

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any

from flask import Flask, current_app, jsonify
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Row,
    Text,
    cast,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
)
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    with_loader_criteria,
)

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person

chapter = Chapter("O", "Flask and operations")

FLASK_SQLALCHEMY = "https://flask-sqlalchemy.readthedocs.io/en/3.1.x"
ORM = "https://docs.sqlalchemy.org/en/21/orm"


@chapter.recipe(
    "404 instead of None",
    keywords="get_or_404 first_or_404 one_or_404 not found abort view route missing row",
    links=(f"{FLASK_SQLALCHEMY}/queries/#queries-for-views",),
)
def get_or_404(number: int = 2, tag: str = "engineer") -> dict[str, str]:
    """Answer 404 Not Found where a row is missing, in one line of a view: `db.get_or_404()` takes a
    primary key, and `db.one_or_404()` a SELECT.

    Pitfall: `db.one_or_404()` answers 404 for several rows too. `db.first_or_404()` adds no
    LIMIT 1, and fetches every row.

    Deprecated: `Query.get_or_404()`: write `db.get_or_404(Person, id)`.
    """
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    db.init_app(app)

    @app.get("/persons/<int:number>")
    def person(number):
        return db.get_or_404(Person, number, description=f"no person {number}").name

    @app.get("/tags/<tag>")
    def the_one_with(tag):
        return db.one_or_404(select(Person).where(Person.tags.contains([tag]))).name

    client = app.test_client()
    paths = [f"/persons/{number}", "/persons/999", "/tags/founder", f"/tags/{tag}"]
    return {path: client.get(path).status for path in paths}


@chapter.legacy(warns=True)
def get_or_404_legacy(number: int = 2, tag: str = "engineer") -> dict[str, str]:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    db.init_app(app)

    @app.get("/persons/<int:number>")
    def person(number):
        return Person.query.get_or_404(number, description=f"no person {number}").name

    @app.get("/tags/<tag>")
    def the_one_with(tag):
        return Person.query.filter(Person.tags.contains([tag])).one_or_404().name

    client = app.test_client()
    paths = [f"/persons/{number}", "/persons/999", "/tags/founder", f"/tags/{tag}"]
    return {path: client.get(path).status for path in paths}


@chapter.recipe(
    "Pages with a total",
    keywords="paginate pagination page per_page total pages has_next iter_pages limit offset "
    "AttributeError list Query Select object has no attribute paginate "
    "TypeError paginate() takes 1 positional argument but 4 were given",
    links=(
        f"{FLASK_SQLALCHEMY}/pagination/",
        f"{FLASK_SQLALCHEMY}/api/#flask_sqlalchemy.pagination.Pagination",
    ),
)
def paginate(page: int = 2, per_page: int = 3) -> dict[str, Any]:
    """`db.paginate()` makes numbered pages of a SELECT: it fetches the items of one page with LIMIT
    and OFFSET, and counts all rows in a second statement. In a request, it takes `page` and
    `per_page` from the URL.

    Pitfall: a page past the end raises 404, unless you pass `error_out=False`. A page never has
    more than 100 items, unless you raise `max_per_page`.

    Pitfall: `db.paginate(select(a, b))` returns only a. Select one entity, not columns.

    Pitfall: a list has no `paginate()`. Do not call `all()` first: pass the SELECT itself.

    Removed: `paginate(1, 20)`: name the arguments, `paginate(page=1, per_page=20)`.
    """
    pages = db.paginate(select(Order).order_by(Order.id), page=page, per_page=per_page)
    return {
        "items": pages.items,
        "total": pages.total,
        "pages": list(pages.iter_pages()),
        "first, last": (pages.first, pages.last),
        "prev_num, next_num": (pages.prev_num, pages.next_num),
    }


@chapter.legacy()
def paginate_legacy(page: int = 2, per_page: int = 3) -> dict[str, Any]:
    pages = Order.query.order_by(Order.id).paginate(page=page, per_page=per_page)
    return {
        "items": pages.items,
        "total": pages.total,
        "pages": list(pages.iter_pages()),
        "first, last": (pages.first, pages.last),
        "prev_num, next_num": (pages.prev_num, pages.next_num),
    }


@chapter.recipe(
    "Pages by key, without OFFSET",
    keywords="keyset seek pagination cursor infinite scroll tuple_ next page fast row values",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.tuple_",
        "https://www.postgresql.org/docs/18/functions-comparisons.html#ROW-WISE-COMPARISON",
    ),
)
def keyset_pagination(
    last_amount: Decimal = Decimal("129.00"), last_id: int = 1, size: int = 3
) -> list[Order]:
    """Instead of skipping rows with OFFSET, ask for the rows that come after the last one shown.
    With an index in this order, the thousandth page is as fast as the first, and rows that
    others insert meanwhile do not shift the pages.

    Pitfall: rows are skipped unless ORDER BY ends with a unique column, sorts all columns in one
    direction, and has no column that can be NULL.

    Pitfall: there are no page numbers and no total. To know whether there is a next page, ask
    for one row more than you show.
    """
    return db.session.scalars(
        select(Order)
        .where(tuple_(Order.amount, Order.id) < (last_amount, last_id))
        .order_by(Order.amount.desc(), Order.id.desc())
        .limit(size)
    ).all()


@chapter.legacy()
def keyset_pagination_legacy(
    last_amount: Decimal = Decimal("129.00"), last_id: int = 1, size: int = 3
) -> list[Order]:
    return (
        db.session.query(Order)
        .filter(tuple_(Order.amount, Order.id) < (last_amount, last_id))
        .order_by(Order.amount.desc(), Order.id.desc())
        .limit(size)
        .all()
    )


@chapter.recipe(
    "Soft delete",
    keywords="soft delete deleted_at hide archive trash with_loader_criteria do_orm_execute filter "
    "everywhere deleted rows still come back joinedload relationship",
    links=(
        f"{ORM}/session_events.html#adding-global-where-on-criteria",
        f"{ORM}/queryguide/api.html#sqlalchemy.orm.with_loader_criteria",
    ),
)
def soft_delete(everything: bool = False) -> list[str]:
    """To delete softly, set `deleted_at` and keep the row. A listener for the session's event
    `do_orm_execute` then hides such rows from every SELECT, and from relationships.

    Pitfall: UPDATE, DELETE and `text()` do not get the condition, and `session.get()` returns
    an object that the session already holds.

    Pitfall: a deleted row still occupies its unique values. Make the unique index partial, with
    `postgresql_where=text("deleted_at IS NULL")`.
    """

    class Base(DeclarativeBase):
        pass

    class Memo(Base):
        __tablename__ = "memos"
        id: Mapped[int] = mapped_column(primary_key=True)
        body: Mapped[str]
        deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    alive = with_loader_criteria(Memo, Memo.deleted_at.is_(None), include_aliases=True)
    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:

        @event.listens_for(session, "do_orm_execute")
        def leave_out_deleted(state):
            if state.is_select and not state.execution_options.get("include_deleted"):
                state.statement = state.statement.options(alive)

        memos = [Memo(body="Buy malt"), Memo(body="Mend the still")]
        session.add_all(memos)
        session.flush()
        memos[0].deleted_at = func.now()
        return session.scalars(
            select(Memo.body).order_by(Memo.id),
            execution_options={"include_deleted": everything},
        ).all()


@chapter.recipe(
    "The same models in another schema",
    keywords="schema_translate_map multi tenant tenancy schema per customer search_path",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/connections.html#translation-of-schema-names",
    ),
)
def schema_translate_map(limit: int = 3) -> list[Row]:
    """To use the same models in several schemas, such as one for each tenant, give the session a
    map from the schema in the models to the schema in the SQL. The key None stands for
    models that name no schema.

    Pitfall: use a new session for each tenant. Two tenants have rows with the same primary key,
    and one session would take them for the same object.

    Pitfall: `text()` is sent as you wrote it. Name the schema there yourself.
    """
    tenant = {"schema_translate_map": {None: "cheatsheet"}}
    with Session(db.engine, execution_options=tenant) as session:
        return session.execute(
            select(Person.name, func.count(Order.id).label("orders"))
            .join(Person.orders)
            .group_by(Person.id)
            .order_by(Person.id)
            .limit(limit)
        ).all()


@chapter.recipe(
    "An audit log by events",
    keywords="event listens_for before_flush after_flush history audit trail hook signal changes",
    links=(f"{ORM}/session_events.html", f"{ORM}/events.html"),
)
def audit_log(name: str = "Amy", email: str = "amy@example.org") -> list[Row]:
    """To log each change in the transaction that makes it, listen to the session's event
    `before_flush`. The listener sees all new, changed and deleted objects, and can add rows.

    Pitfall: it does not see the rows of a bulk `update()`, `delete()` or `insert()`, which a
    trigger in the database would.

    Pitfall: the old value is known only if it was loaded, and a commit expires it. With
    `mapped_column(active_history=True)` it is loaded when it changes.

    Pitfall: a listener on the class `Session` hears every session of the process. Listen to
    your own `sessionmaker` or to `db.session`.
    """

    class Base(DeclarativeBase):
        pass

    class Change(Base):
        __tablename__ = "changes"
        id: Mapped[int] = mapped_column(primary_key=True)
        what: Mapped[str]
        old: Mapped[str]
        new: Mapped[str]

    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:

        @event.listens_for(session, "before_flush")
        def write_down(session, context, instances):
            for changed in session.dirty:
                state = inspect(changed)
                for column in state.mapper.column_attrs:
                    history = state.attrs[column.key].history
                    if history.has_changes():
                        what = f"{changed!r} {column.key}"
                        old, new = str(*history.deleted), str(*history.added)
                        session.add(Change(what=what, old=old, new=new))

        person = session.scalars(select(Person).where(Person.name == name)).one()
        person.email = email
        session.commit()
        return session.execute(
            select(Change.what, Change.old, Change.new).order_by(Change.id)
        ).all()


@chapter.recipe(
    "EXPLAIN what the ORM sends",
    keywords="explain analyze plan slow query index performance compile",
    links=(
        "https://www.postgresql.org/docs/18/using-explain.html",
        "https://docs.sqlalchemy.org/en/21/core/connections.html"
        "#sqlalchemy.engine.Connection.exec_driver_sql",
    ),
)
def explain(name: str = "Amy", analyze: bool = False) -> str:
    """To see how Postgres will execute a statement, compile it, and send EXPLAIN with its text and
    its parameters. You learn whether it uses an index before it is slow in production.

    Pitfall: ANALYZE executes the statement, even an UPDATE or DELETE. Roll back afterwards.

    Pitfall: the plan depends on the number of rows. Postgres reads a table of six rows as a
    whole, even if there is an index.

    Pitfall: these parameters are not converted by SQLAlchemy's types. For JSONB, pass a JSON
    text, since psycopg2 does not take a dict.
    """
    statement = select(Order).join(Order.person).where(Person.name == name)
    compiled = statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
    options = "ANALYZE" if analyze else "COSTS OFF"
    plan = db.session.connection().exec_driver_sql(
        f"EXPLAIN ({options}) {compiled}", compiled.params
    )
    return "\n".join(plan.scalars())


@chapter.recipe(
    "Two databases",
    keywords="binds bind_key SQLALCHEMY_BINDS multiple databases second engine sqlite "
    "UnboundExecutionError Bind key is not in SQLALCHEMY_BINDS config",
    links=(f"{FLASK_SQLALCHEMY}/binds/",),
)
def binds(page: str = "/persons") -> dict[str, Any]:
    """To keep some models in another database, name its URL in `SQLALCHEMY_BINDS`, and give the
    models that name as `__bind_key__`. The session then chooses the engine by the model.

    Pitfall: a commit is sent to one database after the other. If the second one fails, the
    first has already committed.

    Pitfall: a SELECT cannot join tables of two databases, and a foreign key cannot refer to
    another database.
    """

    class Base(DeclarativeBase):
        pass

    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = db.engine.url
    app.config["SQLALCHEMY_BINDS"] = {"visits": "sqlite://"}
    two = SQLAlchemy(app, model_class=Base)

    class Visit(two.Model):
        __bind_key__ = "visits"
        id: Mapped[int] = mapped_column(primary_key=True)
        page: Mapped[str]

    with app.app_context():
        two.create_all("visits")
        two.session.add(Visit(page=page))
        two.session.commit()
        visits = two.session.scalars(select(Visit.page).order_by(Visit.id)).all()
        persons = two.session.scalar(select(func.count()).select_from(Person))
        two.session.remove()
        two.engines["visits"].dispose()  # only here: a service keeps its engines
    return {"visits, SQLite": visits, "persons, Postgres": persons}


@chapter.recipe(
    "A row as JSON",
    keywords="json jsonify serialize to dict row mapping asdict json_agg json_build_object api "
    "TypeError Object of type Person Row Model is not JSON serializable "
    "TypeError object is not subscriptable object is not iterable",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/connections.html#sqlalchemy.engine.Row._mapping",
        "https://flask.palletsprojects.com/en/stable/api/#flask.json.jsonify",
        "https://www.postgresql.org/docs/18/functions-json.html#FUNCTIONS-JSON-PROCESSING",
    ),
)
def to_json(status: OrderStatus = OrderStatus.PAID) -> dict[str, str]:
    """To send rows as JSON, make a dict of each row and let Flask serialize it. Or let Postgres
    build the whole body in one statement, nested lists included.

    Pitfall: Flask writes a datetime as `Sun, 08 Mar 2026 08:00:00 GMT` and a Decimal as a
    string. Postgres writes ISO 8601 and a number.

    Removed: `dict(row)`: a Row is a tuple, so write `dict(row._mapping)`.

    Pitfall: Flask writes neither objects of models nor rows: "Object of type Person is not JSON
    serializable". Make a dict of each.

    Pitfall: an object of a model is no dict: `person["name"]` raises "'Person' object is not
    subscriptable", and `dict(person)` "is not iterable". Write `person.name`.
    """
    rows = db.session.execute(
        select(Order.id, Order.amount, Order.placed_at)
        .where(Order.status == status)
        .order_by(Order.id)
    )
    flask = jsonify([dict(row._mapping) for row in rows]).get_data(as_text=True)

    order = func.json_build_object(
        "id", Order.id, "amount", Order.amount, "placed_at", Order.placed_at
    )
    orders = func.json_agg(order).aggregate_order_by(Order.id)
    postgres = db.session.scalar(
        select(cast(func.coalesce(orders, "[]"), Text)).where(Order.status == status)
    )
    return {"Flask": flask, "Postgres": postgres}


@chapter.recipe(
    "Sessions in threads, Celery and schedulers",
    keywords="celery task session remove apscheduler scheduled job cron background thread "
    "thread-safe thread safety app context nested stacked application contexts FlaskTask worker",
    links=(
        f"{FLASK_SQLALCHEMY}/contexts/",
        "https://flask.palletsprojects.com/en/stable/patterns/celery/",
        f"{ORM}/session_basics.html"
        "#is-the-session-thread-safe-is-asyncsession-safe-to-share-in-concurrent-tasks",
    ),
)
def background_job(order_id: int = 2) -> dict[str, Any]:
    """Code outside of a request (a thread, a Celery task, a scheduled job) pushes an app context,
    and so gets a `db.session` of its own, which is closed with the context. Pass ids to it, not
    objects, and let it load the objects into its own session.

    Pitfall: a session and its objects belong to one thread at a time. An object that you pass to a
    job is detached there, or both threads use its session at once.

    Pitfall: commit before you start the job, or it may not find the new row.

    Pitfall: in a request there is a context already. If you push another one, code inside it has
    another session, which does not see what the first has not committed.
    """
    app = current_app._get_current_object()
    ours = db.session()

    # For Celery, Flask's documentation has a class FlaskTask that does this.
    def job(function):
        @wraps(function)
        def run(*args):
            with app.app_context():
                return function(*args)

        return run

    @job
    def ship(order_id):
        order = db.session.get_one(Order, order_id)
        order.status = OrderStatus.SHIPPED
        db.session.commit()
        return {"its own session": db.session() is not ours, "its order": order.status}

    order = db.session.get_one(Order, order_id)
    with ThreadPoolExecutor() as threads:
        # Only the sheet needs copy_context(); else: threads.submit(ship, order.id)
        seen = threads.submit(copy_context().run, ship, order.id).result()
    seen["order, loaded before"] = order.status
    db.session.refresh(order)
    seen["order, refreshed"] = order.status
    return seen


@chapter.recipe(
    "After a fork: Gunicorn preload, Celery prefork",
    keywords="fork multiprocessing gunicorn preload_app celery prefork uwsgi worker shared "
    "connection SSL error decryption failed or bad record mac lost synchronization dispose "
    "close=False worker_process_init error with status PGRES_TUPLES_OK and no message from the "
    "libpq",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/pooling.html"
        "#using-connection-pools-with-multiprocessing-or-os-fork",
    ),
)
def after_fork() -> dict[str, int]:
    """When a process forks, the child inherits the connections in its engine's pool, and two
    processes that use one connection garble what they send. Call `engine.dispose(close=False)`
    first thing in the child: it gets an empty pool, and the parent keeps its connections.

    Pitfall: without `close=False` the child closes the connections, and the parent's next statement
    fails.

    Pitfall: Flask-SQLAlchemy has one engine for each bind: dispose of all in `db.engines.values()`.
    Gunicorn without `preload_app` needs none of this, since each worker creates the app after the
    fork.
    """
    engine = create_engine(db.engine.url)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    seen = {"connections in the pool": engine.pool.checkedin()}

    # Gunicorn: def post_fork(server, worker); Celery: @worker_process_init.connect
    def in_the_child():
        engine.dispose(close=False)

    in_the_child()
    seen["in the child's"] = engine.pool.checkedin()
    return seen


@chapter.recipe(
    "Row-level security: rows of one tenant",
    keywords="row level security rls policy multi tenant tenancy current tenant per session "
    "set_config current_setting after_begin InsufficientPrivilege new row violates row-level "
    "security policy",
    links=(
        "https://www.postgresql.org/docs/18/ddl-rowsecurity.html",
        "https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-SET",
        f"{ORM}/events.html#sqlalchemy.orm.SessionEvents.after_begin",
    ),
)
def row_level_security(tenant: int = 1) -> dict[str, Any]:
    """Row-level security lets Postgres itself keep tenants apart: a policy compares each row with a
    setting, and the session's event `after_begin` sets it in each transaction. No query can forget
    the condition.

    Pitfall: superusers see all rows, and so does the table's owner unless you FORCE it. Let the
    service connect as another role.

    Pitfall: `set_config(…, true)` lasts until the transaction ends. With `false` it stays on the
    connection, and the pool gives that to the next tenant.

    Pitfall: after such a transaction the setting is an empty text and not NULL, which no number can
    be made of: hence NULLIF.
    """
    for statement in (  # in a migration
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE orders FORCE ROW LEVEL SECURITY",
        "CREATE POLICY of_tenant ON orders USING "
        "(person_id = nullif(current_setting('app.tenant', true), '')::bigint)",
    ):
        db.session.execute(text(statement))
    db.session.commit()

    def set_tenant(session, transaction, connection):
        connection.execute(select(func.set_config("app.tenant", str(tenant), True)))

    orders = select(Order.id, Order.person_id).order_by(Order.id)
    with Session(db.engine) as session:
        seen = {"no tenant": session.execute(orders).all()}
        session.rollback()
        # In Flask: db.session instead of session, and g.tenant, set at the login.
        event.listen(session, "after_begin", set_tenant)
        seen[f"tenant {tenant}"] = session.execute(orders).all()
        try:
            session.execute(insert(Order).values(person_id=tenant + 1, amount=5))
        except ProgrammingError as error:
            seen["another's order"] = str(error.orig).strip()
    return seen


@chapter.recipe(
    "Why Postgres does not use an index",
    keywords="index not used ignored ignores my index seq scan sequential scan slow query planner "
    "analyze statistics function on column lower cast type mismatch leading wildcard "
    "selectivity enable_seqscan",
    links=(
        "https://www.postgresql.org/docs/18/indexes-examine.html",
        "https://www.postgresql.org/docs/18/indexes-expressional.html",
        "https://www.postgresql.org/docs/18/using-explain.html",
    ),
)
def index_not_used() -> dict[str, str]:
    """An index on a column serves a condition that compares the column as it is, and EXPLAIN shows
    whether it is used. If many rows match, or the table is small, reading it from end to end (a Seq
    Scan) is faster, and right.

    Pitfall: a function or a cast of the column hides it. Index the same expression, as in
    `Index("email_lower", func.lower(email))`, or leave the column alone: not
    `func.date(at) == day`, but `at >= day, at < day + timedelta(1)`.

    Pitfall: an ordinary index does not help to find what ends with a text, or contains it: see the
    recipe `trigram`. For `LIKE 'ab%'` it has to have `text_pattern_ops`, unless texts sort by
    their bytes.

    Pitfall: the planner goes by statistics. After you load many rows run ANALYZE, or wait a minute
    until autovacuum does.
    """
    connection = db.session.connection()
    for statement in (
        "CREATE TEMPORARY TABLE users (id int, email text, active bool)",
        "INSERT INTO users SELECT n, n || '@example.com', n > 100 "
        "FROM generate_series(1, 10000) AS n",
        "CREATE INDEX users_id ON users (id)",
        "CREATE INDEX users_email ON users (email)",
        "CREATE INDEX users_active ON users (active)",
        "ANALYZE users",
    ):
        connection.execute(text(statement))

    def plan(condition):
        explain = f"EXPLAIN (COSTS OFF) SELECT * FROM users WHERE {condition}"
        return connection.scalars(text(explain)).first()

    conditions = (
        "email = '77@example.com'",
        "lower(email) = '77@example.com'",
        "email LIKE '%@example.com'",
        "id = 77",
        "id::text = '77'",
        "NOT active",  # a hundred rows
        "active",  # all the others
    )
    return {condition: plan(condition) for condition in conditions}


@chapter.recipe(
    "The size of a table: dead rows and VACUUM",
    keywords="table size disk space not freed after delete bloat dead tuples dead rows vacuum full "
    "autovacuum n_dead_tup pg_stat_user_tables pg_total_relation_size largest tables database "
    "size shrink reclaim pg_repack",
    links=(
        "https://www.postgresql.org/docs/18/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
        "https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE",
        "https://www.postgresql.org/docs/18/monitoring-stats.html",
    ),
    shared=True,
)
def table_size() -> list[dict[str, Any]]:
    """DELETE and UPDATE leave dead rows in the table's file. VACUUM, which autovacuum runs by
    itself, frees their place for new rows of the table, but hardly ever makes the file smaller.

    Pitfall: VACUUM FULL gives the space back to the disk, but writes the table anew: it needs room
    for that, and nobody can read the table meanwhile. To empty a table, use TRUNCATE.

    Pitfall: if a table grows although it gets no more rows (bloat), a transaction has often stayed
    open: VACUUM keeps each dead row that this transaction could still see. The view
    `pg_stat_user_tables` shows such tables, in `n_dead_tup` and `last_autovacuum`.

    Pitfall: this size is that of the rows alone. `pg_total_relation_size()` adds the indexes and
    the large values, and `pg_database_size()` is that of all tables.
    """
    seen = []
    # VACUUM cannot run in a transaction.
    engine = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:

        def run(statement):
            connection.execute(text(statement))
            size = select(func.pg_relation_size("visits"))
            seen.append({"after": statement, "bytes": connection.scalar(size)})

        rows = "SELECT n FROM generate_series(1, 10000) AS n"
        connection.execute(text(f"CREATE TEMPORARY TABLE visits AS {rows}"))
        run("VACUUM visits")  # without the room at its end that Postgres has made ready
        run("DELETE FROM visits WHERE n % 4 > 0")
        run("VACUUM visits")
        run("INSERT INTO visits SELECT generate_series(1, 5000)")
        run("VACUUM FULL visits")
    return seen
