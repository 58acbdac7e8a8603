"""Writes: add, change and delete objects."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false
# ruff: noqa: N806

from decimal import Decimal

from sqlalchemy import Column, Integer, Text, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declarative_base,
    make_transient,
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
    keywords="insert row create save new object session add commit persist autoincrement id "
    "get id after saving "
    "UnmappedInstanceError Class builtins.dict builtins.list is not mapped is an "
    "invalid keyword argument for",
    links=(f"{BASICS}#adding-new-or-existing-items", FLASK),
)
def add(name: str = "Grace") -> Person:
    """To insert a row, create an object, add it to the session and commit. The INSERT also returns
    the id, and whatever else the database filled in.

    Pitfall: `add()` alone sends nothing, and without `commit()` the row is gone when the request
    ends.

    Pitfall: `add()` takes an object of a model: "Class 'builtins.dict' is not mapped". Make one of
    a dict with `Person(**values)`, and add a list with `add_all()`.

    Pitfall: `Person(nam="Amy")` raises TypeError, "'nam' is an invalid keyword argument for
    Person": the model has no attribute of this name.
    """
    person = Person(name=name)
    db.session.add(person)
    db.session.commit()
    return person


@chapter.legacy(
    note="Adding works the same; only the query that reads the row is older."
)
def add_legacy(name: str = "Grace") -> Person:
    person = Person(name=name)
    db.session.add(person)
    db.session.commit()
    return Person.query.filter_by(name=name).first()


@chapter.recipe(
    "Insert a row with psql, read it with a model",
    keywords="psql terminal command line console by hand SQL insert into values read back ORM "
    "make psql docker compose exec db psql another program outside",
    links=("https://www.postgresql.org/docs/18/app-psql.html", FLASK),
)
def psql() -> dict[str, object]:
    """psql is Postgres' command line, and a model reads a row that you insert there like any other.
    Open it with `make psql`, which with Docker is `docker compose exec db psql --username=owner
    retort`.

    Pitfall: psql commits each statement at once, but what your program adds stays invisible to it
    until `commit()`.

    Pitfall: a column that psql leaves out gets its `server_default`; `default=` is only for the
    INSERTs of SQLAlchemy.

    Pitfall: an object that the session has loaded keeps its old values when psql changes the row:
    call `db.session.refresh(person)`.
    """
    # Type this in psql; here it is sent as text.
    typed = "INSERT INTO persons (name, email) VALUES ('Grace', 'grace@example.com');"
    db.session.execute(text(typed))
    db.session.commit()

    grace = db.session.scalars(select(Person).where(Person.name == "Grace")).one()
    return {"person": grace, "email": grace.email, "tags": grace.tags}


@chapter.legacy()
def psql_legacy() -> dict[str, object]:
    typed = "INSERT INTO persons (name, email) VALUES ('Grace', 'grace@example.com');"
    db.session.execute(text(typed))
    db.session.commit()

    grace = Person.query.filter_by(name="Grace").one()
    return {"person": grace, "email": grace.email, "tags": grace.tags}


@chapter.recipe(
    "Add many objects in batches",
    keywords="add_all insert many multiple rows list batch insertmanyvalues memory import",
    links=(
        f"{BASICS}#adding-new-or-existing-items",
        "https://docs.sqlalchemy.org/en/21/core/connections.html#engine-insertmanyvalues",
    ),
)
def add_all(count: int = 5, batch: int = 3) -> list[tuple[int, str]]:
    """Insert many objects with `add_all()`: a flush sends one INSERT for up to 1,000 of them. In a
    long import flush after each batch: then Python can free the objects that are written, if your
    code no longer holds them.

    Pitfall: a commit after each object makes each a transaction of its own, which is many times
    slower.
    """
    for start in range(1, count + 1, batch):
        numbers = range(start, min(start + batch, count + 1))
        db.session.add_all(Project(name=f"Project {n}") for n in numbers)
        db.session.flush()
    db.session.commit()
    newest = select(Project.id, Project.name).order_by(Project.id.desc()).limit(5)
    return db.session.execute(newest).all()


@chapter.legacy(
    note="`bulk_save_objects()` ignores relationships and cascades, and gives its objects no id. "
    "`add_all()` sends as few INSERTs."
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
    """`rollback()` undoes everything since the last commit, in the rows and in the objects. Objects
    that were changed or deleted are read again when you next use them; those that were added are
    no longer in the session.

    Pitfall: an object that was added keeps its attributes, even the id that it got.
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
    keywords="flush commit difference id before commit primary key transaction begin get id "
    "after saving",
    links=(f"{BASICS}#flushing", f"{BASICS}#committing"),
)
def flush(name: str = "Grace") -> dict[str, object]:
    """`flush()` sends the pending INSERTs, UPDATEs and DELETEs, so a new object gets its id before
    the commit. `commit()` flushes, then ends the transaction; only then do others see the rows.

    Pitfall: changed rows are locked from the flush until the commit or rollback: make no slow calls
    between them.

    Deprecated: `db.session.flush([person])`: call `flush()`, which sends everything.
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
    keywords="transient pending persistent deleted detached inspect object state lifecycle "
    "InvalidRequestError Instance is not persistent within this Session Instance "
    "is not persisted Instance has been deleted use the make_transient function "
    "to send this object back to the transient state",
    links=(f"{STATES}#quickie-intro-to-object-states",),
)
def object_states() -> dict[str, str]:
    """An object is transient while no session knows it, pending once it is added, persistent while
    it has a row, deleted after its DELETE, and detached when its session has let it go. Its state
    decides what `add()`, `delete()` and lazy loading do with it.

    Pitfall: a detached object can no longer load anything: reading an attribute that is not loaded
    raises DetachedInstanceError.

    Pitfall: `refresh()` needs an object that this session has loaded or flushed. Any other "is not
    persistent within this Session". `delete()` takes a detached object too, but one that was never
    flushed "is not persisted".

    Pitfall: an object whose row you deleted "has been deleted", and cannot be added again. Make a
    new object.
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
    keywords="update row change attribute edit modify set column save dirty increment counter race "
    "from a dict form json data setattr AttributeError object has no attribute update",
    links=(
        "https://docs.sqlalchemy.org/en/21/tutorial/orm_data_manipulation.html",
        FLASK,
    ),
)
def update_object(person_id: int = 1, name: str = "Amelia") -> Person:
    """To update a row, set attributes of its object: the session notices, and the next flush or
    commit sends an UPDATE of the changed columns only.

    Pitfall: `order.amount += 1` overwrites what another transaction wrote meanwhile. With
    `order.amount = Order.amount + 1` Postgres adds to the value that is there.

    Pitfall: a change inside a list or dict goes unnoticed, unless the column's type is
    MutableList or MutableDict: otherwise assign a new list or dict.

    Pitfall: a model has no method `update()`. For a dict, such as the body of a request, call
    `setattr(person, key, value)` for each key that may be set.
    """
    person = db.session.get_one(Person, person_id)
    person.name = name
    db.session.commit()
    return person


@chapter.legacy(
    warns=True,
    note="`Query.get()` warns. For a missing row it gives None; `get_one()` raises.",
)
def update_object_legacy(person_id: int = 1, name: str = "Amelia") -> Person:
    person = Person.query.get(person_id)
    person.name = name
    db.session.commit()
    return person


@chapter.recipe(
    "Delete an object",
    keywords="delete row remove object session.delete "
    "UnmappedInstanceError Class builtins.NoneType is not mapped",
    links=(f"{BASICS}#deleting", FLASK),
)
def delete_object(order_id: int = 5) -> list[Order]:
    """`db.session.delete()` marks an object, and the next flush or commit sends its DELETE. The
    cascades of its relationships apply.

    Pitfall: each object has to be loaded first. `delete(Order).where(…)` deletes many rows with one
    statement, but without the cascades.

    Pitfall: a collection that was loaded before still has the object in it until the commit.

    Pitfall: `delete(None)` raises "Class 'builtins.NoneType' is not mapped". It means that the
    query before it found no row.
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
    keywords="refresh expire expire_on_commit stale object reload populate_existing cache returns "
    "old data outdated values updated by another process ObjectDeletedError Instance has been "
    "deleted, or its row is otherwise not present",
    links=(f"{STATES}#refreshing-expiring", f"{BASICS}#committing"),
)
def refresh(name: str = "Amelia") -> dict[str, object]:
    """`refresh()` reads an object again; a SELECT alone does not overwrite what the session has
    loaded. A commit expires all objects, so each is read again at its next use.

    Pitfall: `expire_on_commit=False` saves these SELECTs, and objects can be used after their
    session is closed, but their values may be out of date.

    Pitfall: if the row of an expired object is gone, its next use raises ObjectDeletedError.
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
    "object is already attached to session New instance with identity key conflicts with "
    "persistent instance",
    links=(f"{STATES}#merging",),
)
def merge(person_id: int = 1, name: str = "Amelia") -> dict[str, object]:
    """`merge()` copies an object from outside (a cache, a form, another session) into the session:
    it loads the row with the same id and changes it, or inserts one if there is none. Attributes
    that were never set stay as they are in the row.

    Pitfall: it returns the session's own object. The one that you gave stays outside, and what you
    change in it later is lost.

    Pitfall: it sends a SELECT, then an INSERT: if two do so at once, one fails. An upsert does not.

    Pitfall: `add()` accepts a second object for a row that the session holds already. The flush
    then warns that it "conflicts with persistent instance", and its INSERT fails.
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
    "PendingRollbackError transaction has been rolled back due to a previous exception "
    "ForeignKeyViolation NotNullViolation CheckViolation InFailedSqlTransaction current "
    "transaction is aborted commands ignored until end of transaction block can't reconnect "
    "until invalid transaction is rolled back "
    "insert or update on table violates foreign key constraint Key is not present "
    "in table new row for relation violates check constraint Failing row contains "
    "null value in column violates not-null constraint",
    links=("https://docs.sqlalchemy.org/en/21/faq/sessions.html",),
)
def integrity_error(email: str = "ben@example.com") -> dict[str, object]:
    """If a row violates a constraint (unique, foreign key, not null, check), the flush or commit
    raises IntegrityError: catch it, then roll back. Until you do, every query and every commit
    raises PendingRollbackError.

    Pitfall: the rollback undoes the whole transaction. To undo one row only, insert it in a
    savepoint: `with db.session.begin_nested():`.

    Pitfall: "current transaction is aborted" means that an earlier statement has failed, and
    nobody has rolled back since. Look for the error before it.

    Pitfall: it is not enough to ask first whether the email is taken, since another transaction
    can insert it before yours does.
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
    "Duplicate key after an import: set the sequence",
    keywords="sequence out of sync behind lags setval pg_get_serial_sequence nextval duplicate key "
    "value violates unique constraint _pkey Key (id) already exists import explicit ids restore "
    "csv autoincrement serial identity reset restart",
    links=(
        "https://www.postgresql.org/docs/18/functions-sequence.html",
        "https://www.postgresql.org/docs/18/functions-info.html",
    ),
)
def set_sequence() -> dict[str, object]:
    """If an import brings ids of its own, the sequence that numbers new rows does not move, so the
    next INSERT gets an id that is taken. After the import set the sequence to the highest id.

    Pitfall: every failed INSERT uses up a number, so the error stops by itself after some tries.
    That repairs nothing: the next import brings it back.

    Pitfall: with `Identity(always=True)` Postgres refuses ids that you give, unless the INSERT says
    OVERRIDING SYSTEM VALUE, so this cannot happen by mistake.
    """
    imported = [{"id": 4, "name": "Imported 4"}, {"id": 5, "name": "Imported 5"}]
    db.session.execute(insert(Project), imported)
    db.session.commit()

    seen: dict[str, object] = {}
    db.session.add(Project(name="New"))
    try:
        db.session.commit()
    except IntegrityError as error:
        seen["before"] = error.orig.diag.message_detail
        db.session.rollback()

    sequence = func.pg_get_serial_sequence("projects", "id")
    setval = select(func.setval(sequence, func.max(Project.id)))
    seen["setval()"] = db.session.scalar(setval)
    project = Project(name="New")
    db.session.add(project)
    db.session.commit()
    seen["after"] = project
    return seen


@chapter.legacy()
def set_sequence_legacy() -> dict[str, object]:
    imported = [{"id": 4, "name": "Imported 4"}, {"id": 5, "name": "Imported 5"}]
    db.session.bulk_insert_mappings(Project, imported)
    db.session.commit()

    seen = {}
    db.session.add(Project(name="New"))
    try:
        db.session.commit()
    except IntegrityError as error:
        seen["before"] = error.orig.diag.message_detail
        db.session.rollback()

    sequence = "pg_get_serial_sequence('projects', 'id')"
    setval = f"SELECT setval({sequence}, max(id)) FROM projects"
    seen["setval()"] = db.session.execute(text(setval)).scalar()
    project = Project(name="New")
    db.session.add(project)
    db.session.commit()
    seen["after"] = project
    return seen


@chapter.recipe(
    "Autoflush",
    keywords="autoflush no_autoflush flush before query premature IntegrityError text",
    links=(f"{BASICS}#flushing",),
)
def autoflush() -> dict[str, int]:
    """Before each query the session flushes: it sends the pending changes, so that the query sees
    them. Since SQLAlchemy 2.1 it does so before `text()` too.

    Pitfall: a query, or a lazy load, also flushes an object that does not have all its values yet,
    which raises IntegrityError for a NOT NULL column. Put that part into
    `with db.session.no_autoflush:`.
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
    "invalid before saving "
    "ValueError a string literal cannot contain NUL 0x00 characters "
    "UntranslatableCharacter unsupported Unicode escape sequence \\u0000 cannot "
    "be converted to text",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/mapped_attributes.html#simple-validators",
    ),
)
def validate(email: str = "Ann@Example.com ") -> dict[str, object]:
    """Check or correct a value whenever an attribute is set: a method with the decorator
    `@validates` returns the value to store, or raises.

    Pitfall: `insert()`, `update()` and plain SQL do not call it. What must always be true belongs
    in a constraint of the table.

    Pitfall: it is called for None too, but not for defaults, nor for rows that are loaded.

    Pitfall: Postgres stores no NUL character: psycopg2 raises "A string literal cannot contain
    NUL", and of JSONB Postgres says "cannot be converted to text". Remove it here, with
    `value.replace("\\0", "")`.
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


@chapter.recipe(
    "Copy a row",
    keywords="clone duplicate row object copy instance new primary key make_transient copy.copy "
    "column_attrs deep copy template",
    links=(
        f"{STATES}",
        "https://docs.sqlalchemy.org/en/21/orm/session_api.html#sqlalchemy.orm.make_transient",
    ),
)
def clone(order_id: int = 1) -> list[Order]:
    """To copy a row, make a new object of its values, without the primary key and whatever else
    must be new. Or take the loaded object itself out of the session with `make_transient()`, set
    its id to None, and add it again.

    Pitfall: related objects are not copied. Copy each child, and add the copies to the new parent.

    Pitfall: `make_transient()` loses attributes that are not loaded, as after a commit. Refresh the
    object first.

    Pitfall: Python's `copy.copy()` inserts nothing, because the copy shares the state by which the
    session knows the object. To copy many rows, see the recipe `insert-from-select`.
    """
    order = db.session.get_one(Order, order_id)
    again = {"id", "placed_at"}  # the database gives these anew
    columns = [column.key for column in inspect(Order).column_attrs]
    values = {key: getattr(order, key) for key in columns if key not in again}
    db.session.add(Order(**values))
    db.session.commit()

    db.session.refresh(order)
    make_transient(order)
    order.id = None
    db.session.add(order)
    db.session.commit()
    return db.session.scalars(select(Order).order_by(Order.id.desc()).limit(3)).all()
