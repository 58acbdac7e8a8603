"""Read: find rows, and get them in the shape that is wanted."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false

from decimal import Decimal

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person

chapter = Chapter("R", "Read")

ORM = "https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html"
LEGACY = "https://docs.sqlalchemy.org/en/21/orm/queryguide/query.html"
TUTORIAL = "https://docs.sqlalchemy.org/en/21/tutorial/data_select.html"
OPERATORS = "https://docs.sqlalchemy.org/en/21/core/operators.html"
ROWS = "https://docs.sqlalchemy.org/en/21/core/connections.html"
SESSION = "https://docs.sqlalchemy.org/en/21/orm/session_basics.html"
FLASK = "https://flask-sqlalchemy.readthedocs.io/en/3.1.x/queries/"


@chapter.recipe(
    "select(), session.query() and Model.query",
    keywords="query select Model.query session.query legacy 1.x 2.0 style migrate read rows",
    links=(ORM, LEGACY, "https://flask-sqlalchemy.readthedocs.io/en/3.1.x/legacy-query/"),
)
def query(manager_id: int = 1) -> dict[str, object]:
    """Query rows with `select()`, and let the session execute it: `scalars()` for objects,
    `execute()` for rows. `Model.query` and `session.query()` are the legacy form of it: they
    are not going away and do not warn, but new features come to `select()`.

    Removed: `select([Person.id, Person.name])`: no list, the columns one after the other.
    """
    persons = select(Person).where(Person.manager_id == manager_id)
    columns = select(Person.name, Person.email).where(Person.manager_id == manager_id)
    return {
        "objects": db.session.scalars(persons.order_by(Person.id)).all(),
        "rows": db.session.execute(columns.order_by(Person.id)).all(),
    }


@chapter.legacy(note="Model.query is session.query(Model) of Flask-SQLAlchemy.")
def query_legacy(manager_id: int = 1) -> dict[str, object]:
    persons = Person.query.filter(Person.manager_id == manager_id)
    columns = db.session.query(Person.name, Person.email)
    columns = columns.filter(Person.manager_id == manager_id)
    return {
        "objects": persons.order_by(Person.id).all(),
        "rows": columns.order_by(Person.id).all(),
    }


@chapter.recipe(
    "All rows, scalars",
    keywords="all scalars execute tuple Row list iterate fetchall single column flat "
    "query returns tuples instead of objects",
    links=(ORM, ROWS),
)
def scalars(limit: int = 2) -> dict[str, object]:
    """Get all objects as a list with `scalars()`: `execute()` gives rows, so that each object
    is alone in a tuple.

    Pitfall: `scalars()` takes the first column and drops the others without a word.

    Pitfall: a result can be read only once; `all()` keeps it as a list.
    """
    persons = select(Person).order_by(Person.id).limit(limit)
    names = select(Person.name, Person.email).order_by(Person.id).limit(limit)
    return {
        "execute(objects)": db.session.execute(persons).all(),
        "scalars(objects)": db.session.scalars(persons).all(),
        "execute(columns)": db.session.execute(names).all(),
        "scalars(columns)": db.session.scalars(names).all(),
    }


@chapter.legacy(note="Query gives a lone object as it is, but a lone column in a tuple.")
def scalars_legacy(limit: int = 2) -> dict[str, object]:
    persons = Person.query.order_by(Person.id).limit(limit)
    names = db.session.query(Person.name, Person.email).order_by(Person.id).limit(limit)
    return {
        "execute(objects)": [(person,) for person in persons],
        "scalars(objects)": persons.all(),
        "execute(columns)": names.all(),
        "scalars(columns)": [name for name, _ in names],
    }


@chapter.recipe(
    "The first row",
    keywords="first limit 1 one row newest latest None scalar top",
    links=(ORM, LEGACY),
)
def first(status: OrderStatus = OrderStatus.PENDING) -> Order | None:
    """Get the first row or None with `limit(1)` and `first()`, here the newest order.

    Pitfall: `scalars(…).first()`, `session.scalar()` and `db.first_or_404()` add no LIMIT 1,
    unlike `Query.first()`: without `limit(1)` Postgres sends all rows.

    Pitfall: without `order_by()` any row may be the first.
    """
    orders = select(Order).where(Order.status == status)
    newest = orders.order_by(Order.placed_at.desc()).limit(1)
    return db.session.scalars(newest).first()


@chapter.legacy()
def first_legacy(status: OrderStatus = OrderStatus.PENDING) -> Order | None:
    orders = Order.query.filter(Order.status == status)
    return orders.order_by(Order.placed_at.desc()).first()


@chapter.recipe(
    "Exactly one row",
    keywords="one one_or_none scalar_one NoResultFound MultipleResultsFound "
    "Multiple rows were found single unique row",
    links=(ORM, ROWS),
)
def one(name: str = "Amy") -> dict[str, object]:
    """Get exactly one row with `one()`, which raises NoResultFound or MultipleResultsFound
    otherwise. `one_or_none()` gives None for no row, and raises for several.

    Pitfall: `session.scalar()` gives the first of several without a word; `Query.scalar()`
    raises.
    """
    named = select(Person).where(Person.name == name)
    nobody = select(Person).where(Person.name == "Nobody")
    found: dict[str, object] = {
        "one()": db.session.scalars(named).one(),
        "one_or_none() of none": db.session.scalars(nobody).one_or_none(),
    }
    try:
        db.session.scalars(nobody).one()
    except NoResultFound as error:
        found["one() of none"] = error
    try:
        db.session.scalars(select(Person)).one_or_none()
    except MultipleResultsFound as error:
        found["one_or_none() of several"] = error
    return found


@chapter.legacy()
def one_legacy(name: str = "Amy") -> dict[str, object]:
    named = Person.query.filter_by(name=name)
    nobody = Person.query.filter_by(name="Nobody")
    found: dict[str, object] = {
        "one()": named.one(),
        "one_or_none() of none": nobody.one_or_none(),
    }
    try:
        nobody.one()
    except NoResultFound as error:
        found["one() of none"] = error
    try:
        Person.query.one_or_none()
    except MultipleResultsFound as error:
        found["one_or_none() of several"] = error
    return found


@chapter.recipe(
    "Get by primary key, the identity map",
    keywords="get by id primary key find session.get Query.get get_one identity map cache",
    links=(f"{SESSION}#get-by-primary-key", FLASK),
)
def get(person_id: int = 1) -> dict[str, object]:
    """Get an object by its id, or None: `session.get()` sends no SELECT for one that the
    session holds already and has not expired. In a session each row is one object, however it
    was read (the identity map).

    Deprecated: `Query.get()`: `db.session.get(Person, 1)`.

    Deprecated: `Query.get_or_404()`: `db.get_or_404(Person, 1)`.
    """
    person = db.session.get(Person, person_id)
    again = db.session.get(Person, person_id)
    selected = db.session.scalars(select(Person).where(Person.id == person_id)).first()
    return {
        "get": person,
        "again": again is person,
        "select": selected is person,
        "missing": db.session.get(Person, 0),
    }


@chapter.legacy(warns=True, note="Query.get() warns: it has moved to the session.")
def get_legacy(person_id: int = 1) -> dict[str, object]:
    person = Person.query.get(person_id)
    again = Person.query.get(person_id)
    selected = Person.query.filter_by(id=person_id).first()
    return {
        "get": person,
        "again": again is person,
        "select": selected is person,
        "missing": Person.query.get(0),
    }


@chapter.recipe(
    "Conditions: where, filter and filter_by",
    keywords="where filter filter_by condition equal between AmbiguousColumnError WHERE",
    links=(f"{TUTORIAL}#the-where-clause", ORM),
)
def filter_by(name: str = "Deniz", least: Decimal = Decimal(20)) -> dict[str, object]:
    """Filter rows with `where()` and any expression of columns, or with `filter_by()` and
    names that must equal values. `filter()` is another name of `where()`; several conditions
    are joined by AND.

    Pitfall: since 2.1 `select().filter_by()` looks for the name in all tables of the FROM,
    and raises AmbiguousColumnError where two have it (`id`); `Query.filter_by()` looks in the
    last one joined only.

    Removed: `filter("amount > 20")`: plain text must be `text("amount > 20")`.
    """
    orders = select(Order).join(Order.person).order_by(Order.id)
    where = orders.where(Order.amount >= least, Order.status != OrderStatus.CANCELLED)
    return {
        "where": db.session.scalars(where).all(),
        "filter_by": db.session.scalars(orders.filter_by(name=name)).all(),
    }


@chapter.legacy()
def filter_by_legacy(
    name: str = "Deniz",
    least: Decimal = Decimal(20),
) -> dict[str, object]:
    orders = Order.query.join(Order.person).order_by(Order.id)
    where = orders.filter(Order.amount >= least, Order.status != OrderStatus.CANCELLED)
    return {
        "where": where.all(),
        "filter_by": orders.filter_by(name=name).all(),
    }


@chapter.recipe(
    "AND, OR, NOT",
    keywords="or_ and_ not_ boolean logic combine conditions operators | & ~ parentheses",
    links=(f"{OPERATORS}#conjunction-operators",),
)
def and_or_not(least: Decimal = Decimal(100)) -> dict[str, object]:
    """Combine conditions with OR, AND and NOT: `or_()`, `and_()`, `not_()`, or `|`, `&`, `~`
    with parentheses around each comparison.

    Pitfall: Python's own `and`, `or`, `not` cannot be used: with `==` they drop a condition
    and say nothing, otherwise they raise TypeError.

    Deprecated: `or_()`: with no condition, as from an empty list: write
    `or_(False, *conditions)`, and `and_(True, *conditions)`.
    """
    pending = Order.status == OrderStatus.PENDING
    cancelled = Order.status == OrderStatus.CANCELLED
    functions = or_(pending, and_(Order.amount > least, not_(cancelled)))
    operators = pending | ((Order.amount > least) & ~cancelled)
    orders = select(Order).order_by(Order.id)
    return {
        "functions": db.session.scalars(orders.where(functions)).all(),
        "operators": db.session.scalars(orders.where(operators)).all(),
    }


@chapter.legacy()
def and_or_not_legacy(least: Decimal = Decimal(100)) -> dict[str, object]:
    pending = Order.status == OrderStatus.PENDING
    cancelled = Order.status == OrderStatus.CANCELLED
    functions = or_(pending, and_(Order.amount > least, not_(cancelled)))
    operators = pending | ((Order.amount > least) & ~cancelled)
    orders = Order.query.order_by(Order.id)
    return {
        "functions": orders.filter(functions).all(),
        "operators": orders.filter(operators).all(),
    }


@chapter.recipe(
    "IN, and the empty list",
    keywords="in_ not_in notin_ IN filter by a list of ids values empty list subquery expanding",
    links=(f"{OPERATORS}#in-comparisons",),
)
def in_list(first: str = "Amy", second: str = "Freya") -> dict[str, object]:
    """Find rows whose column is in a list or in a subquery. An empty list is allowed: nothing
    is in it, and everything is not.

    Pitfall: `not_in(subquery)` finds nothing at all once the subquery gives a NULL: exclude
    it, or use NOT EXISTS.

    Pitfall: pass the `select()` itself; with `.subquery()` SQLAlchemy warns.
    """
    managers = select(Person.manager_id)
    conditions = {
        "in_": Person.name.in_([first, second]),
        "in_([])": Person.name.in_([]),
        "not_in": Person.name.not_in([first, second]),
        "in_(select)": Person.id.in_(managers),
        "not_in(select with NULL)": Person.id.not_in(managers),
    }
    names = select(Person.name).order_by(Person.id)
    return {
        label: db.session.scalars(names.where(condition)).all()
        for label, condition in conditions.items()
    }


@chapter.legacy(note="not_in() was notin_().")
def in_list_legacy(first: str = "Amy", second: str = "Freya") -> dict[str, object]:
    managers = db.session.query(Person.manager_id)
    conditions = {
        "in_": Person.name.in_([first, second]),
        "in_([])": Person.name.in_([]),
        "not_in": Person.name.notin_([first, second]),
        "in_(select)": Person.id.in_(managers),
        "not_in(select with NULL)": Person.id.notin_(managers),
    }
    persons = Person.query.order_by(Person.id)
    return {
        label: [person.name for person in persons.filter(condition)]
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "Case-insensitive search with LIKE",
    keywords="ilike icontains contains startswith wildcard substring ignore case match "
    "autoescape percent underscore text search",
    links=(f"{OPERATORS}#string-containment", f"{OPERATORS}#string-comparisons"),
)
def like(part: str = "E", limit: int = 5) -> dict[str, object]:
    """Find rows by a part of a text, whatever its case: `icontains()` is `ilike()` that
    writes the wildcards itself (ILIKE on Postgres, lower() elsewhere). Likewise there are
    `istartswith()` and `iendswith()`.

    Pitfall: `%` and `_` that come from a user are wildcards too: `autoescape=True`. Try `%`.

    Pitfall: no plain index helps to find a part: see the trigram index.
    """
    conditions = {
        "like": Person.name.like(f"%{part}%"),
        "ilike": Person.name.ilike(f"%{part}%"),
        "icontains": Person.name.icontains(part, autoescape=True),
    }
    names = select(Person.name).order_by(Person.id).limit(limit)
    return {
        label: db.session.scalars(names.where(condition)).all()
        for label, condition in conditions.items()
    }


@chapter.legacy()
def like_legacy(part: str = "E", limit: int = 5) -> dict[str, object]:
    conditions = {
        "like": Person.name.like(f"%{part}%"),
        "ilike": Person.name.ilike(f"%{part}%"),
        "icontains": func.lower(Person.name).contains(part.lower(), autoescape=True),
    }
    persons = Person.query.order_by(Person.id)
    return {
        label: [person.name for person in persons.filter(condition).limit(limit)]
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "NULL, IS DISTINCT FROM",
    keywords="null None is_ is_not isnot is null is not null is_distinct_from missing "
    "value comparing with None returns nothing",
    links=(
        f"{OPERATORS}#identity-comparisons",
        "https://www.postgresql.org/docs/18/functions-comparison.html",
    ),
)
def is_null(manager_id: int = 1) -> dict[str, object]:
    """Find rows where a column is NULL (None): `is_(None)`, `is_not(None)`. A comparison with
    NULL is neither true nor false, so `!=` skips those rows; `is_distinct_from()` takes them
    along.

    Pitfall: `Person.manager_id is None` is Python's own: always False, so no row is found.
    """
    conditions = {
        "is_": Person.manager_id.is_(None),
        "is_not": Person.manager_id.is_not(None),
        "!=": Person.manager_id != manager_id,
        "is_distinct_from": Person.manager_id.is_distinct_from(manager_id),
    }
    names = select(Person.name).order_by(Person.id)
    return {
        label: db.session.scalars(names.where(condition)).all()
        for label, condition in conditions.items()
    }


@chapter.legacy(note="is_not() was isnot(). Comparing with == None works, though linters object.")
def is_null_legacy(manager_id: int = 1) -> dict[str, object]:
    without = Person.manager_id == None
    conditions = {
        "is_": without,
        "is_not": Person.manager_id.isnot(None),
        "!=": Person.manager_id != manager_id,
        "is_distinct_from": or_(Person.manager_id != manager_id, without),
    }
    persons = Person.query.order_by(Person.id)
    return {
        label: [person.name for person in persons.filter(condition)]
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "ORDER BY, NULLS LAST",
    keywords="order_by sort desc asc descending nulls_last nullslast nulls first multiple",
    links=(f"{TUTORIAL}#order-by", "https://www.postgresql.org/docs/18/queries-order.html"),
)
def order_by(descending: bool = True) -> list[tuple[str, str | None]]:
    """Sort rows by one or more columns. Postgres puts NULL last, with `desc()` first:
    `nulls_last()` decides it.

    Pitfall: rows that are equal come in any order: end with a unique column.

    Removed: `order_by("email desc")`: a string may only be a column's name; write
    `Person.email.desc()`.
    """
    email = Person.email.desc() if descending else Person.email.asc()
    persons = select(Person.name, Person.email).order_by(email.nulls_last(), Person.id)
    return db.session.execute(persons).all()


@chapter.legacy()
def order_by_legacy(descending: bool = True) -> list[tuple[str, str | None]]:
    email = Person.email.desc() if descending else Person.email.asc()
    persons = db.session.query(Person.name, Person.email)
    return persons.order_by(email.nullslast(), Person.id).all()


@chapter.recipe(
    "LIMIT and OFFSET",
    keywords="limit offset slice page pagination top n skip take fetch first rows",
    links=(ORM, "https://www.postgresql.org/docs/18/queries-limit.html"),
)
def limit_offset(page: int = 2, size: int = 2) -> list[Person]:
    """Get a page of rows with `limit()` and `offset()`, always together with `order_by()` on
    something unique.

    Pitfall: Postgres reads the skipped rows as well, so late pages are slow, and rows
    inserted meanwhile shift the pages: use keyset pages.
    """
    persons = select(Person).order_by(Person.id).limit(size).offset((page - 1) * size)
    return db.session.scalars(persons).all()


@chapter.legacy(note="A slice of a Query is LIMIT and OFFSET; select() has slice(start, stop).")
def limit_offset_legacy(page: int = 2, size: int = 2) -> list[Person]:
    start = (page - 1) * size
    return Person.query.order_by(Person.id)[start : start + size]


@chapter.recipe(
    "Count rows",
    keywords="count number of rows in table func.count total COUNT(*) distinct len how many match",
    links=(f"{TUTORIAL}#tutorial-functions", LEGACY),
)
def count(least: Decimal = Decimal(50)) -> dict[str, int]:
    """Count rows in the database with `func.count()`. Without an argument it counts rows, of
    a column only what is not NULL.

    Pitfall: `len(….all())` fetches every row just to count them.

    Removed: `select(Person).count()`: `select(func.count()).select_from(Person)`.
    """
    orders = select(Order).where(Order.amount >= least).subquery()
    return {
        "persons": db.session.scalar(select(func.count()).select_from(Person)),
        "emails": db.session.scalar(select(func.count(Person.email))),
        "managers": db.session.scalar(select(func.count(Person.manager_id.distinct()))),
        "any select": db.session.scalar(select(func.count()).select_from(orders)),
    }


@chapter.legacy(note="Query.count() always wraps the query in a subquery.")
def count_legacy(least: Decimal = Decimal(50)) -> dict[str, int]:
    return {
        "persons": Person.query.count(),
        "emails": db.session.query(func.count(Person.email)).scalar(),
        "managers": db.session.query(func.count(Person.manager_id.distinct())).scalar(),
        "any select": Order.query.filter(Order.amount >= least).count(),
    }


@chapter.recipe(
    "EXISTS",
    keywords="exists any has NOT EXISTS check if row exists semi join anti join without",
    links=(f"{TUTORIAL}#exists-subqueries", f"{ORM}#relationship-where-operators"),
)
def exists(status: OrderStatus = OrderStatus.SHIPPED) -> dict[str, object]:
    """Check whether a row exists, without fetching it; or find rows that have (or lack)
    others: `any()` of a relationship, `has()` of one to a single object.

    Pitfall: to test with `count() > 0` reads all the rows, EXISTS stops at the first.
    """
    orders = select(Order).where(Order.status == status)
    persons = select(Person).order_by(Person.id)
    having = Person.orders.any(Order.status == status)
    return {
        "is there any": db.session.scalar(select(orders.exists())),
        "persons with": db.session.scalars(persons.where(having)).all(),
        "persons without": db.session.scalars(persons.where(~having)).all(),
    }


@chapter.legacy()
def exists_legacy(status: OrderStatus = OrderStatus.SHIPPED) -> dict[str, object]:
    orders = Order.query.filter_by(status=status)
    persons = Person.query.order_by(Person.id)
    having = Person.orders.any(status=status)
    return {
        "is there any": db.session.query(orders.exists()).scalar(),
        "persons with": persons.filter(having).all(),
        "persons without": persons.filter(~having).all(),
    }


@chapter.recipe(
    "DISTINCT, DISTINCT ON",
    keywords="distinct distinct_on unique values duplicates latest per group newest most recent "
    "record for each",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html",
        "https://www.postgresql.org/docs/18/sql-select.html#SQL-DISTINCT",
    ),
)
def distinct() -> dict[str, object]:
    """Leave out duplicate rows with `distinct()`. Postgres' DISTINCT ON keeps the first row
    for each value, here each person's newest order.

    Pitfall: `order_by()` must begin with the columns of DISTINCT ON; what follows decides
    which row is the first.

    Deprecated: `distinct(Order.person_id)`: `.ext(distinct_on(Order.person_id))`, since 2.1.
    """
    statuses = select(Order.status).distinct().order_by(Order.status)
    newest = (
        select(Order)
        .ext(distinct_on(Order.person_id))
        .order_by(Order.person_id, Order.placed_at.desc())
    )
    return {
        "DISTINCT": db.session.scalars(statuses).all(),
        "DISTINCT ON": db.session.scalars(newest).all(),
    }


@chapter.legacy(warns=True, note="distinct() with a column warns since 2.1.")
def distinct_legacy() -> dict[str, object]:
    statuses = db.session.query(Order.status).distinct().order_by(Order.status)
    newest = Order.query.distinct(Order.person_id)
    newest = newest.order_by(Order.person_id, Order.placed_at.desc())
    return {
        "DISTINCT": [status for (status,) in statuses],
        "DISTINCT ON": newest.all(),
    }


@chapter.recipe(
    "Single columns, rows and mappings",
    keywords="columns Row mappings dict _mapping label tuple unpack with_entities _asdict",
    links=(f"{ORM}#selecting-orm-entities-and-attributes", ROWS),
)
def columns(person_id: int = 1) -> dict[str, object]:
    """Select single columns instead of objects: each Row is a named tuple, `mappings()` gives
    dicts, and `label()` names an expression.

    Deprecated: `Row._t`: a row is a typed tuple by itself, since 2.1. `Row.t`, `Row.tuple()`
    and `Query.tuples()` warn too.

    Removed: `row["name"]`: `row.name` or `row._mapping["name"]`.
    """
    letters = func.length(Person.name).label("letters")
    statement = select(Person.id, Person.name, letters).where(Person.id == person_id)
    row = db.session.execute(statement).one()
    _, name, length = row
    return {
        "row": row,
        "row.letters": row.letters,
        "unpacked": (name, length),
        "mapping": db.session.execute(statement).mappings().one(),
    }


@chapter.legacy()
def columns_legacy(person_id: int = 1) -> dict[str, object]:
    letters = func.length(Person.name).label("letters")
    query = Person.query.filter_by(id=person_id)
    row = query.with_entities(Person.id, Person.name, letters).one()
    _, name, length = row
    return {
        "row": row,
        "row.letters": row.letters,
        "unpacked": (name, length),
        "mapping": row._asdict(),
    }


@chapter.recipe(
    "Chaining, and optional conditions",
    keywords="chain dynamic filter conditional where optional parameter build query search",
    links=(TUTORIAL, ORM),
)
def optional_filters(
    name: str = "", least: Decimal = Decimal(50), newest_first: bool = True
) -> list[Order]:
    """Build a query step by step, with conditions only where there is something to filter by,
    as for a search form. Each method returns a new statement, nothing is sent meanwhile.

    Pitfall: `orders.where(…)` alone changes nothing: assign what it returns.
    """
    orders = select(Order)
    if name:
        orders = orders.join(Order.person).where(Person.name == name)
    if least:
        orders = orders.where(Order.amount >= least)
    placed = Order.placed_at.desc() if newest_first else Order.placed_at.asc()
    return db.session.scalars(orders.order_by(placed, Order.id).limit(5)).all()


@chapter.legacy(note="filter() after limit() raises with Query.")
def optional_filters_legacy(
    name: str = "", least: Decimal = Decimal(50), newest_first: bool = True
) -> list[Order]:
    orders = Order.query
    if name:
        orders = orders.join(Order.person).filter(Person.name == name)
    if least:
        orders = orders.filter(Order.amount >= least)
    placed = Order.placed_at.desc() if newest_first else Order.placed_at.asc()
    return orders.order_by(placed, Order.id).limit(5).all()
