"""Joins and aggregates: several tables, and many rows in one."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    Row,
    and_,
    case,
    except_,
    func,
    intersect,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project

chapter = Chapter("J", "Joins and aggregates")

ORM = "https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html"
TUTORIAL = "https://docs.sqlalchemy.org/en/21/tutorial/data_select.html"


@chapter.recipe(
    "Join along a relationship",
    keywords="inner join on foreign key two tables rows of both filter by related",
    links=(f"{ORM}#joins",),
)
def join(at_least: Decimal = Decimal(60)) -> list[Row]:
    """Join two tables along a relationship, which knows the ON clause. The result is a row
    for each pair that matches: a person with two orders comes twice.

    Pitfall: since 2.1 `filter_by()` looks in every joined table, and a name that two of them
    have raises AmbiguousColumnError: write `where(Person.name == …)`.

    Pitfall: two tables in `select()` without a join give every combination of their rows, and
    a warning of a "cartesian product".

    Removed: `join("orders")`: a name as a string; give the attribute `Person.orders`.
    """
    return db.session.execute(
        select(Person.name, Order.amount)
        .join(Person.orders)
        .where(Order.amount >= at_least)
        .order_by(Order.id)
    ).all()


@chapter.legacy()
def join_legacy(at_least: Decimal = Decimal(60)) -> list[Row]:
    return (
        db.session.query(Person.name, Order.amount)
        .join(Person.orders)
        .filter(Order.amount >= at_least)
        .order_by(Order.id)
        .all()
    )


@chapter.recipe(
    "Outer join",
    keywords="left join isouter full outer without match missing rows null",
    links=(f"{TUTORIAL}#outer-and-full-join",),
)
def outer_join(status: OrderStatus = OrderStatus.PAID) -> list[Row]:
    """A left outer join keeps the rows without a match, with NULL (None) for what is missing.
    `and_()` on the relationship adds to the ON clause, and `join(…, full=True)` keeps both sides.

    Pitfall: a condition on the right table in `where()` drops the rows without a match again:
    an inner join by accident. It belongs into ON.
    """
    return db.session.execute(
        select(Person.name, Order.amount)
        .outerjoin(Person.orders.and_(Order.status == status))
        .order_by(Person.id, Order.id)
    ).all()


@chapter.legacy()
def outer_join_legacy(status: OrderStatus = OrderStatus.PAID) -> list[Row]:
    matches = and_(Order.person_id == Person.id, Order.status == status)
    return (
        db.session.query(Person.name, Order.amount)
        .outerjoin(Order, matches)
        .order_by(Person.id, Order.id)
        .all()
    )


@chapter.recipe(
    "ON of your own, a table twice",
    keywords="join on clause aliased alias same table twice explicit condition select_from",
    links=(f"{ORM}#joins-to-a-target-with-an-on-clause", f"{ORM}#selecting-orm-aliases"),
)
def aliased_join() -> list[Row]:
    """Join on any condition: the target first, then the ON clause. A table that takes part
    twice needs an alias, `aliased()`: here each order meets the same person's later ones.

    Pitfall: without ON the foreign key decides, and two of them raise
    AmbiguousForeignKeysError.
    """
    first, later = aliased(Order, name="first"), aliased(Order, name="later")
    return db.session.execute(
        select(Person.name, first.amount.label("first"), later.amount.label("later"))
        .join(first, first.person_id == Person.id)
        .join(later, and_(later.person_id == Person.id, later.id > first.id))
        .order_by(first.id, later.id)
    ).all()


@chapter.legacy()
def aliased_join_legacy() -> list[Row]:
    first, later = aliased(Order, name="first"), aliased(Order, name="later")
    return (
        db.session.query(
            Person.name,
            first.amount.label("first"),
            later.amount.label("later"),
        )
        .join(first, first.person_id == Person.id)
        .join(later, and_(later.person_id == Person.id, later.id > first.id))
        .order_by(first.id, later.id)
        .all()
    )


@chapter.recipe(
    "Self-join",
    keywords="table with itself manager employee parent of_type alias hierarchy",
    links=(f"{ORM}#using-relationship-to-join-between-aliased-targets",),
)
def self_join() -> list[Row]:
    """A self-join reads a table beside itself, such as each person beside the manager.
    `of_type()` leads the relationship to the alias.

    Removed: `join(Person.manager, aliased=True)`: make the alias and name it.
    """
    manager = aliased(Person, name="manager")
    return db.session.execute(
        select(Person.name, manager.name.label("manager"))
        .outerjoin(Person.manager.of_type(manager))
        .order_by(Person.id)
    ).all()


@chapter.legacy()
def self_join_legacy() -> list[Row]:
    manager = aliased(Person, name="manager")
    return (
        db.session.query(Person.name, manager.name.label("manager"))
        .outerjoin(manager, Person.manager)
        .order_by(Person.id)
        .all()
    )


@chapter.recipe(
    "GROUP BY and HAVING",
    keywords="aggregate sum count avg max min total per person groups func number of each",
    links=(f"{TUTORIAL}#aggregate-functions-with-group-by-having",),
)
def group_by(at_least: Decimal = Decimal(80)) -> list[Row]:
    """GROUP BY makes one row of each group: counts, sums, averages. `where()` chooses rows
    before they are grouped, `having()` groups afterwards.

    Pitfall: each column outside of a function must be in `group_by()`, or its table's primary
    key must be.

    Pitfall: Postgres knows labels in ORDER BY, and not in HAVING: SQLAlchemy repeats the
    expression there, and a text `having(text("total > 80"))` fails.
    """
    total = func.sum(Order.amount).label("total")
    return db.session.execute(
        select(Person.name, func.count().label("orders"), total)
        .join(Person.orders)
        .group_by(Person.id)
        .having(total >= at_least)
        .order_by(total.desc(), Person.id)
    ).all()


@chapter.legacy()
def group_by_legacy(at_least: Decimal = Decimal(80)) -> list[Row]:
    total = func.sum(Order.amount).label("total")
    return (
        db.session.query(Person.name, func.count(Order.id).label("orders"), total)
        .join(Person.orders)
        .group_by(Person.id)
        .having(total >= at_least)
        .order_by(total.desc(), Person.id)
        .all()
    )


@chapter.recipe(
    "Several counts at once: FILTER",
    keywords="aggregate filter where conditional count pivot crosstab sum case when",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/functions.html"
        "#sqlalchemy.sql.functions.FunctionElement.filter",
        "https://www.postgresql.org/docs/18/sql-expressions.html#SYNTAX-AGGREGATES",
    ),
)
def aggregate_filter(status: OrderStatus = OrderStatus.PENDING) -> list[Row]:
    """FILTER counts a part of the rows beside all of them, in one pass over the table.

    Pitfall: the sum of no rows is NULL, not 0: `func.coalesce(…, 0)`. A count is 0.
    """
    has_status = Order.status == status
    return db.session.execute(
        select(
            Person.name,
            func.count(Order.id).label("orders"),
            func.count(Order.id).filter(has_status).label("matching"),
            func.coalesce(func.sum(Order.amount).filter(has_status), 0).label("amount"),
        )
        .outerjoin(Person.orders)
        .group_by(Person.id)
        .order_by(Person.id)
    ).all()


@chapter.legacy(note="CASE without ELSE gives NULL, which count() and sum() leave out.")
def aggregate_filter_legacy(status: OrderStatus = OrderStatus.PENDING) -> list[Row]:
    has_status = Order.status == status
    amount = func.sum(case((has_status, Order.amount)))
    return (
        db.session.query(
            Person.name,
            func.count(Order.id).label("orders"),
            func.count(case((has_status, 1))).label("matching"),
            func.coalesce(amount, 0).label("amount"),
        )
        .outerjoin(Person.orders)
        .group_by(Person.id)
        .order_by(Person.id)
        .all()
    )


@chapter.recipe(
    "CASE",
    keywords="case when then else if condition in sql bucket custom sort order",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.case",
    ),
)
def case_when(large: Decimal = Decimal(100), small: Decimal = Decimal(20)) -> list[Row]:
    """CASE chooses a value by conditions, the first that is true. It can stand wherever a
    column can: in `order_by()` it gives an order of your own.

    Removed: `case([(condition, value)])`: give the pairs without the list.
    """
    size = case(
        (Order.amount >= large, "large"),
        (Order.amount < small, "small"),
        else_="medium",
    )
    return db.session.execute(
        select(size.label("size"), func.count().label("orders"))
        .group_by("size")
        .order_by(func.min(Order.amount))
    ).all()


@chapter.legacy()
def case_when_legacy(
    large: Decimal = Decimal(100),
    small: Decimal = Decimal(20),
) -> list[Row]:
    size = case(
        (Order.amount >= large, "large"),
        (Order.amount < small, "small"),
        else_="medium",
    )
    return (
        db.session.query(size.label("size"), func.count(Order.id).label("orders"))
        .group_by("size")
        .order_by(func.min(Order.amount))
        .all()
    )


@chapter.recipe(
    "Many rows in one value",
    keywords="array_agg json_agg string_agg group_concat json_build_object collect nested list "
    "aggregate_order_by",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/functions.html"
        "#sqlalchemy.sql.functions.FunctionElement.aggregate_order_by",
        "https://www.postgresql.org/docs/18/functions-aggregate.html",
    ),
)
def array_agg() -> list[Row]:
    """Collect the values of a group as an array, a text, or JSON: a parent and its children
    in one row and one query.

    Pitfall: their order is not the query's. Say it inside: `aggregate_order_by()`, which is
    new in 2.1.

    Pitfall: after an outer join a group without matches gives `[None]`;
    `.filter(Person.id.is_not(None))`, called last, makes that None.
    """
    names = func.string_agg(Person.name, ", ")
    dicts = func.json_agg(func.json_build_object("id", Person.id, "name", Person.name))
    return db.session.execute(
        select(
            Project.name,
            func.array_agg(Person.id).aggregate_order_by(Person.id).label("ids"),
            names.aggregate_order_by(Person.id).label("names"),
            dicts.aggregate_order_by(Person.id).label("persons"),
        )
        .join(Project.persons)
        .group_by(Project.id)
        .order_by(Project.id)
    ).all()


@chapter.recipe(
    "UNION, INTERSECT, EXCEPT",
    keywords="union_all combine two selects set operations difference distinct append queries",
    links=(f"{TUTORIAL}#union-union-all-and-other-set-operations",),
)
def union_select() -> dict[str, list[str]]:
    """Combine the rows of two selects that have the same columns. `union()` removes what is
    there twice, which takes time; `union_all()` keeps it.

    Pitfall: columns go together by their place, and are called as in the first select.

    Pitfall: to get objects hand it on: `select(Person).from_statement(union(…))`.
    """
    engineers = select(Person.name).where(Person.tags.contains(["engineer"]))
    remote = select(Person.name).where(Person.tags.contains(["remote"]))

    def names(statement) -> list[str]:
        return db.session.scalars(statement.order_by("name")).all()

    return {
        "union": names(union(engineers, remote)),
        "union_all": names(union_all(engineers, remote)),
        "intersect": names(intersect(engineers, remote)),
        "except_": names(except_(engineers, remote)),
    }


@chapter.legacy(note="Each method wraps the queries in a subquery.")
def union_select_legacy() -> dict[str, list[str]]:
    engineers = db.session.query(Person.name).filter(Person.tags.contains(["engineer"]))
    remote = db.session.query(Person.name).filter(Person.tags.contains(["remote"]))

    def names(query) -> list[str]:
        return [name for (name,) in query.order_by(Person.name)]

    return {
        "union": names(engineers.union(remote)),
        "union_all": names(engineers.union_all(remote)),
        "intersect": names(engineers.intersect(remote)),
        "except_": names(engineers.except_(remote)),
    }


@chapter.recipe(
    "Totals per month, empty months included",
    keywords="date_trunc generate_series time series group by day week month report gaps "
    "calendar table_valued",
    links=(
        f"{TUTORIAL}#table-valued-functions",
        "https://www.postgresql.org/docs/18/functions-srf.html",
    ),
)
def by_month(start: date = date(2026, 1, 1), months: int = 6) -> list[Row]:
    """Group by month with `date_trunc`, and join it to the months of `generate_series`: a
    month without orders then has a row too, with 0.

    Pitfall: the session's time zone decides when a month begins; `date_trunc` takes one as
    its third argument.
    """
    first = literal(start.replace(day=1))
    last = first + func.make_interval(0, months - 1)  # years, months
    series = func.generate_series(first, last, func.make_interval(0, 1))
    calendar = series.table_valued("month").render_derived(name="calendar")
    month = calendar.c.month
    return db.session.execute(
        select(
            func.to_char(month, "YYYY-MM").label("month"),
            func.count(Order.id).label("orders"),
            func.coalesce(func.sum(Order.amount), 0).label("total"),
        )
        .select_from(calendar)
        .outerjoin(Order, func.date_trunc("month", Order.placed_at) == month)
        .group_by(month)
        .order_by(month)
    ).all()
