"""Bulk: many rows in few statements."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportGeneralTypeIssues=false

import csv
from decimal import Decimal
from io import StringIO
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project

chapter = Chapter("B", "Bulk")

DML = "https://docs.sqlalchemy.org/en/21/orm/queryguide/dml.html"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "Bulk insert",
    keywords="insert many rows executemany bulk_insert_mappings add_all batch fast import",
    links=(f"{DML}#orm-queryguide-bulk-insert",),
)
def bulk_insert(count: int = 3) -> dict[str, Any]:
    """Insert many rows fast: `insert()` and a list of dicts, without making an object for
    each. Attribute names are the keys, and SQLAlchemy sends up to 1000 rows a statement.

    Pitfall: an empty list means one row of defaults, hence the `if`.

    Pitfall: a row with other keys than the one before it begins another statement.
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
    """RETURNING gives the new rows of a bulk insert back, with their ids and defaults, in
    the same statement: as objects, or as the columns that you name.

    Pitfall: they come in any order; `sort_by_parameter_order=True` makes it the list's.
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
    keywords="insert or update on conflict merge on_conflict_do_update duplicate key excluded",
    links=(
        f"{DML}#orm-queryguide-upsert",
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#insert-on-conflict-upsert",
    ),
)
def upsert(name: str = "Amelia") -> list[Person]:
    """Upsert: insert rows, or update those that exist, in one statement and without a race.
    What exists is told by a unique key, and `excluded` is the row that was to be inserted.

    Pitfall: `onupdate` and `version_id_col` do nothing here: set such columns in `set_`.

    Pitfall: objects loaded before keep their old values without `populate_existing`.

    Pitfall: the same key twice in one statement is an error.
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
    "Get or create, without a race",
    keywords="find or insert if not exists on conflict do nothing race condition concurrent",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#insert-on-conflict-upsert",
        f"{POSTGRES}/sql-insert.html#SQL-ON-CONFLICT",
    ),
)
def get_or_create(name: str = "Distillery") -> dict[str, Any]:
    """Get the row with a unique key, or create it, so that two requests at once make one
    row: ON CONFLICT DO NOTHING waits for the other's commit and then inserts nothing.

    Pitfall: to `add()` what a SELECT did not find is a race: the second request gets an
    IntegrityError.

    Pitfall: each try to insert uses up an id, so look first.
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
    "Update and delete by a condition",
    keywords="update where delete where mass query.update query.delete rowcount synchronize",
    links=(f"{DML}#orm-queryguide-update-delete-where",),
)
def update_delete(status: OrderStatus = OrderStatus.PENDING) -> dict[str, Any]:
    """Update or delete all rows that match, in one statement, without loading them.
    Objects in the session that match are brought up to date (`synchronize_session`).

    Pitfall: ORM cascades, attribute events and `version_id_col` do not take part; the
    foreign keys' ON DELETE and `onupdate` do.

    Removed: `delete(Order, Order.id == 1)`: write `delete(Order).where(…)`.
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
    """Update or delete rows by what a joined table says: any other table in `where()` is
    rendered as UPDATE … FROM or DELETE … USING. `Delete.using()` (2.1) names it explicitly.

    Pitfall: a row that joins to several is updated once, from any one of them.
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
    keywords="bulk update many rows different values bulk_update_mappings executemany primary key",
    links=(f"{DML}#orm-queryguide-bulk-update",),
)
def bulk_update(more: Decimal = Decimal(5)) -> list[Row]:
    """Update many rows, each with values of its own: `update()` and a list of dicts, which
    hold the primary key and what changes. No object is loaded.

    Pitfall: it is a statement for each row; psycopg2 sends them one by one.

    Pitfall: a key without a row raises StaleDataError. With a `version_id_col` each dict
    needs the version too.
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
    "INSERT FROM SELECT",
    keywords="insert into select copy rows between tables from_select archive duplicate",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/dml.html"
        "#sqlalchemy.sql.expression.Insert.from_select",
    ),
)
def insert_from_select(name: str = "Amy") -> list[Row]:
    """INSERT … SELECT fills a table from a query inside the database; no row travels. Here
    one person's orders are placed again.

    Pitfall: a Python-side `default` of a column is called once, for all rows.
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
    keywords="copy from stdin copy to stdout copy_expert csv import export fastest load psycopg2",
    links=(
        "https://www.psycopg.org/docs/cursor.html#cursor.copy_expert",
        f"{POSTGRES}/sql-copy.html",
    ),
)
def copy_csv(name: str = "Gil") -> str:
    """COPY is the fastest way to load or export many rows, as CSV. SQLAlchemy has none, so
    ask the driver: the session's own connection keeps it in the session's transaction.

    Pitfall: it bypasses the ORM: no Python defaults, and `flush()` first what COPY shall see.

    Pitfall: write the file with `csv`, which quotes what has to be. An empty field is NULL.
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
