"""Read: find rows, and get them as objects, columns or numbers."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Index,
    Integer,
    Row,
    Text,
    and_,
    cast,
    delete,
    extract,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person

chapter = Chapter("R", "Read")

ORM = "https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html"
LEGACY = "https://docs.sqlalchemy.org/en/21/orm/queryguide/query.html"
TUTORIAL = "https://docs.sqlalchemy.org/en/21/tutorial/data_select.html"
SELECTABLE = "https://docs.sqlalchemy.org/en/21/core/selectable.html"
OPERATORS = "https://docs.sqlalchemy.org/en/21/core/operators.html"
SQLELEMENT = "https://docs.sqlalchemy.org/en/21/core/sqlelement.html"
ROWS = "https://docs.sqlalchemy.org/en/21/core/connections.html"
SESSION = "https://docs.sqlalchemy.org/en/21/orm/session_basics.html"
FLASK = "https://flask-sqlalchemy.readthedocs.io/en/3.1.x/queries/"


@chapter.recipe(
    "select(), session.query() and Model.query",
    keywords="query select Model.query session.query legacy 1.x 2.0 style migrate read rows "
    "ArgumentError Column expression, FROM clause, or other columns clause element expected got "
    "list Did you mean to say select "
    "AttributeError Select object has no attribute all first one get count "
    "AttributeError type object has no attribute query",
    links=(
        ORM,
        LEGACY,
        "https://flask-sqlalchemy.readthedocs.io/en/3.1.x/legacy-query/",
    ),
)
def query(manager_id: int = 1) -> dict[str, object]:
    """Write a query with `select()` and let the session execute it: `scalars()` returns
    objects, `execute()` returns rows of columns. `Model.query` and `session.query()` are the
    older way to write the same: they stay and do not warn, but new features are added to
    `select()`.

    Removed: `select([Person.id, Person.name])`: write the columns without a list.

    Pitfall: a `select()` has no `all()`, "'Select' object has no attribute 'all'". Let the session
    execute it: `db.session.scalars(statement).all()`.

    Pitfall: only a model that inherits from `db.Model` has `query`: "type object 'City' has no
    attribute 'query'". `select(City)` is for every model.
    """
    persons = select(Person).where(Person.manager_id == manager_id)
    columns = select(Person.name, Person.email).where(Person.manager_id == manager_id)
    return {
        "objects": db.session.scalars(persons.order_by(Person.id)).all(),
        "rows": db.session.execute(columns.order_by(Person.id)).all(),
    }


@chapter.legacy(
    note="Flask-SQLAlchemy's `Model.query` is short for `session.query(Model)`."
)
def query_legacy(manager_id: int = 1) -> dict[str, object]:
    persons = Person.query.filter(Person.manager_id == manager_id)
    columns = db.session.query(Person.name, Person.email)
    columns = columns.filter(Person.manager_id == manager_id)
    return {
        "objects": persons.order_by(Person.id).all(),
        "rows": columns.order_by(Person.id).all(),
    }


@chapter.recipe(
    "The methods of Query and their 2.x form",
    keywords="Query methods all first one get count delete update filter filter_by or_ order_by "
    "limit offset slice join exists distinct with_entities values chain chaining executes when is "
    "it sent equivalent translate migrate 1.x to 2.0",
    links=(
        LEGACY,
        "https://docs.sqlalchemy.org/en/21/changelog/migration_20.html#migration-orm-usage",
        "https://flask-sqlalchemy.readthedocs.io/en/3.1.x/legacy-query/",
    ),
)
def query_methods() -> list[dict[str, str]]:
    """The common methods of Query, each beside its 2.x form. A `select()` is sent when the session
    executes it, with `scalars()`, `scalar()` or `execute()`; a Query is sent by what ends its
    chain: `all()`, `first()`, `one()`, `get()`, `count()`, `delete()`, or a loop over it.

    Pitfall: `Query.first()` adds LIMIT 1. `first()` of a result does not, so add `limit(1)`.
    """
    s, count = db.session, select(func.count())
    p = select(Person)
    q = p.where(Person.manager_id == 1).order_by(Person.id)  # not sent yet
    a, b, new = Person.name == "Ben", Person.name == "Chloé", Person.id.desc()
    ids = select(Person.manager_id).order_by(Person.manager_id)
    lines = {  # f"{code = }" is the code and what it returns
        # These end a chain: they send the statement.
        "q.all()": f"{s.scalars(q).all() = }",
        "list(q)": f"{list(s.scalars(q)) = }",
        "q.first()": f"{s.scalars(q.limit(1)).first() = }",
        "q.filter(a).one()": f"{s.scalars(q.where(a)).one() = }",
        "q.filter(a).one_or_none()": f"{s.scalars(q.where(a)).one_or_none() = }",
        "p.get(1)": f"{s.get(Person, 1) = }",
        "q.count()": f"{s.scalar(count.select_from(q.subquery())) = }",
        "s.query(q.exists()).scalar()": f"{s.scalar(select(q.exists())) = }",
        # These go on with it, as do group_by(), having() and options() in both.
        "q.filter(a).limit(1).all()": f"{s.scalars(q.where(a).limit(1)).all() = }",
        "q.filter_by(id=2).all()": f"{s.scalars(q.filter_by(id=2)).all() = }",
        "q.filter(or_(a, b)).all()": f"{s.scalars(q.where(or_(a, b))).all() = }",
        "q.offset(1).all()": f"{s.scalars(q.offset(1)).all() = }",
        "q[0:1]": f"{s.scalars(q.slice(0, 1)).all() = }",
        "q.join(Order).all()": f"{s.scalars(q.join(Order)).all() = }",
        "p.order_by(new).first()": f"{s.scalars(p.order_by(new).limit(1)).first() = }",
        # Single columns: a Query returns tuples, scalars() returns the values.
        "ids.distinct().all()": f"{s.execute(ids.distinct()).all() = }",
        "[one for (one,) in ids]": f"{s.scalars(ids).all() = }",
        # Without a filter it deletes all orders.
        "Order.query.delete()": f"{s.execute(delete(Order)).rowcount = }",
    }
    return [
        {"Query": query, "2.x": code, "value": value}
        for query, line in lines.items()
        for code, _, value in [line.rpartition(" = ")]
    ]


@chapter.legacy(warns=True, note="Only `Query.get()` warns.")
def query_methods_legacy() -> list[dict[str, str]]:
    s = db.session
    p = Person.query  # short for s.query(Person)
    q = p.filter(Person.manager_id == 1).order_by(Person.id)  # not sent yet
    a, b, new = Person.name == "Ben", Person.name == "Chloé", Person.id.desc()
    ids = s.query(Person.manager_id).order_by(Person.manager_id)
    lines = {
        # These end a chain: they send the statement.
        "s.scalars(q).all()": f"{q.all() = }",
        "list(s.scalars(q))": f"{list(q) = }",
        "s.scalars(q.limit(1)).first()": f"{q.first() = }",
        "s.scalars(q.where(a)).one()": f"{q.filter(a).one() = }",
        "s.scalars(q.where(a)).one_or_none()": f"{q.filter(a).one_or_none() = }",
        "s.get(Person, 1)": f"{p.get(1) = }",
        "s.scalar(count.select_from(q.subquery()))": f"{q.count() = }",
        "s.scalar(select(q.exists()))": f"{s.query(q.exists()).scalar() = }",
        # These go on with it, as do group_by(), having() and options() in both.
        "s.scalars(q.where(a).limit(1)).all()": f"{q.filter(a).limit(1).all() = }",
        "s.scalars(q.filter_by(id=2)).all()": f"{q.filter_by(id=2).all() = }",
        "s.scalars(q.where(or_(a, b))).all()": f"{q.filter(or_(a, b)).all() = }",
        "s.scalars(q.offset(1)).all()": f"{q.offset(1).all() = }",
        "s.scalars(q.slice(0, 1)).all()": f"{q[0:1] = }",
        "s.scalars(q.join(Order)).all()": f"{q.join(Order).all() = }",
        "s.scalars(p.order_by(new).limit(1)).first()": f"{p.order_by(new).first() = }",
        # Single columns: a Query returns tuples, scalars() returns the values.
        "s.execute(ids.distinct()).all()": f"{ids.distinct().all() = }",
        "s.scalars(ids).all()": f"{[one for (one,) in ids] = }",
        # Without a filter it deletes all orders.
        "s.execute(delete(Order)).rowcount": f"{Order.query.delete() = }",
    }
    return [
        {"Query": query, "2.x": code, "value": value}
        for code, line in lines.items()
        for query, _, value in [line.rpartition(" = ")]
    ]


@chapter.recipe(
    "All rows: scalars and execute",
    keywords="all scalars execute tuple Row list iterate fetchall single column flat "
    "query returns tuples instead of objects list of strings ids values ResourceClosedError This "
    "result object is closed This result object does not return rows It has been closed "
    "automatically "
    "AttributeError Row object has no attribute could not locate column in row "
    "for column",
    links=(ORM, ROWS),
)
def scalars(limit: int = 2) -> dict[str, object]:
    """`session.scalars()` returns the objects themselves, and `all()` makes a list of them.
    `session.execute()` returns rows, so each object comes inside a tuple: `(person,)`.

    Pitfall: of several columns `scalars()` returns only the first, and drops the others
    without an error.

    Pitfall: a result can be read only once: a second `all()` returns an empty list, and after
    `first()` it raises ResourceClosedError. Keep the list that `all()` returns.

    Pitfall: an UPDATE or DELETE gives rows only with `returning()`. Without it, `all()` raises
    ResourceClosedError: "This result object does not return rows".

    Pitfall: a row of `execute(select(Person))` has no `name`, and raises AttributeError. It has
    `row.Person.name`; with `scalars()` you get the person.
    """
    persons = select(Person).order_by(Person.id).limit(limit)
    names = select(Person.name, Person.email).order_by(Person.id).limit(limit)
    return {
        "execute(objects)": db.session.execute(persons).all(),
        "scalars(objects)": db.session.scalars(persons).all(),
        "execute(columns)": db.session.execute(names).all(),
        "scalars(columns)": db.session.scalars(names).all(),
    }


@chapter.legacy(
    note="Query returns a single object as it is, but a single column in a tuple."
)
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
    keywords="first limit 1 one row newest latest None scalar top row or None last row "
    "AttributeError NoneType object has no attribute",
    links=(ORM, LEGACY),
)
def first(status: OrderStatus = OrderStatus.PENDING) -> dict[str, Order | None]:
    """`first()` returns the first row, here the newest order, or None if there is no row.
    `order_by()` says which row is the first, and `limit(1)` lets Postgres send only that one.

    Pitfall: only `Query.first()` adds LIMIT 1. With `scalars(…).first()`, `session.scalar()`
    and `db.first_or_404()` Postgres sends all rows, unless you write `limit(1)`.

    Pitfall: without `order_by()` any row may come first.

    Pitfall: "'NoneType' object has no attribute 'amount'" means that there was no row: test for
    None first.
    """
    newest = select(Order).order_by(Order.placed_at.desc()).limit(1)
    return {
        "newest": db.session.scalars(newest.where(Order.status == status)).first(),
        "no such row": db.session.scalars(newest.where(Order.amount > 1000)).first(),
    }


@chapter.legacy(note="`Query.first()` adds LIMIT 1.")
def first_legacy(status: OrderStatus = OrderStatus.PENDING) -> dict[str, Order | None]:
    newest = Order.query.order_by(Order.placed_at.desc())
    return {
        "newest": newest.filter(Order.status == status).first(),
        "no such row": newest.filter(Order.amount > 1000).first(),
    }


@chapter.recipe(
    "Exactly one row",
    keywords="one one_or_none scalar_one NoResultFound MultipleResultsFound "
    "Multiple rows were found single unique row",
    links=(ORM, ROWS),
)
def one(name: str = "Amy") -> dict[str, object]:
    """`one()` returns the only row: it raises NoResultFound if there is none, and
    MultipleResultsFound if there are several. `one_or_none()` returns None if there is none.

    Pitfall: `session.scalar()` returns the first of several rows without an error;
    `Query.scalar()` raises.
    """
    named = select(Person).where(Person.name == name)
    nobody = select(Person).where(Person.name == "Nobody")
    found: dict[str, object] = {
        "one()": db.session.scalars(named).one(),
        "one_or_none(), no row": db.session.scalars(nobody).one_or_none(),
    }
    try:
        db.session.scalars(nobody).one()
    except NoResultFound as error:
        found["one(), no row"] = error
    try:
        db.session.scalars(select(Person)).one_or_none()
    except MultipleResultsFound as error:
        found["one_or_none(), several"] = error
    return found


@chapter.legacy()
def one_legacy(name: str = "Amy") -> dict[str, object]:
    named = Person.query.filter_by(name=name)
    nobody = Person.query.filter_by(name="Nobody")
    found: dict[str, object] = {
        "one()": named.one(),
        "one_or_none(), no row": nobody.one_or_none(),
    }
    try:
        nobody.one()
    except NoResultFound as error:
        found["one(), no row"] = error
    try:
        Person.query.one_or_none()
    except MultipleResultsFound as error:
        found["one_or_none(), several"] = error
    return found


@chapter.recipe(
    "Get by primary key, the identity map",
    keywords="get by id primary key find session.get Query.get get_one identity map cache "
    "Query.get() is considered legacy "
    "incorrect number of values in identifier to formulate primary key for "
    "session.get() primary key columns are DataError InvalidTextRepresentation "
    "invalid input syntax for type integer",
    links=(f"{SESSION}#get-by-primary-key", FLASK),
)
def get(person_id: int = 1) -> dict[str, object]:
    """`session.get()` returns the object with this primary key, or None. The session keeps
    one object for each row (the identity map), so it sends no SELECT for an object that it
    already has, unless that has expired.

    Pitfall: a primary key of several columns is one argument, a tuple:
    `session.get(Membership, (1, 2))`.

    Deprecated: `Query.get()`: write `db.session.get(Person, 1)`.

    Deprecated: `Query.get_or_404()`: write `db.get_or_404(Person, 1)`.

    Pitfall: Postgres refuses a key that is not of the column's type, with "invalid input syntax for
    type bigint". Check what users send: a route such as `/persons/<int:id>` takes numbers only.
    """
    person = db.session.get(Person, person_id)
    again = db.session.get(Person, person_id)
    selected = db.session.scalars(select(Person).where(Person.id == person_id)).first()
    return {
        "get()": person,
        "the same object again": again is person,
        "the same by select()": selected is person,
        "no such id": db.session.get(Person, 0),
    }


@chapter.legacy(warns=True, note="`Query.get()` warns: use the method of the session.")
def get_legacy(person_id: int = 1) -> dict[str, object]:
    person = Person.query.get(person_id)
    again = Person.query.get(person_id)
    selected = Person.query.filter_by(id=person_id).first()
    return {
        "get()": person,
        "the same object again": again is person,
        "the same by select()": selected is person,
        "no such id": Person.query.get(0),
    }


@chapter.recipe(
    "Conditions: where, filter and filter_by",
    keywords="where filter filter_by condition equal between AmbiguousColumnError WHERE "
    "InvalidRequestError Entity namespace for has no property None of the FROM "
    "clause entities have a property Searched entities",
    links=(f"{TUTORIAL}#the-where-clause", ORM),
)
def filter_by(name: str = "Deniz", least: Decimal = Decimal(20)) -> dict[str, object]:
    """`where()` takes any expression of columns; `filter_by()` takes names of columns and the
    values that they must equal, such as `name="Deniz"`. `filter()` is another name for `where()`,
    and several conditions are joined by AND.

    Pitfall: since 2.1 `select().filter_by()` looks for the name in every table of the FROM,
    and raises AmbiguousColumnError if two tables have it, as with `id`. `Query.filter_by()`
    looks only in the table joined last.

    Removed: `filter("amount > 20")`: write `filter(text("amount > 20"))`.

    Pitfall: a name that no table of the FROM has raises InvalidRequestError: "None of the FROM
    clause entities have a property".
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
    keywords="or_ and_ not_ boolean logic combine conditions operators | & ~ parentheses or_ "
    "from a list of terms "
    "TypeError Boolean value of this clause is not defined",
    links=(f"{OPERATORS}#conjunction-operators",),
)
def and_or_not(least: Decimal = Decimal(100)) -> dict[str, object]:
    """Combine conditions with `or_()`, `and_()` and `not_()`, or with the operators `|`, `&`
    and `~`. The operators need parentheses around each comparison, because Python evaluates
    them before `==` and `>`.

    Pitfall: Python's own `and`, `or` and `not` do not work. With `==` they drop a condition
    without an error, with `>` they raise TypeError.

    Deprecated: `or_()`: it needs a condition, and an empty list has none. Write
    `or_(False, *conditions)`, and `and_(True, *conditions)`.

    Pitfall: an `if` does not ask the database. With `Order.amount > 20` it raises "Boolean value of
    this clause is not defined", and `==` is false there, without an error. Test a value that a
    query returned instead.
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
    "IN and NOT IN, the empty list and NULL",
    keywords="in_ not_in notin_ IN filter by a list of ids values empty list subquery expanding "
    "not in returns nothing null "
    "ArgumentError IN expression list, SELECT construct, or bound parameter "
    "object expected got SAWarning coercing Subquery object into a select() for "
    "use in IN() please pass a select() construct explicitly",
    links=(
        f"{OPERATORS}#in-comparisons",
        "https://www.postgresql.org/docs/18/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN",
    ),
)
def in_list(first: str = "Amy", second: str = "Freya") -> dict[str, object]:
    """`in_()` finds the rows whose column equals a value in a list, or a value that a
    subquery returns. The list may be empty: `in_([])` finds no row, `not_in([])` finds all.

    Pitfall: `not_in(subquery)` finds nothing if the subquery returns a NULL.
    `id NOT IN (1, NULL)` means `id <> 1 AND id <> NULL`, and `id <> NULL` is never true: it
    is unknown. Leave the NULL out of the subquery, or use NOT EXISTS.

    Pitfall: pass the `select()` itself. If you pass a `.subquery()`, SQLAlchemy warns.

    Pitfall: `in_(7)` raises ArgumentError, "IN expression list, SELECT construct, or bound
    parameter object expected". Write `in_([7])`.
    """
    managers = select(Person.manager_id)
    known = managers.where(Person.manager_id.is_not(None))
    conditions = {
        "in_": Person.name.in_([first, second]),
        "not_in": Person.name.not_in([first, second]),
        "in_([])": Person.name.in_([]),
        "not_in([])": Person.name.not_in([]),
        "in_(select)": Person.id.in_(managers),
        "not_in(select with NULL)": Person.id.not_in(managers),
        "not_in(select without NULL)": Person.id.not_in(known),
    }
    names = select(Person.name).order_by(Person.id)
    return {
        label: db.session.scalars(names.where(condition)).all()
        for label, condition in conditions.items()
    }


@chapter.legacy(note="`not_in()` was called `notin_()`.")
def in_list_legacy(first: str = "Amy", second: str = "Freya") -> dict[str, object]:
    managers = db.session.query(Person.manager_id)
    known = managers.filter(Person.manager_id != None)
    conditions = {
        "in_": Person.name.in_([first, second]),
        "not_in": Person.name.notin_([first, second]),
        "in_([])": Person.name.in_([]),
        "not_in([])": Person.name.notin_([]),
        "in_(select)": Person.id.in_(managers),
        "not_in(select with NULL)": Person.id.notin_(managers),
        "not_in(select without NULL)": Person.id.notin_(known),
    }
    persons = Person.query.order_by(Person.id)
    return {
        label: [person.name for person in persons.filter(condition)]
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "Pairs of values: tuple_ IN",
    keywords="tuple_ composite key in multiple columns list of pairs where (a, b) in several "
    "columns at once",
    links=(
        f"{SQLELEMENT}#sqlalchemy.sql.expression.tuple_",
        "https://www.postgresql.org/docs/18/functions-comparisons.html#ROW-WISE-COMPARISON",
    ),
)
def tuple_in() -> dict[str, list[Order]]:
    """`tuple_()` compares several columns at once, so that `in_()` finds pairs. Two separate
    `in_()` find every combination: here also the paid order of person 1, which is not one of
    the pairs.
    """
    pairs = [(1, OrderStatus.SHIPPED), (2, OrderStatus.PAID)]
    in_pairs = tuple_(Order.person_id, Order.status).in_(pairs)
    in_each = and_(
        Order.person_id.in_([person_id for person_id, _ in pairs]),
        Order.status.in_([status for _, status in pairs]),
    )
    orders = select(Order).order_by(Order.id)
    return {
        "tuple_().in_()": db.session.scalars(orders.where(in_pairs)).all(),
        "in_() and in_()": db.session.scalars(orders.where(in_each)).all(),
    }


@chapter.legacy()
def tuple_in_legacy() -> dict[str, list[Order]]:
    pairs = [(1, OrderStatus.SHIPPED), (2, OrderStatus.PAID)]
    in_pairs = tuple_(Order.person_id, Order.status).in_(pairs)
    in_each = and_(
        Order.person_id.in_([person_id for person_id, _ in pairs]),
        Order.status.in_([status for _, status in pairs]),
    )
    orders = Order.query.order_by(Order.id)
    return {
        "tuple_().in_()": orders.filter(in_pairs).all(),
        "in_() and in_()": orders.filter(in_each).all(),
    }


@chapter.recipe(
    "Case-insensitive search with LIKE",
    keywords="ilike icontains contains startswith wildcard substring ignore case match "
    "autoescape percent underscore text search",
    links=(f"{OPERATORS}#string-containment", f"{OPERATORS}#string-comparisons"),
)
def like(part: str = "E", limit: int = 5) -> dict[str, object]:
    """`icontains()` finds a part of a text, in upper or lower case: it writes
    `ILIKE '%…%'` for you. `istartswith()` and `iendswith()` find the beginning and the end.

    Pitfall: what a user types may contain `%` and `_`, which are wildcards.
    `autoescape=True` makes them ordinary characters: try the part `%`.

    Pitfall: an ordinary index does not help to find a part of a text. A trigram index does:
    see the recipe `trigram`.
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
    "Search several columns, and every word",
    keywords="search multiple columns at once several fields search box keywords every word any "
    "column concat_ws full name first name last name",
    links=(
        f"{OPERATORS}#string-containment",
        "https://www.postgresql.org/docs/18/functions-string.html#FUNCTIONS-STRING-OTHER",
    ),
)
def search_columns(words: str = "EN example") -> dict[str, list[str]]:
    """`concat_ws()` joins several columns into one text, with a space between them. A row is
    found if this text contains every word that was typed.

    Pitfall: `Person.name + Person.email` is NULL if one of them is NULL, so Freya, who has
    no email, is never found. `concat_ws()` leaves the NULL out.
    """
    text = func.concat_ws(" ", Person.name, Person.email)
    added = Person.name + " " + Person.email
    conditions = {
        "every word": and_(
            True, *(text.icontains(word, autoescape=True) for word in words.split())
        ),
        "Freya in concat_ws()": text.icontains("freya"),
        "Freya in name + email": added.icontains("freya"),
    }
    names = select(Person.name).order_by(Person.id)
    return {
        label: db.session.scalars(names.where(condition)).all()
        for label, condition in conditions.items()
    }


@chapter.legacy(note="Each column has its own condition, and `or_()` combines them.")
def search_columns_legacy(words: str = "EN example") -> dict[str, list[str]]:
    def found(word: str):
        part = f"%{word}%"
        return or_(Person.name.ilike(part), Person.email.ilike(part))

    conditions = {
        "every word": and_(True, *(found(word) for word in words.split())),
        "Freya in concat_ws()": found("freya"),
        "Freya in name + email": (Person.name + " " + Person.email).ilike("%freya%"),
    }
    persons = Person.query.order_by(Person.id)
    return {
        label: [person.name for person in persons.filter(condition)]
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "Equal in any case: lower(), with a unique index",
    keywords="case insensitive equal unique email username login lower upper citext lookup "
    "duplicate with different case",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html"
        "#postgresql-specific-index-options",
        "https://www.postgresql.org/docs/18/indexes-expressional.html",
    ),
)
def equal_in_any_case(email: str = "AMY@example.com") -> dict[str, object]:
    """Compare `func.lower(column)` with the value in lower case, and upper and lower case no
    longer matter. A unique index over `lower(email)` makes this fast, and rejects the same
    email in another case, which a unique column alone accepts.

    Pitfall: `ilike(email)` is not the same: `_` and `%` in an email are wildcards, and the
    index does not serve it.
    """

    class Base(DeclarativeBase):
        pass

    class Account(Base):
        __tablename__ = "accounts"

        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str] = mapped_column(unique=True)

        __table_args__ = (Index("accounts_email", func.lower(email), unique=True),)

    Base.metadata.create_all(db.engine)
    db.session.add(Account(email="amy@example.com"))
    db.session.commit()
    emails = select(Account.email)
    found: dict[str, object] = {
        "==": db.session.scalars(emails.where(Account.email == email)).all(),
        "lower() ==": db.session.scalars(
            emails.where(func.lower(Account.email) == email.lower())
        ).all(),
    }
    try:
        db.session.add(Account(email="Amy@Example.com"))
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        found["the same again"] = str(error.orig).partition("\n")[0]
    return found


@chapter.recipe(
    "Regular expressions, and any other operator",
    keywords="regexp_match regex regular expression ~ ~* op bool_op custom operator similar "
    "regexp_replace pattern",
    links=(
        f"{OPERATORS}#string-matching",
        f"{SQLELEMENT}#sqlalchemy.sql.expression.Operators.op",
        "https://www.postgresql.org/docs/18/functions-matching.html#FUNCTIONS-POSIX-REGEXP",
    ),
)
def regexp(pattern: str = "^[a-c]") -> dict[str, list[str]]:
    """`regexp_match()` compares a column with a regular expression, and `regexp_replace()`
    replaces what matches. For an operator that SQLAlchemy has no method for, write `bool_op()`,
    here with Postgres' `^@` (begins with), or `op()` if its result is not a boolean.

    Pitfall: a pattern that a user types may be invalid: Postgres then raises DataError.
    """
    conditions = {
        "regexp_match": Person.name.regexp_match(pattern),
        'regexp_match, flags="i"': Person.name.regexp_match(pattern, flags="i"),
        'bool_op("^@")': Person.name.bool_op("^@")("Ch"),
    }
    names = select(Person.name).order_by(Person.id)
    before_the_at = select(Person.email.regexp_replace("@.*", ""))
    return {
        **{
            label: db.session.scalars(names.where(condition)).all()
            for label, condition in conditions.items()
        },
        "regexp_replace": db.session.scalars(before_the_at.order_by(Person.id)).all(),
    }


@chapter.recipe(
    "NULL and IS DISTINCT FROM",
    keywords="null None is_ is_not isnot is null is not null is_distinct_from missing "
    "value comparing with None returns nothing",
    links=(
        f"{OPERATORS}#identity-comparisons",
        "https://www.postgresql.org/docs/18/functions-comparison.html",
    ),
)
def is_null(manager_id: int = 1) -> dict[str, object]:
    """`is_(None)` finds the rows in which a column is NULL, and `is_not(None)` the others. A
    comparison with NULL is neither true nor false, so `!=` leaves those rows out;
    `is_distinct_from()` treats NULL as a value like any other and finds them.

    Pitfall: Python evaluates `Person.manager_id is None` itself: it is always False, so no row
    is found. For the same reason write `where(column)` and `where(~column)` for a boolean
    column, and not `column is True`.
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


@chapter.legacy(
    note="`is_not()` was called `isnot()`. `== None` works too, but linters object to it."
)
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
    keywords="order_by sort desc asc descending nulls_last nullslast nulls first multiple "
    "collation collate locale alphabetical "
    "CompileError can't resolve label reference for ORDER BY / GROUP BY / "
    "DISTINCT textual SQL expression should be explicitly declared as text",
    links=(
        f"{TUTORIAL}#order-by",
        "https://www.postgresql.org/docs/18/queries-order.html",
    ),
)
def order_by(descending: bool = True) -> list[tuple[str, str | None]]:
    """Sort by one or more columns; `desc()` reverses the order of one. Postgres sorts NULL as
    if it were greater than any value, so with `desc()` it comes first: `nulls_last()` puts it
    last.

    Pitfall: rows with equal values come in any order. Sort by a unique column at the end,
    such as the id.

    Pitfall: texts sort by the collation of the database. `Person.name.collate("de-x-icu")`
    sorts by the rules of German, and `collate("C")` by bytes.

    Removed: `order_by("email desc")`: a string may only be the name of a column. Write
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
    "Sort by what a request asks for",
    keywords="sort by column name from string dynamic order_by user parameter query string getattr "
    "sortable table header asc desc",
    links=(f"{TUTORIAL}#order-by",),
)
def sort_parameter(sort: str = "-name") -> list[Row]:
    """A dict says which names a request may sort by, and which column each name means. Here
    a minus before the name means descending, and the id at the end makes the order definite.

    Pitfall: `getattr(Person, sort)` accepts every attribute, such as `metadata`, and lets
    people sort by columns that they may not see.
    """
    columns = {"name": Person.name, "email": Person.email, "created": Person.created_at}
    column = columns[sort.removeprefix("-")]  # KeyError: answer 400
    by = column.desc() if sort.startswith("-") else column.asc()
    return db.session.execute(
        select(Person.name, Person.email).order_by(by.nulls_last(), Person.id)
    ).all()


@chapter.recipe(
    "Random rows",
    keywords="random row order by random shuffle sample tablesample pick any func.random rand",
    links=(
        f"{SELECTABLE}#sqlalchemy.sql.expression.tablesample",
        "https://www.postgresql.org/docs/18/sql-select.html#SQL-FROM",
    ),
)
def random_rows(n: int = 3, percent: int = 50) -> dict[str, list[str]]:
    """`order_by(func.random())` with a limit returns n random rows, but reads and sorts the
    whole table for it. For a large table use `tablesample()`, which returns about the given
    percentage of the rows.

    Pitfall: `func.system()` instead of `func.bernoulli()` is faster, but it takes whole
    blocks of neighbouring rows.
    """
    db.session.execute(select(func.setseed(0.25)))  # for the same rows in each run
    some = select(Person.name).order_by(func.random()).limit(n)
    table = Person.__table__.tablesample(func.bernoulli(percent), seed=literal(2))
    sample = aliased(Person, table)
    return {
        "ORDER BY random()": db.session.scalars(some).all(),
        "TABLESAMPLE": db.session.scalars(
            select(sample.name).order_by(sample.id)
        ).all(),
    }


@chapter.recipe(
    "LIMIT and OFFSET",
    keywords="limit offset slice page pagination top n skip take fetch first rows",
    links=(ORM, "https://www.postgresql.org/docs/18/queries-limit.html"),
)
def limit_offset(page: int = 2, size: int = 2) -> list[Person]:
    """Get one page of rows with `limit()` and `offset()`. Sort by something unique, or else
    a row may be on two pages and another on none.

    Pitfall: Postgres also reads the rows that it skips, so late pages are slow, and a row
    inserted meanwhile moves the others to later pages. The recipe `keyset-pagination` has
    neither problem.
    """
    persons = select(Person).order_by(Person.id).limit(size).offset((page - 1) * size)
    return db.session.scalars(persons).all()


@chapter.legacy(
    note="A slice of a Query is LIMIT and OFFSET; `select()` has `slice(start, stop)`."
)
def limit_offset_legacy(page: int = 2, size: int = 2) -> list[Person]:
    start = (page - 1) * size
    return Person.query.order_by(Person.id)[start : start + size]


@chapter.recipe(
    "Count rows",
    keywords="count number of rows in table func.count total COUNT(*) distinct len how many match",
    links=(f"{TUTORIAL}#tutorial-functions", LEGACY),
)
def count(least: Decimal = Decimal(50)) -> dict[str, int]:
    """`func.count()` counts rows in the database, without fetching them. With a column it
    counts only the values that are not NULL.

    Pitfall: `len(session.scalars(…).all())` fetches every row only to count them.

    Removed: `select(Person).count()`: write `select(func.count()).select_from(Person)`.
    """
    orders = select(Order).where(Order.amount >= least).subquery()
    return {
        "rows": db.session.scalar(select(func.count()).select_from(Person)),
        "not NULL": db.session.scalar(select(func.count(Person.email))),
        "distinct": db.session.scalar(select(func.count(Person.manager_id.distinct()))),
        "rows of a select": db.session.scalar(select(func.count()).select_from(orders)),
    }


@chapter.legacy(note="`Query.count()` always puts the query into a subquery.")
def count_legacy(least: Decimal = Decimal(50)) -> dict[str, int]:
    return {
        "rows": Person.query.count(),
        "not NULL": db.session.query(func.count(Person.email)).scalar(),
        "distinct": db.session.query(func.count(Person.manager_id.distinct())).scalar(),
        "rows of a select": Order.query.filter(Order.amount >= least).count(),
    }


@chapter.recipe(
    "EXISTS: any, has",
    keywords="exists any has NOT EXISTS check if row exists semi join anti join without users "
    "without orders boolean column whether it has",
    links=(f"{TUTORIAL}#exists-subqueries", f"{ORM}#relationship-where-operators"),
)
def exists(status: OrderStatus = OrderStatus.SHIPPED) -> dict[str, object]:
    """`exists()` tells whether there is a row, without fetching it. As a condition, `any()`
    of a relationship to many objects and `has()` of a relationship to one write the EXISTS
    for you.

    Pitfall: `count() > 0` counts all the rows, EXISTS stops at the first.

    Pitfall: `~any(Order.status == status)` finds persons without such an order;
    `any(Order.status != status)` finds persons who have an order with any other status.
    """
    orders = select(Order).where(Order.status == status)
    by_hand = orders.where(Order.person_id == Person.id).exists()
    with_orders = Person.orders.any(Order.status == status)
    amys = Order.person.has(Person.name == "Amy")
    persons = select(Person).order_by(Person.id)
    return {
        "is there one": db.session.scalar(select(orders.exists())),
        "persons with, by hand": db.session.scalars(persons.where(by_hand)).all(),
        "persons with, by any()": db.session.scalars(persons.where(with_orders)).all(),
        "persons without, by ~any()": db.session.scalars(
            persons.where(~with_orders)
        ).all(),
        "orders of Amy, by has()": db.session.scalars(orders.where(amys)).all(),
    }


@chapter.legacy()
def exists_legacy(status: OrderStatus = OrderStatus.SHIPPED) -> dict[str, object]:
    orders = Order.query.filter_by(status=status)
    by_hand = orders.filter(Order.person_id == Person.id).exists()
    with_orders = Person.orders.any(status=status)
    persons = Person.query.order_by(Person.id)
    return {
        "is there one": db.session.query(orders.exists()).scalar(),
        "persons with, by hand": persons.filter(by_hand).all(),
        "persons with, by any()": persons.filter(with_orders).all(),
        "persons without, by ~any()": persons.filter(~with_orders).all(),
        "orders of Amy, by has()": orders.filter(Order.person.has(name="Amy")).all(),
    }


@chapter.recipe(
    "DISTINCT",
    keywords="distinct unique values different values remove duplicates duplicate rows "
    "ORDER BY expressions must appear in select list "
    "UndefinedFunction could not identify an equality operator for type json",
    links=(
        f"{SELECTABLE}#sqlalchemy.sql.expression.Select.distinct",
        "https://www.postgresql.org/docs/18/queries-select-lists.html#QUERIES-DISTINCT",
    ),
)
def distinct() -> dict[str, object]:
    """`distinct()` returns each row only once. Two rows are the same if all the columns of
    the SELECT are equal, so one more column can bring every row back.

    Pitfall: DISTINCT often hides a join that multiplies rows. EXISTS does not multiply them:
    see the recipe `exists`.

    Pitfall: with DISTINCT Postgres sorts only by columns that are selected: "for SELECT
    DISTINCT, ORDER BY expressions must appear in select list".

    Pitfall: DISTINCT compares rows, and Postgres "could not identify an equality operator for type
    json". Make the column JSONB.
    """
    customers = select(Order.person_id).order_by(Order.person_id)
    pairs = select(Order.person_id, Order.id).order_by(Order.person_id, Order.id)
    return {
        "person_id": db.session.scalars(customers).all(),
        "DISTINCT person_id": db.session.scalars(customers.distinct()).all(),
        "DISTINCT person_id, id": db.session.execute(pairs.distinct()).all(),
    }


@chapter.legacy()
def distinct_legacy() -> dict[str, object]:
    customers = db.session.query(Order.person_id).order_by(Order.person_id)
    pairs = db.session.query(Order.person_id, Order.id).order_by(
        Order.person_id, Order.id
    )
    return {
        "person_id": [person_id for (person_id,) in customers],
        "DISTINCT person_id": [person_id for (person_id,) in customers.distinct()],
        "DISTINCT person_id, id": pairs.distinct().all(),
    }


@chapter.recipe(
    "DISTINCT ON: the latest of each group",
    keywords="distinct_on latest per group newest most recent record for each user row per "
    "customer first row of each "
    "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
    links=(
        "https://docs.sqlalchemy.org/en/21/dialects/postgresql.html"
        "#sqlalchemy.dialects.postgresql.distinct_on",
        "https://www.postgresql.org/docs/18/sql-select.html#SQL-DISTINCT",
    ),
)
def latest_per_group() -> list[Row]:
    """DISTINCT ON keeps the first row for each value of a column, here the newest order of
    each person. Only Postgres has it, and it is the shortest way to the latest row of each
    group; the recipe `top-n-per-group` finds several of each.

    Pitfall: `order_by()` must begin with the columns of DISTINCT ON. What follows them
    decides which row is the first.

    Deprecated: `distinct(Order.person_id)`: since 2.1 write `.ext(distinct_on(Order.person_id))`.
    """
    return db.session.execute(
        select(Person.name, Order.amount, Order.placed_at)
        .join(Order.person)
        .ext(distinct_on(Order.person_id))
        .order_by(Order.person_id, Order.placed_at.desc())
    ).all()


@chapter.legacy(warns=True, note="`distinct()` with a column warns since 2.1.")
def latest_per_group_legacy() -> list[Row]:
    return (
        db.session.query(Person.name, Order.amount, Order.placed_at)
        .join(Order.person)
        .distinct(Order.person_id)
        .order_by(Order.person_id, Order.placed_at.desc())
        .all()
    )


@chapter.recipe(
    "Single columns, rows and mappings",
    keywords="only some columns specific Row mappings dict _mapping label tuple unpack "
    "with_entities _asdict convert Row object to a Python dict "
    "NoSuchColumnError AttributeError could not locate column in row for column "
    "TypeError tuple indices must be integers or slices not str",
    links=(f"{ORM}#selecting-orm-entities-and-attributes", ROWS),
)
def columns(person_id: int = 1) -> dict[str, object]:
    """Select columns instead of objects: each Row is a named tuple, and `label()` names a
    computed column. `mappings()` returns the rows as mappings, which read like dicts.

    Deprecated: `Row._t`: since 2.1 a row is a typed tuple itself. `Row.t`, `Row.tuple()` and
    `Query.tuples()` warn too.

    Removed: `row["name"]`: write `row.name` or `row._mapping["name"]`.

    Pitfall: a computed column has the name that you give it, with `label()`, or with AS in a text.
    Any other raises AttributeError or NoSuchColumnError: "Could not locate column in row for column
    'total'".
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
    """Build a query step by step, and add a condition only if there is a value for it, as in
    a search form. Each method returns a new statement; nothing is sent before the session
    executes it.

    Pitfall: `orders.where(…)` does not change `orders`. Assign what it returns.
    """
    orders = select(Order)
    if name:
        orders = orders.join(Order.person).where(Person.name == name)
    if least:
        orders = orders.where(Order.amount >= least)
    placed = Order.placed_at.desc() if newest_first else Order.placed_at.asc()
    return db.session.scalars(orders.order_by(placed, Order.id).limit(5)).all()


@chapter.legacy(note="Query raises an error if `filter()` follows `limit()`.")
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


@chapter.recipe(
    "A day, in a time zone",
    keywords="date range between two dates datetime day today timezone time zone zoneinfo "
    "timestamptz AT TIME ZONE utc midnight half-open filter by date daylight saving "
    "InvalidDatetimeFormat invalid input syntax for type timestamp date "
    "DatetimeFieldOverflow date/time field value out of range",
    links=(
        "https://docs.python.org/3/library/zoneinfo.html",
        "https://www.postgresql.org/docs/18/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT",
    ),
)
def date_range(day: date = date(2026, 3, 29)) -> dict[str, list[str]]:
    """A day includes the midnight at which it begins, and excludes the one at which it ends:
    `>= start` and `< end`, a half-open range. Compute both in the time zone that is meant, and
    compare them with the column itself, so that its index is used.

    Pitfall: `between()` includes the end, so an order at midnight counts for two days. An end
    of `23:59:59` loses the orders in the last second.

    Pitfall: `func.date(Order.placed_at)` is the date in the time zone of the session, here
    UTC. `func.timezone("Europe/Berlin", Order.placed_at)`, in SQL AT TIME ZONE, is the time
    in Berlin; but an index on the column does not serve it.

    Pitfall: a day may have 23 hours, as this one does, or 25. So `end` is the next midnight
    in Berlin, and not 24 hours after `start`.

    Pitfall: if a text is no date, Postgres says "invalid input syntax for type timestamp", and of a
    day that does not exist, such as 2024-02-30, "out of range". Make a `datetime` of the text
    first, with `datetime.fromisoformat()` or `strptime()`.
    """
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime.combine(day, time(), berlin)
    end = datetime.combine(day + timedelta(days=1), time(), berlin)
    for moment in (start, end - timedelta(minutes=1), end):
        db.session.add(Order(person_id=1, amount=1, placed_at=moment))

    local = func.timezone("Europe/Berlin", Order.placed_at)
    conditions = {
        ">= and <": and_(Order.placed_at >= start, Order.placed_at < end),
        "BETWEEN": Order.placed_at.between(start, end),
        "date in UTC": func.date(Order.placed_at) == day,
        "date in Berlin": func.date(local) == day,
    }
    moments = select(func.to_char(local, "DD Mon HH24:MI")).order_by(Order.placed_at)
    return {
        label: db.session.scalars(moments.where(condition)).all()
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "The last seven days, and parts of a date",
    keywords="last 7 days past week yesterday now interval timedelta older than age extract year "
    "month weekday date_part filter by month "
    "AttributeError Neither InstrumentedAttribute object nor Comparator object "
    "has an attribute year month day",
    links=(
        f"{SQLELEMENT}#sqlalchemy.sql.expression.extract",
        "https://www.postgresql.org/docs/18/functions-datetime.html",
    ),
)
def last_days(days: int = 7, month: int = 3) -> dict[str, list[Order]]:
    """Compare a column with `func.now()` less a `timedelta`, which is an interval in Postgres.
    `extract()` gives a part of a date, such as the month, or `isodow`, the day of the week
    (Monday is 1).

    Pitfall: `datetime.now()` has no time zone: Postgres takes it in the time zone of the
    session. Write `datetime.now(UTC)`, or `func.now()`, the time at which the transaction
    began.

    Pitfall: an index on the column does not serve `extract()`. To find the rows of one month,
    compare the column with a range, as the recipe `date-range` does.

    Pitfall: a column has no `year`: `Order.placed_at.year` raises AttributeError. Write
    `extract("year", Order.placed_at)`.
    """
    db.session.add(Order(person_id=1, amount=1))  # placed now
    orders = select(Order).order_by(Order.id)
    recent = Order.placed_at >= func.now() - timedelta(days=days)
    in_month = and_(
        extract("year", Order.placed_at) == 2026,
        extract("month", Order.placed_at) == month,
    )
    weekend = extract("isodow", Order.placed_at) >= 6
    return {
        "last days": db.session.scalars(orders.where(recent)).all(),
        "in the month": db.session.scalars(orders.where(in_month)).all(),
        "at a weekend": db.session.scalars(orders.where(weekend, ~recent)).all(),
    }


@chapter.recipe(
    "Any function of Postgres: func, cast",
    keywords="func function sql functions cast concat coalesce upper lower round greatest string "
    "concatenation integer type conversion type_coerce stored procedure call UndefinedFunction "
    "operator does not exist character varying = integer No operator matches the given name and "
    "argument types You might need to add explicit type casts",
    links=(
        f"{TUTORIAL}#tutorial-functions",
        f"{SQLELEMENT}#sqlalchemy.sql.expression.cast",
        "https://www.postgresql.org/docs/18/functions.html",
    ),
)
def functions(person_id: int = 6) -> dict[str, object]:
    """`func` calls any function of the database by its name, also one that you wrote, with
    columns and values as arguments. `cast()` changes the type of a value in SQL.

    Pitfall: SQLAlchemy does not know which functions exist. A wrong name is an error only
    when Postgres gets the statement: "function … does not exist".

    Pitfall: SQLAlchemy does not know what type most functions return. `type_=` says it, so
    that the result has the operators of that type.

    Pitfall: Postgres does not compare a text with a number: "operator does not exist: character
    varying = integer". Pass a value of the column's type, here `str(number)`, or cast the column.
    """
    row = db.session.execute(
        select(
            func.upper(Person.name).label("upper"),
            func.concat(Person.name, " (", Person.id, ")").label("concat"),
            func.coalesce(Person.email, "none").label("coalesce"),
            func.greatest(Person.id, 10).label("greatest"),
            cast(Person.id, Text).label("cast"),
            func.jsonb_array_length(func.to_jsonb(Person.tags), type_=Integer).label(
                "number_of_tags"
            ),
        ).where(Person.id == person_id)
    ).one()
    return row._asdict()
