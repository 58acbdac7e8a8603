"""Bulk: many rows in few statements."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportGeneralTypeIssues=false

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from sqlalchemy import (
    Boolean,
    Index,
    Integer,
    Numeric,
    Row,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
    values,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project

chapter = Chapter("B", "Bulk")

DML = "https://docs.sqlalchemy.org/en/21/orm/queryguide/dml.html"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "Bulk insert",
    keywords="insert many rows millions slow executemany bulk_insert_mappings add_all fast import",
    links=(f"{DML}#orm-queryguide-bulk-insert",),
)
def bulk_insert(count: int = 3) -> dict[str, Any]:
    """To insert many rows fast, execute `insert()` with a list of dicts, without making an
    object for each row. The keys are the names of attributes, and SQLAlchemy sends up to 1,000
    rows in a statement.

    Pitfall: with an empty list, `insert()` inserts one row of defaults. That is why the `if` is
    there.

    Pitfall: a dict with other keys than the one before it begins a new statement, so give all
    dicts the same keys.
    """
    rows = [{"name": f"Person {n}", "tags": ["new"]} for n in range(count)]
    if rows:
        db.session.execute(insert(Person), rows)
        db.session.commit()
    return {"persons": db.session.scalar(select(func.count(Person.id)))}


@chapter.legacy()
def bulk_insert_legacy(count: int = 3) -> dict[str, Any]:
    rows = [{"name": f"Person {n}", "tags": ["new"]} for n in range(count)]
    db.session.bulk_insert_mappings(Person, rows)
    db.session.commit()
    return {"persons": db.session.query(func.count(Person.id)).scalar()}


@chapter.recipe(
    "Insert with RETURNING",
    keywords="insert returning ids generated keys new objects bulk_save_objects insertmanyvalues",
    links=(f"{DML}#orm-queryguide-bulk-insert", f"{POSTGRES}/dml-returning.html"),
)
def insert_returning() -> list[Project]:
    """With `returning()`, an insert gives its new rows back, with their ids and defaults, in
    the same statement. You get objects, or the columns that you name.

    Pitfall: the rows come back in any order. `sort_by_parameter_order=True` gives them in the
    order of the list, so that each id can go into the rows of its children.
    """
    rows = [{"name": "Distillery"}, {"name": "Crucible"}, {"name": "Alembic"}]
    statement = insert(Project).returning(Project, sort_by_parameter_order=True)
    projects = db.session.scalars(statement, rows).all()
    db.session.commit()
    return projects


@chapter.legacy()
def insert_returning_legacy() -> list[Project]:
    names = ["Distillery", "Crucible", "Alembic"]
    projects = [Project(name=name) for name in names]
    db.session.bulk_save_objects(projects, return_defaults=True)
    db.session.commit()
    return projects


@chapter.recipe(
    "Upsert: ON CONFLICT DO UPDATE",
    keywords="insert or update on conflict merge on_conflict_do_update duplicate key excluded "
    "CardinalityViolation ON CONFLICT DO UPDATE command cannot affect row a "
    "second time ensure that no rows proposed for insertion within the same "
    "command have duplicate constrained values",
    links=(
        f"{DML}#orm-queryguide-upsert",
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#insert-on-conflict-upsert",
    ),
)
def upsert(name: str = "Amelia") -> list[Person]:
    """An upsert inserts rows, and updates those whose unique key exists already, in one
    statement and without a race. `index_elements` names the unique columns, and `excluded` is
    the row that was to be inserted.

    Pitfall: the columns in `index_elements` need a unique index or constraint of exactly these
    columns; otherwise "there is no unique or exclusion constraint matching the ON CONFLICT
    specification".

    Pitfall: `onupdate` and `version_id_col` do not take part, so set such columns in `set_`.

    Pitfall: objects that the session has loaded before keep their old values, unless
    `populate_existing` is set.

    Pitfall: the same key twice in one statement is an error: "command cannot affect row a
    second time".
    """
    new = postgresql.insert(Person).values(
        [
            {"name": name, "email": "amy@example.com"},
            {"name": "Gil", "email": "gil@example.com"},
        ]
    )
    statement = new.on_conflict_do_update(
        index_elements=[Person.email],
        set_={
            "name": new.excluded.name,
            "version": Person.version + 1,
            "updated_at": func.now(),
        },
    ).returning(Person)
    options = {"populate_existing": True}
    return db.session.scalars(statement, execution_options=options).all()


@chapter.recipe(
    "Which rows of an upsert are new: xmax",
    keywords="xmax = 0 inserted or updated on conflict returning distinguish new rows insert "
    "literal_column count inserted",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#insert-on-conflict-upsert",
        f"{POSTGRES}/ddl-system-columns.html",
    ),
)
def upsert_new_rows(name: str = "Crucible") -> list[Row]:
    """RETURNING gives the inserted rows and the updated ones alike. Postgres' system column
    `xmax` tells them apart: `xmax = 0` means that the row was inserted, and any other number
    that an existing row was updated.

    Pitfall: `xmax` is no column of the model, hence `literal_column()`; give it a type, so that
    the value is a bool.

    Pitfall: with `on_conflict_do_nothing()`, RETURNING gives the inserted rows only, so there is
    nothing to tell apart.

    Pitfall: since Postgres 18, `old.id IS NULL` in RETURNING says the same.
    """
    new = postgresql.insert(Project).values([{"name": "Funnel"}, {"name": name}])
    statement = new.on_conflict_do_update(
        index_elements=[Project.name], set_={"name": new.excluded.name}
    ).returning(
        Project.id,
        Project.name,
        literal_column("xmax = 0", Boolean).label("inserted"),
    )
    rows = db.session.execute(statement).all()
    db.session.commit()
    return rows


@chapter.recipe(
    "Upsert by several columns or a partial index",
    keywords="composite unique index_elements index_where partial unique index multiple columns "
    "on conflict there is no unique or exclusion constraint matching the ON CONFLICT "
    "specification increment existing",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#specifying-the-target",
        f"{POSTGRES}/sql-insert.html#SQL-ON-CONFLICT",
    ),
)
def upsert_partial_index(amount: int = 5) -> list[Row]:
    """`index_elements` names all columns of the unique index, and `index_where` the condition
    of the index if that is partial. `set_` can use the row that exists as well as `excluded`:
    here it adds the new amount to the old.

    Pitfall: columns and condition must be those of one unique index. Otherwise "there is no
    unique or exclusion constraint matching the ON CONFLICT specification".

    Pitfall: `where=` of `on_conflict_do_update()` is something else: it says which existing rows
    are updated. Rows that it leaves alone are missing from RETURNING.
    """

    class Base(DeclarativeBase):
        pass

    class Stock(Base):
        __tablename__ = "stocks"
        id: Mapped[int] = mapped_column(primary_key=True)
        shop: Mapped[str]
        product: Mapped[str]
        amount: Mapped[int]
        closed_on: Mapped[date | None]
        __table_args__ = (
            Index(
                None,
                "shop",
                "product",
                unique=True,
                postgresql_where=text("closed_on IS NULL"),
            ),
        )

    Base.metadata.create_all(db.engine)
    add = postgresql.insert(Stock)
    add = add.on_conflict_do_update(
        index_elements=[Stock.shop, Stock.product],
        index_where=Stock.closed_on.is_(None),
        set_={"amount": Stock.amount + add.excluded.amount},
    )
    beaker = {"shop": "Lisbon", "product": "beaker", "amount": amount}
    for _ in range(2):
        db.session.execute(add.values(beaker))
    db.session.execute(add.values(beaker | {"product": "flask"}))
    db.session.commit()
    return db.session.execute(
        select(Stock.shop, Stock.product, Stock.amount).order_by(Stock.product)
    ).all()


@chapter.recipe(
    "Insert, and skip what exists: ON CONFLICT DO NOTHING",
    keywords="insert ignore skip duplicates on_conflict_do_nothing ignore duplicate key bulk "
    "insert or ignore",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#insert-on-conflict-upsert",
        f"{POSTGRES}/sql-insert.html#SQL-ON-CONFLICT",
    ),
)
def insert_ignore(name: str = "Crucible") -> list[Project]:
    """To insert many rows and skip those whose unique key exists already, use
    `on_conflict_do_nothing()`. RETURNING gives only the rows that were inserted.

    Pitfall: without `index_elements` it skips a row for any unique constraint, so an unexpected
    conflict goes unnoticed too.

    Pitfall: it skips conflicts only: a NULL or a foreign key that is not allowed still raises.
    """
    new = postgresql.insert(Project).on_conflict_do_nothing(
        index_elements=[Project.name]
    )
    rows = [{"name": "Funnel"}, {"name": name}, {"name": name}]
    inserted = db.session.scalars(new.returning(Project), rows).all()
    db.session.commit()
    return inserted


@chapter.recipe(
    "Get or create, without a race",
    keywords="find or insert if not exists on conflict do nothing race condition concurrent",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#insert-on-conflict-upsert",
        f"{POSTGRES}/sql-insert.html#SQL-ON-CONFLICT",
    ),
)
def get_or_create(name: str = "Distillery") -> dict[str, Any]:
    """Get the row with a unique key, or create it, such that two requests at once make only one
    row. If another transaction is inserting the same key, ON CONFLICT DO NOTHING waits for it,
    and inserts nothing if it commits.

    Pitfall: a SELECT followed by `add()` is a race: two requests find nothing, both insert, and
    the second gets an IntegrityError.

    Pitfall: each attempt to insert uses up an id, even if it inserts nothing, so look for the
    row first.
    """
    statement = select(Project).where(Project.name == name)
    project = db.session.scalar(statement)
    created = None
    if project is None:
        created = db.session.scalar(
            postgresql.insert(Project)
            .values(name=name)
            .on_conflict_do_nothing(index_elements=[Project.name])
            .returning(Project.id)
        )
        project = db.session.scalars(statement).one()
    return {"project": project, "created": created is not None}


@chapter.recipe(
    "MERGE",
    keywords="merge into using when matched then update when not matched insert delete sync "
    "synchronize table merge_action",
    links=(
        f"{POSTGRES}/sql-merge.html",
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.text",
    ),
)
def merge_statement(name: str = "Crucible") -> list[Row]:
    """MERGE brings a table in line with a list of rows: it says what to do with a row that only
    one side has, and with one that both have. SQLAlchemy has no function for it, so write it as
    text.

    Pitfall: two MERGE at once can both insert the same key, and one fails. For a plain upsert,
    ON CONFLICT is safe.

    Pitfall: `session.merge()` has nothing to do with it: that copies an object into a session.
    """
    statement = text(
        """
        MERGE INTO projects USING (VALUES ('Funnel'), (:name)) AS new (name)
        ON projects.name = new.name
        WHEN NOT MATCHED BY TARGET THEN INSERT (name) VALUES (new.name)
        WHEN NOT MATCHED BY SOURCE THEN DELETE
        WHEN MATCHED THEN DO NOTHING
        RETURNING merge_action() AS action, projects.id, projects.name
        """
    )
    rows = db.session.execute(statement, {"name": name}).all()
    db.session.commit()
    return sorted(rows)


@chapter.recipe(
    "Update and delete by a condition",
    keywords="update where delete where mass query.update query.delete rowcount synchronize "
    "update several multiple columns at once "
    "CompileError Unconsumed column names could not evaluate current criteria in "
    "Python specify fetch or False for the synchronize_session execution option",
    links=(f"{DML}#orm-queryguide-update-delete-where",),
)
def update_delete(status: OrderStatus = OrderStatus.PENDING) -> dict[str, Any]:
    """Update or delete all rows that match a condition, in one statement, without loading them.
    Matching objects that are in the session already are brought up to date
    (`synchronize_session`).

    Pitfall: ORM cascades, attribute events and `version_id_col` do not take part; `onupdate`
    and the foreign keys' ON DELETE do.

    Removed: `delete(Order, Order.id == 1)`: write `delete(Order).where(…)`.

    Pitfall: a name in `values()` that is no column raises CompileError, "Unconsumed column names".

    Pitfall: `synchronize_session="evaluate"`, the default before 2.0, applies the condition in
    Python, and raises "could not evaluate current criteria in Python" where it cannot. Leave it
    out, or write "fetch", and the database is asked.
    """
    updated = db.session.execute(
        update(Order).where(Order.status == status).values(amount=Order.amount * 2)
    )
    cancelled = Order.status == OrderStatus.CANCELLED
    deleted = db.session.execute(delete(Order).where(cancelled))
    db.session.commit()
    return {"updated": updated.rowcount, "deleted": deleted.rowcount}


@chapter.legacy()
def update_delete_legacy(status: OrderStatus = OrderStatus.PENDING) -> dict[str, Any]:
    updated = Order.query.filter_by(status=status).update({"amount": Order.amount * 2})
    deleted = Order.query.filter_by(status=OrderStatus.CANCELLED).delete()
    db.session.commit()
    return {"updated": updated, "deleted": deleted}


@chapter.recipe(
    "UPDATE FROM, DELETE USING",
    keywords="update join update from another table delete using delete join multi table "
    "set column from another table",
    links=(
        "https://docs.sqlalchemy.org/en/21/tutorial/data_update.html#tutorial-update-from",
        f"{POSTGRES}/sql-update.html",
    ),
)
def update_from(name: str = "Deniz") -> dict[str, Any]:
    """Update or delete rows by a condition on another table: if `where()` mentions that table,
    SQLAlchemy writes UPDATE … FROM or DELETE … USING. `Delete.using()`, new in 2.1, names the
    table explicitly.

    Pitfall: a row that matches several rows of the other table is updated once, from any one of
    them.
    """
    updated = db.session.scalars(
        update(Order)
        .where(Order.person_id == Person.id, Person.name == name)
        .values(status=OrderStatus.PAID)
        .returning(Order.id)
    ).all()
    deleted = db.session.scalars(
        delete(Order)
        .using(Person)
        .where(Order.person_id == Person.id, Person.email.is_(None))
        .returning(Order.id)
    ).all()
    db.session.commit()
    return {"updated": sorted(updated), "deleted": deleted}


@chapter.recipe(
    "Bulk update by key",
    keywords="bulk update many rows different values bulk_update_mappings executemany primary key "
    "No primary key value supplied for column(s) per-row ORM Bulk UPDATE by "
    "Primary Key requires that records contain primary key values",
    links=(f"{DML}#orm-queryguide-bulk-update",),
)
def bulk_update(more: Decimal = Decimal(5)) -> list[Row]:
    """Update many rows, each with its own values: execute `update()` with a list of dicts, each
    with the primary key and the values to set. No object is loaded.

    Pitfall: SQLAlchemy sends a statement for each row. For thousands of rows, the recipe
    `update-from-values` is faster.

    Pitfall: a primary key that no row has raises StaleDataError. With a `version_id_col` each
    dict needs the version too.
    """
    rows = [{"id": 2, "amount": 18 + more}, {"id": 3, "amount": 240 + more}]
    db.session.execute(update(Order), rows)
    db.session.commit()
    return db.session.execute(
        select(Order.id, Order.amount).where(Order.id.in_([2, 3])).order_by(Order.id)
    ).all()


@chapter.legacy()
def bulk_update_legacy(more: Decimal = Decimal(5)) -> list[Row]:
    rows = [{"id": 2, "amount": 18 + more}, {"id": 3, "amount": 240 + more}]
    db.session.bulk_update_mappings(Order, rows)
    db.session.commit()
    return (
        db.session.query(Order.id, Order.amount)
        .filter(Order.id.in_([2, 3]))
        .order_by(Order.id)
        .all()
    )


@chapter.recipe(
    "Many different values in one UPDATE: VALUES",
    keywords="bulk update from values different value each single statement fast executemany "
    "update from dict "
    "number of parameters must be between 0 and 65535 the number of query "
    "arguments cannot exceed 32767",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/selectable.html#sqlalchemy.sql.expression.values",
        f"{POSTGRES}/sql-update.html",
    ),
)
def update_from_values(more: Decimal = Decimal(5)) -> list[Row]:
    """One UPDATE sets another value in each of many rows, if the values are a table that it
    joins: `values()` makes one of a list. It takes one round trip, where a list of dicts takes one
    for each row.

    Pitfall: give each column its type, because Postgres cannot guess the type of `NULL` or of a
    text.

    Pitfall: send at most a few thousand rows in one statement, since some drivers allow no more
    than 65,535 parameters. For more, COPY them into a temporary table, and update from that.
    """
    new = values(column("id", Integer), column("amount", Numeric), name="new").data(
        [(2, 18 + more), (3, 240 + more)]
    )
    statement = (
        update(Order)
        .where(Order.id == new.c.id)
        .values(amount=new.c.amount)
        .returning(Order.id, Order.amount)
    )
    rows = db.session.execute(statement).all()
    db.session.commit()
    return rows


@chapter.recipe(
    "What an UPDATE changed: OLD and NEW",
    keywords="returning old value before update previous new value both changed old.column",
    links=(
        f"{POSTGRES}/dml-returning.html",
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html"
        "#sqlalchemy.sql.expression.literal_column",
    ),
)
def old_and_new(factor: int = 2) -> list[Row]:
    """Since Postgres 18, RETURNING gives a row as it was and as it is: `old.amount` and
    `new.amount`. A plain `returning(Order.amount)` gives the new value, or with DELETE the old.

    Pitfall: SQLAlchemy has no names for them, hence `literal_column()`; give it the column's
    type.
    """
    before = literal_column("old.amount", Numeric).label("before")
    statement = (
        update(Order)
        .where(Order.status == OrderStatus.PENDING)
        .values(amount=Order.amount * factor)
        .returning(Order.id, before, Order.amount.label("after"))
    )
    rows = db.session.execute(statement).all()
    db.session.commit()
    return rows


@chapter.recipe(
    "Delete duplicates, keep one of each",
    keywords="remove duplicate rows dedupe deduplicate keep first keep latest "
    "could not create unique index key is duplicated",
    links=(
        f"{DML}#orm-queryguide-update-delete-where",
        f"{POSTGRES}/tutorial-window.html",
    ),
)
def delete_duplicates() -> list[Row]:
    """Rank the rows of each group of duplicates, and delete all but the first; the order of the
    ranks decides which one is kept. Here orders of the same person with the same
    status count as duplicates.

    Pitfall: duplicates come back unless a unique constraint keeps them out, so create one
    afterwards.
    """
    rank = func.row_number().over(
        partition_by=[Order.person_id, Order.status], order_by=Order.id
    )
    ranked = select(Order.id, rank.label("rank")).subquery()
    extra = select(ranked.c.id).where(ranked.c.rank > 1)
    deleted = db.session.execute(
        delete(Order)
        .where(Order.id.in_(extra))
        .returning(Order.id, Order.person_id, Order.status)
    ).all()
    db.session.commit()
    return deleted


@chapter.recipe(
    "Delete in batches",
    keywords="delete limit chunks large table old rows purge retention",
    links=(f"{DML}#orm-queryguide-update-delete-where", f"{POSTGRES}/sql-delete.html"),
)
def delete_batches(size: int = 3) -> list[list[int]]:
    """Delete many rows in batches, each committed by itself, so that no lock lasts long and what
    is done stays done. DELETE has no LIMIT, so a subquery chooses the rows.

    Pitfall: the subquery needs an index on the columns of its condition and its order, or each
    batch reads the whole table.

    Pitfall: only VACUUM, and not the DELETE, frees the space for new rows of the table.
    """
    old = select(Order.id).where(Order.placed_at < date(2026, 4, 1))
    batch = delete(Order).where(Order.id.in_(old.order_by(Order.id).limit(size)))
    batches = []
    while ids := db.session.scalars(batch.returning(Order.id)).all():
        db.session.commit()
        batches.append(sorted(ids))
    return batches


@chapter.recipe(
    "Empty a table: TRUNCATE",
    keywords="truncate delete all rows clear table reset ids restart identity sequence cascade "
    "FeatureNotSupported cannot truncate a table referenced in a foreign key "
    "constraint",
    links=(f"{POSTGRES}/sql-truncate.html",),
)
def truncate() -> dict[str, Any]:
    """TRUNCATE empties a table at once, however large it is, while DELETE visits each row;
    RESTART IDENTITY lets its ids begin at 1 again. SQLAlchemy has no function for it, so write
    it as text.

    Pitfall: a table that others refer to is refused, even if those are empty: name them too, or
    add CASCADE, which empties every table that refers to it.

    Pitfall: it needs the right TRUNCATE, and locks the table even against SELECT until the
    commit.
    """
    db.session.execute(text("TRUNCATE orders RESTART IDENTITY"))
    left = db.session.scalar(select(func.count(Order.id)))
    order = Order(person_id=1, amount=10)
    db.session.add(order)
    db.session.commit()
    return {"left": left, "next id": order.id}


@chapter.recipe(
    "INSERT FROM SELECT",
    keywords="insert into select copy rows between tables from_select archive duplicate",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/dml.html"
        "#sqlalchemy.sql.expression.Insert.from_select",
    ),
)
def insert_from_select(name: str = "Amy") -> list[Row]:
    """INSERT … SELECT fills a table from a query inside the database, so no row travels to
    Python and back. Here all orders of one person are placed again.

    Pitfall: a column's Python `default` is called once, and every row gets the same value.
    """
    again = (
        select(Order.person_id, Order.amount)
        .join(Order.person)
        .where(Person.name == name)
        .order_by(Order.id)
    )
    statement = insert(Order).from_select(["person_id", "amount"], again)
    statement = statement.returning(Order.id, Order.status, Order.amount)
    rows = db.session.execute(statement).all()
    db.session.commit()
    return rows


@chapter.recipe(
    "COPY in and out",
    keywords="copy from stdin copy to stdout copy_expert csv import export fastest load psycopg2 "
    "pg_dump pg_restore backup restore aborting because of server version mismatch must be owner",
    links=(
        "https://www.psycopg.org/docs/cursor.html#cursor.copy_expert",
        f"{POSTGRES}/sql-copy.html",
    ),
)
def copy_csv(name: str = "Gil") -> str:
    """COPY is the fastest way to load or export many rows, here as CSV. SQLAlchemy has no
    function for it, so use a cursor of the driver, on the session's own connection: then COPY
    is part of the session's transaction.

    Pitfall: COPY bypasses the ORM. Python defaults are not applied, and COPY sees only objects
    that have been flushed.

    Pitfall: write the file with Python's `csv`, which quotes where CSV needs it. COPY reads an
    empty field as NULL.

    Pitfall: COPY moves the rows of one table. For a whole database take `pg_dump -Fc`, which
    refuses a server that is newer than itself ("server version mismatch"). Read its file into an
    empty database of your own, with `pg_restore --no-owner`, to avoid "must be owner of".
    """
    file = StringIO()
    csv.writer(file).writerows([[name, "{new}"], ["Hana, Dr.", "{new,remote}"]])
    file.seek(0)
    exported = StringIO()
    with db.session.connection().connection.cursor() as cursor:
        cursor.copy_expert("COPY persons (name, tags) FROM STDIN (FORMAT csv)", file)
        query = "SELECT id, name, tags FROM persons WHERE id > 4 ORDER BY id"
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", exported)
    return exported.getvalue()
