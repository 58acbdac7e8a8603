"""Loading: what is fetched when, and how often."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportOptionalMemberAccess=false, reportRedeclaration=false
# ruff: noqa: N805, N806

from decimal import Decimal
from itertools import islice

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Text,
    and_,
    event,
    func,
    orm,
    select,
)
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    column_property,
    declarative_base,
    mapped_column,
    relationship,
    with_parent,
)
from sqlalchemy.orm.exc import DetachedInstanceError

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project

chapter = Chapter("E", "Loading")

RELATIONSHIPS = "https://docs.sqlalchemy.org/en/21/orm/queryguide/relationships.html"
COLUMNS = "https://docs.sqlalchemy.org/en/21/orm/queryguide/columns.html"


@chapter.recipe(
    "N+1 queries, counted",
    keywords="n plus one lazy loading select slow loop too many queries performance",
    links=(f"{RELATIONSHIPS}#lazy-loading",),
)
def n_plus_one(limit: int = 6) -> dict[str, int]:
    """Lazy loading, the default, sends a query for each object whose relationship is read:
    after one query for N persons, a loop over their orders sends N more. `selectinload()` needs
    two queries for the same.

    Pitfall: no line of the loop looks like a query. Count the statements, or forbid lazy
    loading with `raiseload()`.
    """
    persons = db.session.scalars(select(Person).order_by(Person.id).limit(limit))
    return {person.name: len(person.orders) for person in persons}


@chapter.legacy()
def n_plus_one_legacy(limit: int = 6) -> dict[str, int]:
    persons = Person.query.order_by(Person.id).limit(limit)
    return {person.name: len(person.orders) for person in persons}


@chapter.recipe(
    "Eager loading: selectinload",
    keywords="n plus one fix eager load collection in two queries subqueryload nested "
    "Strings are not accepted for attribute names in loader options please use "
    "class-bound attributes directly",
    links=(f"{RELATIONSHIPS}#select-in-loading",),
)
def selectinload(limit: int = 6) -> dict[str, int]:
    """`selectinload()` loads a relationship for all objects of a query at once, with one more
    statement for each 500 objects. It is the right choice for lists.

    Removed: `selectinload("orders")`: loader options no longer take a name as a string; give
    the attribute.
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
    """`joinedload()` loads a relationship in the same statement, by an outer join. It is the
    right choice for a relationship to a single object, such as `Order.person`, because the join
    then adds no rows.

    Pitfall: the join to a list repeats the parent on each row. Call `.unique()` on the result
    to remove the repetitions; without it, reading the result raises InvalidRequestError. The
    legacy `Query` removes them by itself.

    Pitfall: `where()` and `order_by()` cannot refer to the table that it joins. Join it
    yourself, and use `contains_eager()`.
    """
    query = select(Person).options(orm.joinedload(Person.orders)).order_by(Person.id)
    persons = db.session.scalars(query).unique()
    return {person.name: len(person.orders) for person in persons}


@chapter.legacy()
def joinedload_legacy() -> dict[str, int]:
    persons = Person.query.options(db.joinedload(Person.orders)).order_by(Person.id)
    return {person.name: len(person.orders) for person in persons}


@chapter.recipe(
    "Eager loading over several levels",
    keywords="nested eager loading chain multi-level deep grandchildren selectinload options "
    "chained relationships of relationships "
    "Mapped attribute does not apply to any of the root entities in this query "
    "please specify the full path from one of the root entities to the target "
    "attribute",
    links=(f"{RELATIONSHIPS}#relationship-loading-with-loader-options",),
)
def nested_loading() -> dict[str, int]:
    """To load what is related to the related objects, chain the options, one for each level:
    `selectinload(Project.persons).selectinload(Person.orders)`. If one level leads to several
    relationships, give these to `options()` of its loader.

    Pitfall: an option covers only the path that it names. Persons who come from elsewhere, such
    as `person.manager`, still load their orders lazily.

    Pitfall: each chain begins at a class that the query selects. Otherwise SQLAlchemy says that its
    first attribute "does not apply to any of the root entities".
    """
    projects = select(Project).options(
        orm.selectinload(Project.persons).options(
            orm.load_only(Person.name),
            orm.selectinload(Person.orders).load_only(Order.id),
        )
    )
    return {
        project.name: sum(len(person.orders) for person in project.persons)
        for project in db.session.scalars(projects.order_by(Project.id))
    }


@chapter.legacy(
    note="Its two joins give a row for each order of each person of each project."
)
def nested_loading_legacy() -> dict[str, int]:
    projects = Project.query.options(
        db.joinedload(Project.persons).joinedload(Person.orders)
    )
    return {
        project.name: sum(len(person.orders) for person in project.persons)
        for project in projects.order_by(Project.id)
    }


@chapter.recipe(
    "Load what a join found: contains_eager",
    keywords="eager load from own join filter related collection partial populate_existing",
    links=(
        f"{RELATIONSHIPS}#routing-explicit-joins-statements-into-eagerly-loaded-collections",
    ),
)
def contains_eager(status: OrderStatus = OrderStatus.SHIPPED) -> dict[str, list[Order]]:
    """`contains_eager()` fills a relationship from a join that you wrote, so that the query can
    filter and sort what is loaded. Persons for whom the join finds nothing are left out.

    Pitfall: the lists hold only the rows that matched, so do not change them.

    Pitfall: an object that the session has loaded before keeps its old list, unless the query
    sets `populate_existing`.
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
    "Load some of the children, keep every parent",
    keywords="filter eager loading condition selectinload and_ where on relationship filtered "
    "collection outer join with_loader_criteria only matching children",
    links=(f"{RELATIONSHIPS}#adding-criteria-to-loader-options",),
)
def loading_criteria(
    status: OrderStatus = OrderStatus.SHIPPED,
) -> dict[str, list[Order]]:
    """A condition in the loader option, `Person.orders.and_(…)`, filters the lists and keeps the
    persons whose list is empty. `with_loader_criteria()` sets a condition for a class wherever
    the query loads it.

    Pitfall: the lists hold only the rows that matched, so do not change them.

    Pitfall: an object that the session has loaded before keeps its old list, unless the query
    sets `populate_existing`.
    """
    orders = Person.orders.and_(Order.status == status)
    persons = select(Person).options(orm.selectinload(orders)).order_by(Person.id)
    return {person.name: person.orders for person in db.session.scalars(persons)}


@chapter.legacy(
    note="The condition is in the ON of an outer join; in WHERE it would drop persons."
)
def loading_criteria_legacy(
    status: OrderStatus = OrderStatus.SHIPPED,
) -> dict[str, list[Order]]:
    persons = (
        Person.query.outerjoin(
            Order, and_(Order.person_id == Person.id, Order.status == status)
        )
        .options(db.contains_eager(Person.orders))
        .order_by(Person.id)
    )
    return {person.name: person.orders for person in persons}


@chapter.recipe(
    "Eager loading with a limit: the newest of each",
    keywords="limit eager loaded collection top n children latest relationship to "
    "aliased class window function",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/join_conditions.html"
        "#row-limited-relationships-with-window-functions",
    ),
)
def limited_loading(limit: int = 1) -> dict[str, list[Order]]:
    """No loader option has a limit. Rank the rows of each parent in a subquery, and make a
    relationship to that, with the limit in its condition; it can be loaded eagerly like any
    other.

    Pitfall: `limit()` on the query itself limits the parents, or the rows of a join, never the
    list of each parent.
    """

    class Base(DeclarativeBase):
        pass

    newest_first = func.row_number().over(
        partition_by=Order.person_id, order_by=Order.placed_at.desc()
    )
    ranked = select(Order, newest_first.label("rank")).subquery()
    Newest = aliased(Order, ranked)

    class Customer(Base):
        __tablename__ = "persons"  # it maps only some of the columns
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        newest: Mapped[list[Order]] = relationship(
            Newest,
            primaryjoin=lambda: and_(
                # A relationship of Person itself needs no foreign().
                Customer.id == orm.foreign(Newest.person_id),
                ranked.c.rank <= limit,
            ),
            order_by=Newest.placed_at.desc(),
            viewonly=True,
        )

    customers = select(Customer).options(orm.selectinload(Customer.newest))
    return {
        customer.name: customer.newest
        for customer in db.session.scalars(customers.order_by(Customer.id))
    }


@chapter.recipe(
    "lazy= and the loader options, compared",
    keywords="lazy select selectin joined subquery immediate raise dynamic noload write_only "
    "lazyload difference default strategy relationship loading techniques",
    links=(
        f"{RELATIONSHIPS}#summary-of-relationship-loading-styles",
        f"{RELATIONSHIPS}#configuring-loader-strategies-at-mapping-time",
    ),
)
def lazy_strategies() -> dict[str, int]:
    """`lazy=` of a `relationship()` says how it is loaded unless a query says otherwise, and an
    option of the query, such as `selectinload()` for `lazy="selectin"`, overrides it. Here each
    option loads the orders of six persons, and the result counts the statements.

    Pitfall: `lazy="selectin"` or `"joined"` in the model makes every query of that class load
    the relationship, needed or not. Keep the default there, and choose in the query.
    """
    options = {
        "lazyload": orm.lazyload,  # lazy="select", the default
        "selectinload": orm.selectinload,
        "subqueryload": orm.subqueryload,
        "joinedload": orm.joinedload,
    }

    def count(option) -> int:
        sent = []
        with Session(db.engine) as session:
            event.listen(
                session.connection(),
                "before_cursor_execute",
                lambda *args: sent.append(args),
            )
            persons = select(Person).options(option(Person.orders))
            for person in session.scalars(persons).unique():
                len(person.orders)
        return len(sent)

    return {name: count(option) for name, option in options.items()}


@chapter.recipe(
    "Filter, sort and count the children of one object",
    keywords="with_parent 'InstrumentedList' object has no attribute 'filter' order_by filter_by "
    "relationship query orders of one user count children without loading len",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html"
        "#relationship-instance-comparison",
    ),
)
def with_parent_filter(least: Decimal = Decimal(100)) -> dict[str, object]:
    """A relationship is a plain list: it has no `filter()`, and `len()` loads all of its rows. To
    filter, sort or count them in the database, select them `with_parent()`.

    Pitfall: if the list is loaded already, filter it in Python; each such query goes to the
    database again.
    """
    amy = db.session.get_one(Person, 1)
    of_amy = with_parent(amy, Person.orders)
    large = (
        select(Order)
        .where(of_amy, Order.amount >= least)
        .order_by(Order.placed_at.desc())
    )
    return {
        "large": db.session.scalars(large).all(),
        "count": db.session.scalar(select(func.count(Order.id)).where(of_amy)),
    }


@chapter.legacy(warns=True)
def with_parent_filter_legacy(least: Decimal = Decimal(100)) -> dict[str, object]:
    amy = Person.query.filter_by(id=1).one()
    of_amy = Order.query.with_parent(amy, Person.orders)
    large = of_amy.filter(Order.amount >= least).order_by(Order.placed_at.desc())
    return {"large": large.all(), "count": of_amy.count()}


@chapter.recipe(
    "Forbid lazy loading: raiseload",
    keywords="raise lazy load prevent n plus one noload lazy raise strict test "
    "InvalidRequestError is not available due to lazy raise",
    links=(f"{RELATIONSHIPS}#preventing-unwanted-lazy-loads-using-raiseload",),
    raises=InvalidRequestError,
)
def raiseload() -> list[Order]:
    """`raiseload()` makes a lazy load an error, so that a test notices N+1 queries before
    production does. `raiseload("*")` does so for every relationship that no other option loads.

    Deprecated: `noload()`: it leaves the list empty, as though there were no rows.
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
    """`load_only()` loads the primary key and only the columns that you name; `defer()` loads
    all columns except those that you name. Use them for tables with large columns: the objects
    can still be changed and saved.

    Pitfall: reading a column that was left out loads it, with a statement for each object;
    `raiseload=True` makes that an error. If you need no objects, `select(Person.id,
    Person.name)` costs less.

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
    keywords="stream server side named cursor batch chunks partitions large result memory export "
    "out of memory millions of rows",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/queryguide/api.html"
        "#fetching-large-result-sets-with-yield-per",
    ),
)
def yield_per(size: int = 3) -> list[list[int]]:
    """`yield_per` reads a large result in batches from a cursor on the server, so that not all
    rows are in memory at once. `partitions()` gives each batch as a list; a plain `for` over
    the result gives one object at a time.

    Pitfall: `joinedload()` of a list and `subqueryload()` do not work with it and raise
    InvalidRequestError. `selectinload()` works, with a statement for each batch.

    Pitfall: the cursor ends with its transaction, so do not commit before you have read all
    rows.
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
    """DetachedInstanceError, "Parent instance is not bound to a Session", means that an object
    outlived its session and then had to load something. Load it before the session ends, for
    example with `selectinload()`, or keep the session open until the response is rendered.

    Pitfall: a commit expires all attributes, so if the session ends after it, even
    `person.name` raises this. `Session(…, expire_on_commit=False)` keeps the values.

    Pitfall: do not hand an object to another thread or session. Pass its id and load it there,
    or use `session.merge(person)`.
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
    "count of related if else filter",
    links=(
        "https://docs.sqlalchemy.org/en/21/orm/extensions/hybrid.html",
        "https://docs.sqlalchemy.org/en/21/orm/mapped_sql_expr.html",
    ),
)
def hybrid() -> dict[str, object]:
    """A hybrid property works on an object in Python and in a query as SQL; if one expression
    cannot serve both, `expression` gives the SQL. A `column_property()` is an SQL expression,
    such as a count, that each SELECT of the class includes.

    Pitfall: a `column_property()` is computed when its object is loaded, and shows later
    changes only after a refresh.

    Pitfall: an `if` or `or` in a hybrid property is Python, and not SQL. In a query it decides once
    for all rows, or raises TypeError: write `case()` in an `expression` instead.
    """

    class Base(DeclarativeBase):
        pass

    class Customer(Base):
        __tablename__ = "persons"  # it maps only some of the columns
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
        __tablename__ = "persons"  # it maps only some of the columns
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
