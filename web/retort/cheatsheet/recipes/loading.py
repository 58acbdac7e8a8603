"""Loading: what is fetched when, and how often."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false, reportRedeclaration=false
# ruff: noqa: N805, N806

from itertools import islice

from sqlalchemy import Column, ColumnElement, Integer, Text, func, orm, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    declarative_base,
    mapped_column,
)
from sqlalchemy.orm.exc import DetachedInstanceError

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person

chapter = Chapter("E", "Loading")

RELATIONSHIPS = "https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html"
COLUMNS = "https://docs.sqlalchemy.org/en/21/orm/queryguide/columns.html"


@chapter.recipe(
    "N+1 queries, counted",
    keywords="n plus one lazy loading select slow loop too many queries performance",
    links=(f"{RELATIONSHIPS}#lazy-loading",),
)
def n_plus_one(limit: int = 6) -> dict[str, int]:
    """N+1 queries: one for the objects, then one more for each of them, when a loop touches a
    relationship. That is lazy loading, the default; the next recipe does it in two.

    Pitfall: no line of the loop looks like a query: count the statements, or forbid them with
    `raiseload()`.
    """
    persons = db.session.scalars(select(Person).order_by(Person.id).limit(limit))
    return {person.name: len(person.orders) for person in persons}


@chapter.legacy()
def n_plus_one_legacy(limit: int = 6) -> dict[str, int]:
    persons = Person.query.order_by(Person.id).limit(limit)
    return {person.name: len(person.orders) for person in persons}


@chapter.recipe(
    "Eager loading: selectinload",
    keywords="n plus one fix eager load collection in two queries subqueryload nested",
    links=(f"{RELATIONSHIPS}#select-in-loading",),
)
def selectinload(limit: int = 6) -> dict[str, int]:
    """`selectinload()` loads a relationship for all objects at once: one statement more, for
    each 500 objects. It is the right choice for lists, and further levels follow
    by a dot: `selectinload(Project.persons).selectinload(Person.orders)`.

    Removed: `selectinload("orders")`: no loader takes names as strings; give the attribute.
    """
    query = select(Person).order_by(Person.id).limit(limit)
    persons = db.session.scalars(query.options(orm.selectinload(Person.orders)))
    return {person.name: len(person.orders) for person in persons}


@chapter.legacy(note="`subqueryload()` runs the first query once more, as a subquery.")
def selectinload_legacy(limit: int = 6) -> dict[str, int]:
    query = Person.query.order_by(Person.id).limit(limit)
    persons = query.options(db.subqueryload(Person.orders))
    return {person.name: len(person.orders) for person in persons}


@chapter.recipe(
    "Eager loading in one query: joinedload, unique",
    keywords="eager load left outer join one query many to one unique duplicates innerjoin "
    "unique() method must be invoked on this Result",
    links=(f"{RELATIONSHIPS}#joined-eager-loading",),
)
def joinedload() -> dict[str, int]:
    """`joinedload()` loads a relationship in the same statement, by an outer join. The right
    choice for a single object, such as `Order.person`, and there nothing more is needed.

    Pitfall: for a list it repeats the parent on each row, and `.unique()` must remove the
    repetitions, or InvalidRequestError is raised. `Query` does so by itself.

    Pitfall: its join is hidden, so `where()` and `order_by()` cannot use it: `contains_eager()`.
    """
    query = select(Person).options(orm.joinedload(Person.orders)).order_by(Person.id)
    persons = db.session.scalars(query).unique()
    return {person.name: len(person.orders) for person in persons}


@chapter.legacy()
def joinedload_legacy() -> dict[str, int]:
    persons = Person.query.options(db.joinedload(Person.orders)).order_by(Person.id)
    return {person.name: len(person.orders) for person in persons}


@chapter.recipe(
    "Load what a join found: contains_eager",
    keywords="eager load from own join filter related collection partial populate_existing",
    links=(f"{RELATIONSHIPS}#routing-explicit-joins-statements-into-eagerly-loaded-collections",),
)
def contains_eager(status: OrderStatus = OrderStatus.SHIPPED) -> dict[str, list[Order]]:
    """`contains_eager()` fills a relationship from a join of your own, so that the join can
    filter and sort what is loaded. `selectinload(Person.orders.and_(…))` filters too, and
    keeps the persons whose list is empty.

    Pitfall: the lists hold only what matched, so take them for reading. Without
    `populate_existing` an object that is loaded already keeps its old list.
    """
    persons = db.session.scalars(
        select(Person)
        .join(Person.orders)
        .where(Order.status == status)
        .options(orm.contains_eager(Person.orders))
        .order_by(Person.id, Order.id)
        .execution_options(populate_existing=True)
    ).unique()
    return {person.name: person.orders for person in persons}


@chapter.legacy()
def contains_eager_legacy(
    status: OrderStatus = OrderStatus.SHIPPED,
) -> dict[str, list[Order]]:
    persons = (
        Person.query.join(Person.orders)
        .filter(Order.status == status)
        .options(db.contains_eager(Person.orders))
        .order_by(Person.id, Order.id)
        .populate_existing()
    )
    return {person.name: person.orders for person in persons}


@chapter.recipe(
    "Forbid lazy loading: raiseload",
    keywords="raise lazy load prevent n plus one noload lazy raise strict test",
    links=(f"{RELATIONSHIPS}#preventing-unwanted-lazy-loads-using-raiseload",),
    raises=InvalidRequestError,
)
def raiseload() -> list[Order]:
    """`raiseload()` makes a lazy load an error, so that N+1 queries show in a test rather than
    in production. `raiseload("*")` forbids all that no other option loads.

    Deprecated: `noload()`: gives an empty list, as though there were no rows.
    """
    amy = select(Person).where(Person.name == "Amy")
    person = db.session.scalars(amy.options(orm.raiseload(Person.orders))).one()
    return person.orders


@chapter.legacy()
def raiseload_legacy() -> list[Order]:
    amy = Person.query.filter_by(name="Amy")
    person = amy.options(db.raiseload(Person.orders)).one()
    return person.orders


@chapter.recipe(
    "Fewer columns: load_only, defer",
    keywords="partial object select some columns deferred undefer large big column skip "
    "don't fetch text blob",
    links=(f"{COLUMNS}#limiting-which-columns-load-with-column-deferral",),
)
def load_only() -> dict[str, object]:
    """`load_only()` loads the columns you name and the primary key, `defer()` all but those
    you name: for tables with large columns. The objects can still be changed and saved.

    Pitfall: touching a column that was left out loads it, with one statement for each object;
    `raiseload=True` forbids that. If you only read, `select(Person.id, Person.name)` is
    lighter.

    Removed: `load_only("name")`: give the attribute `Person.name`.
    """
    first = select(Person).order_by(Person.id).limit(1)
    amy = db.session.scalars(first.options(orm.load_only(Person.name))).one()
    ben = db.session.scalars(first.offset(1).options(orm.defer(Person.profile))).one()
    return {"only the name": amy.name, "loaded when touched": ben.profile}


@chapter.legacy()
def load_only_legacy() -> dict[str, object]:
    first = Person.query.order_by(Person.id)
    amy = first.options(db.load_only(Person.name)).first()
    ben = first.options(db.defer(Person.profile)).offset(1).first()
    return {"only the name": amy.name, "loaded when touched": ben.profile}


@chapter.recipe(
    "Many rows, little memory: yield_per",
    keywords="stream server side cursor batch chunks partitions large result memory export",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/queryguide/api.html"
        "#fetching-large-result-sets-with-yield-per",
    ),
)
def yield_per(size: int = 3) -> list[list[int]]:
    """`yield_per` reads a large result in batches, from a cursor on the server, instead of
    all rows into memory at once. `partitions()` gives each batch as a list; a plain `for`
    over the result works too.

    Pitfall: `joinedload()` of a list and `subqueryload()` raise InvalidRequestError with it;
    `selectinload()` works, with a statement for each batch.

    Pitfall: the cursor lives in its transaction: do not commit before the end.
    """
    orders = select(Order).order_by(Order.id).execution_options(yield_per=size)
    batches = db.session.scalars(orders).partitions()
    return [[order.id for order in batch] for batch in batches]


@chapter.legacy(note="`Query` has no `partitions()`.")
def yield_per_legacy(size: int = 3) -> list[list[int]]:
    orders = iter(Order.query.order_by(Order.id).yield_per(size))
    batches = []
    while batch := list(islice(orders, size)):
        batches.append([order.id for order in batch])
    return batches


@chapter.recipe(
    "DetachedInstanceError",
    keywords="detached instance not bound to a session lazy load cannot proceed closed session "
    "after request template background task bhk3",
    links=("https://docs.sqlalchemy.org/en/21/errors.html#error-bhk3",),
    raises=DetachedInstanceError,
)
def detached_instance_error() -> list[Order]:
    """DetachedInstanceError: "Parent instance is not bound to a Session": an object outlived
    its session, and then had to load something. Load it before the session ends, as with
    `selectinload()`, or keep the session open until the answer is rendered.

    Pitfall: after a commit each attribute loads again, so even `person.name` raises then;
    `Session(…, expire_on_commit=False)` leaves them as they are.

    Pitfall: an object of another session or thread: `session.merge(person)`, or pass its id
    and load it anew.
    """
    with Session(db.engine) as session:
        person = session.scalars(select(Person).order_by(Person.id).limit(1)).one()
    return person.orders


@chapter.legacy()
def detached_instance_error_legacy() -> list[Order]:
    session = Session(db.engine)
    person = session.query(Person).order_by(Person.id).first()
    session.close()
    return person.orders


@chapter.recipe(
    "Computed attributes: hybrid, column_property",
    keywords="hybrid_property computed virtual column property expression inplace calculated "
    "count of related",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/extensions/hybrid.html",
        "https://docs.sqlalchemy.org/en/21/orm/mapped_sql_expr.html",
    ),
)
def hybrid() -> dict[str, object]:
    """Computed attributes: a hybrid is a property in Python and an expression in SQL, from
    one text where both understand it, else with an `expression` for SQL. A
    `column_property()` is SQL that each SELECT of the class brings along, such as a count.

    Pitfall: a `column_property()` is as old as its object: it follows no change before a
    refresh.
    """

    class Base(DeclarativeBase):
        pass

    class Customer(Base):
        __tablename__ = "persons"  # of which it has some columns
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        orders: Mapped[int] = column_property(
            select(func.count(Order.id)).where(Order.person_id == id).scalar_subquery()
        )

        @hybrid_property
        def is_regular(self) -> bool:
            return self.orders > 1

        @hybrid_property
        def initial(self) -> str:
            return self.name[0]

        @initial.inplace.expression
        @classmethod
        def _initial(cls) -> ColumnElement[str]:
            return func.left(cls.name, 1)

    with Session(db.engine) as session:
        regular = select(Customer.initial).where(Customer.is_regular)
        amy = session.get(Customer, 1)
        return {
            "in Python": [amy.orders, amy.is_regular, amy.initial],
            "in SQL": session.scalars(regular.order_by(Customer.id)).all(),
        }


@chapter.legacy()
def hybrid_legacy() -> dict[str, object]:
    Base = declarative_base()

    class Customer(Base):
        __tablename__ = "persons"  # of which it has some columns
        id = Column(Integer, primary_key=True)
        name = Column(Text, nullable=False)
        orders = column_property(
            select(func.count(Order.id)).where(Order.person_id == id).scalar_subquery()
        )

        @hybrid_property
        def is_regular(self):
            return self.orders > 1

        @hybrid_property
        def initial(self):
            return self.name[0]

        @initial.expression
        def initial(cls):
            return func.left(cls.name, 1)

    with Session(db.engine) as session:
        regular = session.query(Customer.initial).filter(Customer.is_regular)
        amy = session.query(Customer).filter_by(id=1).one()
        return {
            "in Python": [amy.orders, amy.is_regular, amy.initial],
            "in SQL": [initial for (initial,) in regular.order_by(Customer.id)],
        }
