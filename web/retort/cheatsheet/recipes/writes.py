"""Writes: add, change and delete objects."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false
# ruff: noqa: N806

from decimal import Decimal

from sqlalchemy import Column, Integer, Text, func, inspect, select, text
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declarative_base,
    mapped_column,
    validates,
)

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, Person, Project

chapter = Chapter("W", "Writes")

BASICS = "https://docs.sqlalchemy.org/en/21/orm/session_basics.html"
STATES = "https://docs.sqlalchemy.org/en/21/orm/session_state_management.html"
FLASK = "https://flask-sqlalchemy.readthedocs.io/en/3.1.x/queries/"


@chapter.recipe(
    "Add an object and commit",
    keywords="insert row create save new object session add commit persist autoincrement id",
    links=(f"{BASICS}#adding-new-or-existing-items", FLASK),
)
def add(name: str = "Grace") -> Person:
    """Insert a row: create an object, add it to the session, commit. The INSERT also returns
    the id and what else the database filled in.

    Pitfall: `add()` sends nothing yet, and without `commit()` the row is gone when the
    request ends.
    """
    person = Person(name=name)
    db.session.add(person)
    db.session.commit()
    return person


@chapter.legacy(note="Adding has not changed; reading the row back has.")
def add_legacy(name: str = "Grace") -> Person:
    person = Person(name=name)
    db.session.add(person)
    db.session.commit()
    return Person.query.filter_by(name=name).first()


@chapter.recipe(
    "Add many objects in batches",
    keywords="add_all insert many multiple rows list batch insertmanyvalues memory import",
    links=(
        f"{BASICS}#adding-new-or-existing-items",
        "https://docs.sqlalchemy.org/en/21/core/connections.html#engine-insertmanyvalues",
    ),
)
def add_all(count: int = 5, batch: int = 3) -> list[tuple[int, str]]:
    """Insert many objects with `add_all()`: a flush sends one INSERT for up to 1,000 of
    them. Flush after each batch of a long import: the session lets go of objects that are
    written and that nobody else holds, so memory stays flat.

    Pitfall: `add()` and a commit for each object is a transaction each, many times slower.
    """
    for start in range(1, count + 1, batch):
        numbers = range(start, min(start + batch, count + 1))
        db.session.add_all(Project(name=f"Project {n}") for n in numbers)
        db.session.flush()
    db.session.commit()
    newest = select(Project.id, Project.name).order_by(Project.id.desc()).limit(5)
    return db.session.execute(newest).all()


@chapter.legacy(
    note="It skips relationships and cascades, and its objects get no id; add_all() batches too."
)
def add_all_legacy(count: int = 5, batch: int = 3) -> list[tuple[int, str]]:
    for start in range(1, count + 1, batch):
        numbers = range(start, min(start + batch, count + 1))
        db.session.bulk_save_objects([Project(name=f"Project {n}") for n in numbers])
    db.session.commit()
    newest = db.session.query(Project.id, Project.name).order_by(Project.id.desc())
    return newest.limit(5).all()


@chapter.recipe(
    "Roll back",
    keywords="rollback undo cancel discard changes transaction abort revert",
    links=(f"{BASICS}#rolling-back",),
)
def rollback(name: str = "Amelia") -> list[dict[str, object]]:
    """Undo everything since the last commit: rows and objects both go back. Changed and
    deleted objects are read again; added ones are no longer in the session.

    Pitfall: an added object keeps its attributes after the rollback, even the id it got.
    """
    amy = db.session.get_one(Person, 1)
    amy.name = name
    guest = Person(name="Guest")
    db.session.add(guest)

    def state(after: str) -> dict[str, object]:
        return {"after": after, "name": amy.name, "has the guest": guest in db.session}

    db.session.flush()
    seen = [state("flush()")]
    db.session.rollback()
    seen.append(state("rollback()"))
    return seen


@chapter.recipe(
    "Flush and commit",
    keywords="flush commit difference id before commit primary key transaction begin",
    links=(f"{BASICS}#flushing", f"{BASICS}#committing"),
)
def flush(name: str = "Grace") -> dict[str, object]:
    """Get the new id before the commit: `flush()` sends the pending INSERTs, UPDATEs and
    DELETEs, `commit()` flushes too and then ends the transaction. Only a commit lets others
    see the rows.

    Pitfall: after a flush the changed rows stay locked until the commit or rollback: keep
    slow calls out of there.

    Deprecated: `db.session.flush([person])`: `flush()`, which sends everything.
    """
    person = Person(name=name)
    db.session.add(person)
    before = person.id
    db.session.flush()
    flushed = person.id
    db.session.commit()
    return {
        "after add()": before,
        "after flush()": flushed,
        "after commit()": person.id,
    }


@chapter.recipe(
    "The states of an object",
    keywords="transient pending persistent deleted detached inspect object state lifecycle",
    links=(f"{STATES}#quickie-intro-to-object-states",),
)
def object_states() -> dict[str, str]:
    """See whether an object is transient, pending, persistent, deleted or detached: that
    decides what `add()`, `delete()` and lazy loading do with it.

    Pitfall: a detached object cannot load what it lacks: reading that raises
    DetachedInstanceError.
    """

    def state(thing: object) -> str:
        states = ("transient", "pending", "persistent", "deleted", "detached")
        return next(name for name in states if getattr(inspect(thing), name))

    order = Order(person_id=1, amount=Decimal(5))
    seen = {"Order()": state(order)}
    db.session.add(order)
    seen["add()"] = state(order)
    db.session.flush()
    seen["flush()"] = state(order)
    db.session.delete(order)
    db.session.flush()
    seen["delete(), flush()"] = state(order)
    db.session.commit()
    seen["commit()"] = state(order)
    return seen


@chapter.recipe(
    "Update an object",
    keywords="update row change attribute edit modify set column save dirty increment counter race",
    links=("https://docs.sqlalchemy.org/en/21/tutorial/orm_data_manipulation.html", FLASK),
)
def update_object(person_id: int = 1, name: str = "Amelia") -> Person:
    """Update a row by setting attributes of its object: the session notices and sends an
    UPDATE of the changed columns only.

    Pitfall: `order.amount += 1` loses what another transaction wrote meanwhile; with
    `order.amount = Order.amount + 1` Postgres does the sum.

    Pitfall: a list or dict changed in place is not noticed, unless its column's type is
    Mutable: assign a new one.
    """
    person = db.session.get_one(Person, person_id)
    person.name = name
    db.session.commit()
    return person


@chapter.legacy(warns=True, note="Query.get() warns; it gives None where get_one() raises.")
def update_object_legacy(person_id: int = 1, name: str = "Amelia") -> Person:
    person = Person.query.get(person_id)
    person.name = name
    db.session.commit()
    return person


@chapter.recipe(
    "Delete an object",
    keywords="delete row remove object session.delete",
    links=(f"{BASICS}#deleting", FLASK),
)
def delete_object(order_id: int = 5) -> list[Order]:
    """Delete a row by its object. The DELETE is sent at the next flush, and the cascades of
    its relationships apply.

    Pitfall: each object costs a SELECT and a DELETE: many rows go faster with
    `delete(Order).where(…)`, without ORM cascades.

    Pitfall: a collection that is loaded still holds the object until the commit.
    """
    order = db.session.get_one(Order, order_id)
    db.session.delete(order)
    db.session.commit()
    return db.session.scalars(select(Order).order_by(Order.id)).all()


@chapter.legacy()
def delete_object_legacy(order_id: int = 5) -> list[Order]:
    order = Order.query.filter_by(id=order_id).one()
    db.session.delete(order)
    db.session.commit()
    return Order.query.order_by(Order.id).all()


@chapter.recipe(
    "Refresh, and expire_on_commit",
    keywords="refresh expire expire_on_commit stale object reload populate_existing cache",
    links=(f"{STATES}#refreshing-expiring", f"{BASICS}#committing"),
)
def refresh(name: str = "Amelia") -> dict[str, object]:
    """Read an object again with `refresh()`: a SELECT alone does not overwrite what the
    session has loaded. A commit expires all objects, so the next access reads them anew.

    Pitfall: `expire_on_commit=False` saves that SELECT and lets objects be used after the
    session, but their values may be out of date.
    """
    person = db.session.get_one(Person, 1)
    with Session(db.engine, expire_on_commit=False) as other:  # as another request does
        changed = other.get_one(Person, 1)
        changed.name = name
        other.commit()
    selected = db.session.scalars(select(Person).where(Person.id == 1)).one()
    seen: dict[str, object] = {"SELECT again": selected.name}
    db.session.refresh(person)
    seen["refresh()"] = person.name
    db.session.commit()
    seen["expired by commit()"] = inspect(person).expired
    seen["with expire_on_commit=False"] = inspect(changed).expired
    return seen


@chapter.recipe(
    "Merge an object into the session",
    keywords="merge detached object copy state save_or_update insert or update cache json "
    "object is already attached to session",
    links=(f"{STATES}#merging",),
)
def merge(person_id: int = 1, name: str = "Amelia") -> dict[str, object]:
    """Copy an object from outside (a cache, a form, another session) onto the row with its
    id: `merge()` loads that row, or plans an INSERT where there is none. Attributes that were
    never set stay as they are.

    Pitfall: it returns another object, the session's own; the one given stays outside.

    Pitfall: a SELECT followed by an INSERT is no upsert: two at once may collide.
    """
    outside = Person(id=person_id, name=name)
    person = db.session.merge(outside)
    db.session.commit()
    return {
        "merged": person,
        "email, never set": person.email,
        "the same object": person is outside,
    }


@chapter.recipe(
    "IntegrityError, then PendingRollbackError",
    keywords="IntegrityError UniqueViolation duplicate key unique constraint "
    "PendingRollbackError transaction has been rolled back due to a previous exception",
    links=("https://docs.sqlalchemy.org/en/21/faq/sessions.html",),
)
def integrity_error(email: str = "ben@example.com") -> dict[str, object]:
    """Handle a violated constraint (unique, foreign key, check): catch IntegrityError, then
    roll back. Until then each query or commit raises PendingRollbackError.

    Pitfall: the rollback undoes the whole transaction: to lose only one row, use a savepoint
    (`begin_nested()`).

    Pitfall: to look first whether the email is taken does not help: another transaction may
    insert it in between.
    """
    persons = select(func.count()).select_from(Person)
    db.session.add(Person(name="Benjamin", email=email))
    seen: dict[str, object] = {}
    try:
        db.session.commit()
    except IntegrityError as error:
        seen["commit()"] = type(error).__name__
        seen["constraint"] = error.orig.diag.constraint_name
    try:
        seen["SELECT"] = db.session.scalar(persons)
    except PendingRollbackError as error:
        seen["SELECT"] = type(error).__name__
    db.session.rollback()
    seen["SELECT after rollback()"] = db.session.scalar(persons)
    return seen


@chapter.recipe(
    "Autoflush",
    keywords="autoflush no_autoflush flush before query premature IntegrityError text",
    links=(f"{BASICS}#flushing",),
)
def autoflush() -> dict[str, int]:
    """Autoflush sends pending changes before each query, so that it sees them; since
    SQLAlchemy 2.1 before `text()` as well.

    Pitfall: a query, even a lazy load, before an object has all its values sends its INSERT
    too early, and a NOT NULL column fails: put that part into `with db.session.no_autoflush`.
    """
    persons = select(func.count()).select_from(Person)
    db.session.add(Person(name="Grace"))
    with db.session.no_autoflush:
        seen = {"no_autoflush": db.session.scalar(persons)}
    seen["select()"] = db.session.scalar(persons)
    db.session.add(Person(name="Hedy"))
    seen["text()"] = db.session.scalar(text("SELECT count(*) FROM persons"))
    return seen


@chapter.legacy()
def autoflush_legacy() -> dict[str, int]:
    db.session.add(Person(name="Grace"))
    seen = {"no_autoflush": Person.query.autoflush(False).count()}
    seen["select()"] = Person.query.count()
    db.session.add(Person(name="Hedy"))
    seen["text()"] = db.session.execute(text("SELECT count(*) FROM persons")).scalar()
    return seen


@chapter.recipe(
    "Validate attributes",
    keywords="validates validator validation check value normalize strip lower ValueError reject "
    "invalid before saving",
    links=("https://docs.sqlalchemy.org/en/21/orm/mapped_attributes.html#simple-validators",),
)
def validate(email: str = "Ann@Example.com ") -> dict[str, object]:
    """Check or tidy a value whenever an attribute is set: the method decorated with
    `@validates` returns what is stored, or raises.

    Pitfall: `insert()`, `update()` and plain SQL pass it by: what must always hold is a
    constraint of the table.

    Pitfall: it is called with None too, and not for a default or for rows that are loaded.
    """

    class Base(DeclarativeBase):
        pass

    class Contact(Base):
        __tablename__ = "contacts"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str]

        @validates("email")
        def _email(self, key: str, value: str) -> str:
            if "@" not in value:
                raise ValueError(f"{key}: {value!r} has no @")
            return value.strip().lower()

    seen: dict[str, object] = {"valid": Contact(email=email).email}
    try:
        Contact(email="ann")
    except ValueError as error:
        seen["invalid"] = error
    return seen


@chapter.legacy()
def validate_legacy(email: str = "Ann@Example.com ") -> dict[str, object]:
    Base = declarative_base()

    class Contact(Base):
        __tablename__ = "contacts"

        id = Column(Integer, primary_key=True)
        email = Column(Text, nullable=False)

        @validates("email")
        def _email(self, key: str, value: str) -> str:
            if "@" not in value:
                raise ValueError(f"{key}: {value!r} has no @")
            return value.strip().lower()

    seen: dict[str, object] = {"valid": Contact(email=email).email}
    try:
        Contact(email="ann")
    except ValueError as error:
        seen["invalid"] = error
    return seen
