"""Flask and operations: pages, errors, events, migrations."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportArgumentType=false, reportCallIssue=false

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Row,
    Text,
    cast,
    event,
    false,
    func,
    inspect,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.schema import CreateColumn

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
    """Answer 404 Not Found where a row is missing, in one line of a view: by primary key, or
    for a SELECT that finds nothing.

    Pitfall: `db.one_or_404()` answers 404 for several rows too, and `db.first_or_404()`
    adds no LIMIT 1: it fetches every row.

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
    keywords="paginate pagination page per_page total pages has_next iter_pages limit offset",
    links=(
        f"{FLASK_SQLALCHEMY}/pagination/",
        f"{FLASK_SQLALCHEMY}/api/#flask_sqlalchemy.pagination.Pagination",
    ),
)
def paginate(page: int = 2, per_page: int = 3) -> dict[str, Any]:
    """Show numbered pages of a SELECT with `db.paginate()`: LIMIT and OFFSET for the items,
    and a second statement that counts. In a request, page and per_page are read from the URL.

    Pitfall: past the end it answers 404, unless `error_out=False`; and `max_per_page` is 100.

    Pitfall: `db.paginate(select(a, b))` keeps only a: give it entities, not columns.

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
    """Fetch the page after a given row, as fast at the end as at the start if an index
    has the order: compare its columns with the last row shown. Rows inserted meanwhile
    shift nothing.

    Pitfall: end ORDER BY with a unique column, and sort all columns in one direction, else
    rows are skipped; none of them may be NULL.

    Pitfall: there are no page numbers and no total; ask for one row more than is shown to know
    whether there is a next page.
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
    keywords="soft delete deleted_at archive trash with_loader_criteria do_orm_execute filter all",
    links=(
        f"{ORM}/session_events.html#adding-global-where-on-criteria",
        f"{ORM}/queryguide/api.html#sqlalchemy.orm.with_loader_criteria",
    ),
)
def soft_delete(everything: bool = False) -> list[str]:
    """Soft delete: mark rows as deleted instead of deleting them, and have every SELECT leave
    them out. An event of the session adds the condition, to relationships too.

    Pitfall: the condition is not added to UPDATE, DELETE and text(), and what the session
    holds already is still there for `session.get()`.

    Pitfall: a deleted row still takes its unique values: make the index partial, with
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
    links=("https://docs.sqlalchemy.org/en/21/core/connections.html#translation-of-schema-names",),
)
def schema_translate_map(limit: int = 3) -> list[Row]:
    """Use one set of models for many schemas, one for each tenant: the map says which schema
    stands for which when a statement is sent, and None is for models that name none.

    Pitfall: one session, one map: objects of two tenants have the same primary keys, and
    the identity map does not tell them apart.

    Pitfall: `text()` is sent as it is: name the schema in it yourself.
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
    """Keep an audit log of what changed, in the same transaction, with a listener of the session's
    event `before_flush`: it sees new, changed and deleted objects, and may add more.

    Pitfall: bulk `update()`, `delete()` and `insert()` are no changes of objects: a trigger
    of the database sees those as well.

    Pitfall: the old value is there only if it was loaded: after a commit it is not, unless the
    column is `mapped_column(active_history=True)`.

    Pitfall: a listener on the class `Session` hears every session of the process; listen to
    your own sessionmaker or `db.session`.
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
    """See the plan of a statement before it is slow in production: compile it for the
    engine, and send EXPLAIN before its text with the same parameters.

    Pitfall: with ANALYZE the statement is executed, an UPDATE or DELETE too: roll back.

    Pitfall: the plan of a small table says nothing of a big one: for six rows Postgres reads
    the whole table, whatever the indexes.

    Pitfall: the parameters do not pass SQLAlchemy's types here: psycopg2 refuses a dict for
    JSONB, so give it as text.
    """
    statement = select(Order).join(Order.person).where(Person.name == name)
    compiled = statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
    options = "ANALYZE" if analyze else "COSTS OFF"
    plan = db.session.connection().exec_driver_sql(
        f"EXPLAIN ({options}) {compiled}", compiled.params
    )
    return "\n".join(plan.scalars())


@chapter.recipe(
    "Migrations instead of create_all",
    keywords="migration migrate alembic flask-migrate alter table add column autogenerate upgrade",
    links=(
        "https://alembic.sqlalchemy.org/en/latest/autogenerate.html",
        "https://docs.sqlalchemy.org/en/21/core/metadata.html"
        "#altering-database-objects-through-migrations",
    ),
)
def migration() -> dict[str, Any]:
    """Add a column to a table that exists: `create_all()` passes over it, so a migration alters
    it, written from what the models have and the database has not. That is what Alembic does;
    here `make migration m="add paid"` writes the file, and db-init runs it.

    Pitfall: read what was generated: a renamed column looks like one dropped and one
    added, which loses its data.

    Pitfall: a new NOT NULL column needs a `server_default`, or the table must be empty.
    """

    class Base(DeclarativeBase):
        pass

    class Invoice(Base):
        __tablename__ = "invoices"
        id: Mapped[int] = mapped_column(primary_key=True)
        paid: Mapped[bool] = mapped_column(server_default=false())

    connection = db.session.connection()
    # As it was made long ago:
    connection.execute(text("CREATE TABLE invoices (id serial PRIMARY KEY)"))

    Base.metadata.create_all(connection)
    before = [column["name"] for column in inspect(connection).get_columns("invoices")]
    changes = [
        f"ALTER TABLE invoices ADD COLUMN {CreateColumn(column).compile(connection)}"
        for column in Invoice.__table__.columns
        if column.name not in before
    ]
    for change in changes:
        connection.execute(text(change))
    after = [column["name"] for column in inspect(connection).get_columns("invoices")]
    return {"after create_all": before, "migration": changes, "after it": after}


@chapter.recipe(
    "Two databases",
    keywords="binds bind_key SQLALCHEMY_BINDS multiple databases second engine sqlite",
    links=(f"{FLASK_SQLALCHEMY}/binds/",),
)
def binds(page: str = "/persons") -> dict[str, Any]:
    """Keep some models in another database: a bind is a name for its URL, `__bind_key__`
    says that a model belongs there, and the session finds the engine by the model.

    Pitfall: a commit is one on each database: if the second fails, the first is done.

    Pitfall: a SELECT joins tables of one database, and a foreign key stays in it too.
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
        two.engines["visits"].dispose()  # a service would keep it
    return {"visits, SQLite": visits, "persons, Postgres": persons}


@chapter.recipe(
    "A row as JSON",
    keywords="json jsonify serialize to dict row mapping asdict json_agg json_build_object api",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/connections.html#sqlalchemy.engine.Row._mapping",
        "https://flask.palletsprojects.com/en/stable/api/#flask.json.jsonify",
        "https://www.postgresql.org/docs/18/functions-json.html#FUNCTIONS-JSON-PROCESSING",
    ),
)
def to_json(status: OrderStatus = OrderStatus.PAID) -> dict[str, str]:
    """Turn rows into JSON: name the columns, make a dict of each row, and let Flask write it;
    or have Postgres build the whole body in one statement, nested lists too.

    Pitfall: Flask writes a datetime as `Sun, 08 Mar 2026 08:00:00 GMT` and a Decimal as a
    text; Postgres writes ISO 8601 and a number.

    Removed: `dict(row)`: a Row is a tuple, write `dict(row._mapping)`.
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
