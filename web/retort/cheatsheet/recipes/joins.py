"""Joins and aggregates: rows of several tables side by side, and one row for many."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import (
    Row,
    and_,
    case,
    except_,
    extract,
    func,
    intersect,
    literal,
    not_,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import aliased, with_parent

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project, persons_projects

chapter = Chapter("J", "Joins and aggregates")

ORM = "https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html"
POSTGRES = "https://www.postgresql.org/docs/18"
TUTORIAL = "https://docs.sqlalchemy.org/en/21/tutorial/data_select.html"


@chapter.recipe(
    "Join along a relationship",
    keywords="inner join on foreign key two tables three tables several joins rows of both filter "
    "by related "
    "AttributeError Neither InstrumentedAttribute object nor Comparator object "
    "associated with has an attribute Join target typically a FROM expression or "
    "ORM relationship attribute expected got AmbiguousColumn column reference is "
    "ambiguous "
    "SAWarning SELECT statement has a cartesian product between FROM element(s) "
    "and FROM element apply join condition(s) between each element to resolve",
    links=(f"{ORM}#joins",),
)
def join(at_least: Decimal = Decimal(60)) -> list[Row]:
    """Join two tables along a relationship, which knows the columns to join on; another
    `join()` adds a third table. The result has one row for each pair that matches, so a person
    with two orders comes twice, like Amy.

    Pitfall: since 2.1 `filter_by()` looks for a name in every joined table, and raises
    AmbiguousColumnError if two of them have it. Write `where(Person.id == 1)`.

    Pitfall: two tables in `select()` without a join give every combination of their rows.
    SQLAlchemy warns of a "cartesian product".

    Removed: `join("orders")`: write the attribute, `join(Person.orders)`.

    Pitfall: `Order.person.name` does not lead to the other table: "Neither 'InstrumentedAttribute'
    object nor 'Comparator' object … has an attribute 'name'". Join, and write `Person.name`.

    Pitfall: in SQL of your own, name the table of a column that two tables have: `persons.id`.
    Otherwise "column reference "id" is ambiguous".
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
    "Outer join, its condition in ON",
    keywords="left join isouter full outer users without orders without match null condition in on "
    "instead of where left join becomes inner join",
    links=(
        f"{TUTORIAL}#outer-and-full-join",
        f"{ORM}#combining-relationship-with-custom-on-criteria",
    ),
)
def outer_join(status: OrderStatus = OrderStatus.PAID) -> dict[str, list[Row]]:
    """A left outer join keeps the rows that have no match, with NULL (None) for what is
    missing; `full=True` keeps such rows of both tables. A condition on the right table belongs
    in ON, and `and_()` of the relationship puts it there.

    Pitfall: in `where()` the same condition makes it an inner join, because NULL does not
    fulfil it. The persons without a paid order are then gone.
    """
    persons = select(Person.name, Order.id).order_by(Person.id, Order.id)
    in_on = persons.outerjoin(Person.orders.and_(Order.status == status))
    in_where = persons.outerjoin(Person.orders).where(Order.status == status)
    return {
        "in ON": db.session.execute(in_on).all(),
        "in WHERE": db.session.execute(in_where).all(),
    }


@chapter.legacy()
def outer_join_legacy(status: OrderStatus = OrderStatus.PAID) -> dict[str, list[Row]]:
    persons = db.session.query(Person.name, Order.id).order_by(Person.id, Order.id)
    matches = and_(Order.person_id == Person.id, Order.status == status)
    in_where = persons.outerjoin(Order, Person.orders).filter(Order.status == status)
    return {
        "in ON": persons.outerjoin(Order, matches).all(),
        "in WHERE": in_where.all(),
    }


@chapter.recipe(
    "The left side of a join: select_from",
    keywords="select_from from clause which table first left side Don't know how to join to "
    "Please use the .select_from() method to establish an explicit left side",
    links=(
        f"{TUTORIAL}#explicit-from-clauses-and-joins",
        f"{ORM}#setting-the-leftmost-from-clause-in-a-join",
    ),
)
def left_side() -> dict[str, object]:
    """`select_from()` names the table that a join starts from. It is needed if the SELECT
    names no table, as with a count, and it decides which rows an outer join keeps.
    """
    count = select(func.count())
    persons = count.select_from(Person).outerjoin(Person.orders)
    orders = count.select_from(Order).outerjoin(Order.person)
    counts: dict[str, object] = {
        "select_from(Person)": db.session.scalar(persons),
        "select_from(Order)": db.session.scalar(orders),
    }
    try:
        db.session.scalar(count.outerjoin(Order))
    except InvalidRequestError as error:
        counts["without it"] = str(error).partition(". ")[0]
    return counts


@chapter.recipe(
    "Any ON condition, a table twice",
    keywords="join on clause aliased alias same table twice explicit condition select_from "
    "NoForeignKeysError can't find any foreign key relationships between "
    "AmbiguousForeignKeysError can't determine join between tables have more than "
    "one foreign key constraint relationship between them please specify the "
    "onclause of this join explicitly DuplicateAlias table name specified more "
    "than once",
    links=(
        f"{ORM}#joins-to-a-target-with-an-on-clause",
        f"{ORM}#selecting-orm-aliases",
    ),
)
def aliased_join() -> list[Row]:
    """`join(table, condition)` joins on any condition, not only along a relationship. A table
    that is joined twice needs an alias each time, `aliased()`: here each order stands beside
    the later orders of the same person.

    Pitfall: without an ON condition the foreign key decides. If there are two,
    AmbiguousForeignKeysError is raised.

    Pitfall: if no foreign key leads from one table to the other, SQLAlchemy "can't find any foreign
    key relationships": write the condition.
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
    """Join a table with itself, here each person with their manager, who is a person too.
    One of the two needs an alias, and `of_type()` makes the relationship lead to it.

    Removed: `join(Person.manager, aliased=True)`: write an alias of your own.
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
    keywords="aggregate sum count avg max min total per person groups func number of posts each "
    "several multiple columns users having more than 3 orders "
    "GroupingError aggregate functions are not allowed in WHERE column must "
    "appear in the GROUP BY clause or be used in an aggregate function",
    links=(f"{TUTORIAL}#aggregate-functions-with-group-by-having",),
)
def group_by(at_least: Decimal = Decimal(80)) -> list[Row]:
    """`group_by()` turns all rows with the same value into one, here the orders of each
    person, with counts, sums or averages of them. `where()` filters the rows before they are
    grouped, `having()` filters the groups.

    Pitfall: a selected column "must appear in the GROUP BY clause or be used in an aggregate
    function". If the primary key is in `group_by()`, all columns of its table may be selected.

    Pitfall: Postgres knows the name of a label in ORDER BY, but not in HAVING. So
    `having(text("total > 80"))` fails; `having(total > 80)` repeats the expression.
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
    "Counts per parent, zeros included",
    keywords="count children including zero number of posts per user zero orders outer "
    "join count left join group by 0 comments",
    links=(
        f"{TUTORIAL}#aggregate-functions-with-group-by-having",
        f"{TUTORIAL}#outer-and-full-join",
    ),
)
def count_children() -> list[Row]:
    """An outer join keeps the persons without orders, and `func.count(Order.id)` counts only
    the orders that are there: 0 for Emeka. `func.count()` counts rows, and the outer join
    gives Emeka one row, in which the order is NULL.

    Pitfall: `len(person.orders)` loads every order, and sends a statement for each person.
    """
    orders = func.count(Order.id).label("orders")
    return db.session.execute(
        select(Person.name, orders, func.count().label("rows"))
        .outerjoin(Person.orders)
        .group_by(Person.id)
        .order_by(orders.desc(), Person.id)
    ).all()


@chapter.legacy()
def count_children_legacy() -> list[Row]:
    orders = func.count(Order.id).label("orders")
    return (
        db.session.query(Person.name, orders, func.count().label("rows"))
        .outerjoin(Person.orders)
        .group_by(Person.id)
        .order_by(orders.desc(), Person.id)
        .all()
    )


@chapter.recipe(
    "Counts of two collections: correlated subqueries",
    keywords="count two relationships wrong counts multiplied doubled join multiplies rows fan out "
    "sum too high correlated subquery",
    links=(f"{TUTORIAL}#scalar-and-correlated-subqueries",),
)
def count_collections() -> dict[str, list[Row]]:
    """Count each collection in a subquery of its own, correlated with the parent. Two joins
    multiply the rows: Amy's 2 orders and 2 projects become 4 rows, and both counts say 4.

    Pitfall: after two joins `func.count(Order.id.distinct())` is right again, but DISTINCT does
    not mend a sum, because two orders may have the same amount.
    """
    orders = select(func.count(Order.id)).where(Order.person_id == Person.id)
    member = persons_projects.c.person_id
    projects = select(func.count(member)).where(member == Person.id)
    subqueries = select(
        Person.name, orders.scalar_subquery(), projects.scalar_subquery()
    )
    joins = (
        select(Person.name, func.count(Order.id), func.count(Project.id))
        .outerjoin(Person.orders)
        .outerjoin(Person.projects)
        .group_by(Person.id)
    )
    return {
        "subqueries": db.session.execute(subqueries.order_by(Person.id)).all(),
        "joins of both": db.session.execute(joins.order_by(Person.id)).all(),
    }


@chapter.recipe(
    "Has all of these, any of these, none of these",
    keywords="has all of these tags all of several many to many relational division having count "
    "distinct every every one of list and not or match all",
    links=(
        f"{TUTORIAL}#aggregate-functions-with-group-by-having",
        f"{POSTGRES}/sql-expressions.html#SYNTAX-AGGREGATES",
    ),
)
def has_all(
    first: str = "Alembic still", second: str = "Funnel"
) -> dict[str, list[str]]:
    """To find the persons who are in all of several projects, join only those projects, group
    by person, and let HAVING demand as many different projects as were asked for. Without the
    HAVING these are the persons in any of the projects; `~any()` finds those in none.

    Pitfall: `where(Project.name == first, Project.name == second)` finds nobody, because no
    single row has both names.
    """
    wanted = [first, second]
    in_any = (
        select(Person.name)
        .join(Person.projects)
        .where(Project.name.in_(wanted))
        .group_by(Person.id)
        .order_by(Person.id)
    )
    in_all = in_any.having(func.count(Project.id.distinct()) == len(set(wanted)))
    in_one = Person.projects.any(Project.name.in_(wanted))
    in_none = select(Person.name).where(~in_one).order_by(Person.id)
    return {
        "all": db.session.scalars(in_all).all(),
        "any": db.session.scalars(in_any).all(),
        "none": db.session.scalars(in_none).all(),
    }


@chapter.legacy(note="Instead of HAVING, each project can have an `any()` of its own.")
def has_all_legacy(
    first: str = "Alembic still",
    second: str = "Funnel",
) -> dict[str, list[str]]:
    in_first = Person.projects.any(name=first)
    in_second = Person.projects.any(name=second)
    conditions = {
        "all": and_(in_first, in_second),
        "any": or_(in_first, in_second),
        "none": not_(or_(in_first, in_second)),
    }
    persons = Person.query.order_by(Person.id)
    return {
        label: [person.name for person in persons.filter(condition)]
        for label, condition in conditions.items()
    }


@chapter.recipe(
    "Filter by a related object",
    keywords="filter by relationship compare with object instance contains with_parent where "
    "foreign key equals object orders of this person many to many membership by an "
    "attribute of a relationship without explicit join "
    "ArgumentError SQL expression element or literal value expected got object "
    "NotImplementedError in_() not yet supported for relationships",
    links=(f"{ORM}#relationship-where-operators",),
)
def related_object(person_id: int = 1) -> dict[str, object]:
    """A relationship to one object can be compared with an object, and a relationship to many
    has `contains()`: SQLAlchemy puts the object's key into the condition. `with_parent()`
    selects what belongs to an object, and takes further conditions, unlike `person.orders`.

    Pitfall: `contains()` tests for one object. For a condition on its columns use `any()`: see
    the recipe `exists`.

    Pitfall: compare the relationship with the object, and the column with a key. `Order.person_id
    == amy` raises ArgumentError: "SQL expression element or literal value expected".

    Pitfall: a relationship has no `in_()`, "not yet supported for relationships". Write
    `Order.person_id.in_(ids)`.
    """
    person = db.session.get_one(Person, person_id)
    project = db.session.scalars(select(Project).order_by(Project.id).limit(1)).one()
    orders = select(Order).order_by(Order.id)
    persons = select(Person).order_by(Person.id)
    large = Order.amount > 100
    return {
        "Order.person ==": db.session.scalars(
            orders.where(Order.person == person)
        ).all(),
        "with_parent()": db.session.scalars(
            orders.where(with_parent(person, Person.orders), large)
        ).all(),
        "projects.contains()": db.session.scalars(
            persons.where(Person.projects.contains(project))
        ).all(),
    }


@chapter.legacy()
def related_object_legacy(person_id: int = 1) -> dict[str, object]:
    person = db.session.get_one(Person, person_id)
    project = Project.query.order_by(Project.id).first()
    orders, persons = Order.query.order_by(Order.id), Person.query.order_by(Person.id)
    large = Order.amount > 100
    return {
        "Order.person ==": orders.filter_by(person=person).all(),
        "with_parent()": orders.filter(with_parent(person, Person.orders), large).all(),
        "projects.contains()": persons.filter(Person.projects.contains(project)).all(),
    }


@chapter.recipe(
    "Sort by a column of another table, or by a count",
    keywords="order by related column relationship sort by attribute of relation order by count "
    "most orders first number of comments children parents popular missing FROM-clause entry "
    "with joinedload eager load",
    links=(f"{TUTORIAL}#order-by", f"{ORM}#joins"),
)
def order_by_related() -> dict[str, list[Row]]:
    """Join the other table to sort by its column. To sort by the number of related rows,
    group after an outer join, which also keeps the parents that have none.

    Pitfall: without the join Postgres raises an error: "missing FROM-clause entry for table".

    Pitfall: `joinedload()` joins under a hidden alias, so you cannot sort by it. Write
    `join()`, and `contains_eager()` to load the objects from it.
    """
    orders = select(Person.name, Order.id).join(Order.person)
    persons = select(Person.name, func.count(Order.id)).outerjoin(Person.orders)
    persons = persons.group_by(Person.id)
    by_count = persons.order_by(func.count(Order.id).desc(), Person.name)
    return {
        "orders by name": db.session.execute(
            orders.order_by(Person.name, Order.id)
        ).all(),
        "persons by count": db.session.execute(by_count).all(),
    }


@chapter.legacy()
def order_by_related_legacy() -> dict[str, list[Row]]:
    orders = db.session.query(Person.name, Order.id).join(Order.person)
    persons = db.session.query(Person.name, func.count(Order.id)).outerjoin(
        Person.orders
    )
    persons = persons.group_by(Person.id)
    return {
        "orders by name": orders.order_by(Person.name, Order.id).all(),
        "persons by count": persons.order_by(
            func.count(Order.id).desc(), Person.name
        ).all(),
    }


@chapter.recipe(
    "Find duplicates",
    keywords="duplicate rows find duplicates group by having count greater than 1 same values "
    "twice delete duplicates keep one dedupe",
    links=(
        f"{TUTORIAL}#aggregate-functions-with-group-by-having",
        f"{TUTORIAL}#tutorial-window-functions",
    ),
)
def duplicates() -> dict[str, list[Row]]:
    """Group by the columns that should be unique together, and keep the groups with more
    than one row. To find the rows to delete, number the rows of each group and keep the first:
    those with a higher number are too many.

    Pitfall: GROUP BY puts all NULLs into one group, but a unique constraint accepts any
    number of NULLs.
    """
    columns = (Order.person_id, Order.status)
    groups = (
        select(Order.person_id, func.array_agg(Order.id).aggregate_order_by(Order.id))
        .group_by(*columns)
        .having(func.count() > 1)
    )
    number = func.row_number().over(partition_by=columns, order_by=Order.id)
    numbered = select(Order.id, number.label("number")).subquery()
    surplus = select(numbered.c.id).where(
        numbered.c.number > 1
    )  # for delete(Order).where(Order.id.in_(surplus))
    return {
        "groups": db.session.execute(groups).all(),
        "too many": db.session.scalars(surplus).all(),
    }


@chapter.recipe(
    "Percent of the total",
    keywords="percentage of total share ratio sum over all rows window function over group by "
    "proportion percent "
    "DivisionByZero division by zero",
    links=(f"{TUTORIAL}#tutorial-window-functions", f"{POSTGRES}/tutorial-window.html"),
)
def percent_of_total() -> list[Row]:
    """`func.sum(total).over()` is a window function over the groups: it adds up the totals of
    all groups, and each group has the sum beside its own total. So one statement gives every
    person's share.

    Pitfall: in SQL the quotient of two integers is an integer, so `1 / 2` is 0. SQLAlchemy
    writes a cast, so that `/` gives 0.5; `//` gives 0.

    Pitfall: a total of 0 raises "division by zero". `func.nullif(total, 0)` makes the quotient NULL
    instead.
    """
    total = func.sum(Order.amount)
    percent = func.round(100 * total / func.sum(total).over(), 1)
    return db.session.execute(
        select(Person.name, total.label("total"), percent.label("percent"))
        .join(Person.orders)
        .group_by(Person.id)
        .order_by(total.desc())
    ).all()


@chapter.recipe(
    "Median and percentiles",
    keywords="median percentile percentile_cont percentile_disc quantile mode most common value "
    "within group average avg p90 p95 statistics",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/functions.html"
        "#sqlalchemy.sql.functions.FunctionElement.within_group",
        f"{POSTGRES}/functions-aggregate.html#FUNCTIONS-ORDEREDSET-TABLE",
    ),
)
def median() -> list[Row]:
    """`percentile_cont(0.5)` with `within_group()` is the median, the middle of the sorted
    values; a few very large orders change it less than the average. `mode()` is the value that
    comes most often.

    Pitfall: `percentile_cont` may give a value between those of two rows; `percentile_disc`
    gives the value of a row.
    """
    amounts, month = Order.amount, extract("month", Order.placed_at)
    return db.session.execute(
        select(
            func.round(func.avg(amounts), 2).label("average"),
            func.percentile_cont(0.5).within_group(amounts).label("median"),
            func.percentile_cont(0.9).within_group(amounts).label("p90 cont"),
            func.percentile_disc(0.9).within_group(amounts).label("p90 disc"),
            func.mode().within_group(month).label("busiest month"),
        )
    ).all()


@chapter.recipe(
    "Several counts at once: FILTER",
    keywords="aggregate filter where conditional count sum case when sum of some rows",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/functions.html"
        "#sqlalchemy.sql.functions.FunctionElement.filter",
        f"{POSTGRES}/sql-expressions.html#SYNTAX-AGGREGATES",
    ),
)
def aggregate_filter(status: OrderStatus = OrderStatus.PENDING) -> list[Row]:
    """`filter()` after `func.count()` or `func.sum()` takes only the rows that fulfil a
    condition. So one statement reads the table once and gives several counts side by side.

    Pitfall: the sum of no rows is NULL, so `func.coalesce(…, 0)` makes it 0. A count is 0.
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


@chapter.legacy(
    note="CASE without ELSE gives NULL, which `count()` and `sum()` leave out."
)
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
    "A pivot: a column for each value",
    keywords="pivot crosstab cross tab table rows to columns column per status matrix report "
    "transpose",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/functions.html"
        "#sqlalchemy.sql.functions.FunctionElement.filter",
        f"{POSTGRES}/sql-expressions.html#SYNTAX-AGGREGATES",
    ),
)
def pivot() -> list[Row]:
    """This pivot has a row for each month and a column for each status. A loop in Python
    makes the columns, and each is a count with `filter()`.

    Pitfall: the columns are fixed when the statement is sent. So the values must be known
    before, from an Enum or from another query.
    """

    def count(status: OrderStatus):
        return func.count().filter(Order.status == status).label(status.value)

    month = func.to_char(Order.placed_at, "YYYY-MM").label("month")
    counts = select(month, *map(count, OrderStatus)).group_by("month")
    return db.session.execute(counts.order_by("month")).all()


@chapter.recipe(
    "CASE",
    keywords="case when then else if condition in sql bucket custom sort order",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.case",
    ),
)
def case_when(large: Decimal = Decimal(100), small: Decimal = Decimal(20)) -> list[Row]:
    """`case()` gives the value beside the first condition that is true, or `else_` if none
    is. It can stand wherever a column can: in `order_by()` it sorts in an order of your own.

    Pitfall: without `else_` the value is NULL if no condition is true.

    Removed: `case([(condition, value)])`: write the pairs without a list.
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
    "Many rows in one value: array_agg",
    keywords="array_agg json_agg string_agg group_concat json_build_object collect nested list "
    "aggregate_order_by comma separated names in one row concatenate rows",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/functions.html"
        "#sqlalchemy.sql.functions.FunctionElement.aggregate_order_by",
        f"{POSTGRES}/functions-aggregate.html",
    ),
)
def array_agg() -> list[Row]:
    """Collect the values of a group in one array, one text or one JSON document. A project
    and all its persons are then one row of one query.

    Pitfall: `order_by()` of the query does not sort the values inside.
    `aggregate_order_by()`, new in 2.1, does.

    Pitfall: after an outer join, a project without persons has `[None]`. With
    `.filter(Person.id.is_not(None))`, called last, it has None.
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
    keywords="union_all combine two selects set operations difference distinct append queries "
    "CompileError All selectables passed to CompoundSelect must have identical "
    "numbers of columns DatatypeMismatch UNION types integer and text cannot be "
    "matched",
    links=(f"{TUTORIAL}#union-union-all-and-other-set-operations",),
)
def union_select() -> dict[str, list[str]]:
    """Combine the rows of two selects with the same columns: `union()` has the rows of
    either, `intersect()` those of both, `except_()` those of only the first. `union_all()`
    keeps duplicates, and is faster because it does not look for them.

    Pitfall: columns are matched by their position, not by their name. The names are those of
    the first select.

    Pitfall: a union returns rows. `select(Person).from_statement(union(…))` makes objects of
    them.

    Pitfall: all selects need "identical numbers of columns". Their types have to match place by
    place, or Postgres says "UNION types … cannot be matched".
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


@chapter.legacy(note="Each of these methods of Query puts the queries into a subquery.")
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
    "Revenue per month, empty months included",
    keywords="date_trunc generate_series time series group by day week month totals per month "
    "report gaps revenue empty days zero calendar table_valued status in on",
    links=(
        f"{TUTORIAL}#table-valued-functions",
        f"{POSTGRES}/functions-srf.html",
    ),
)
def by_month(start: date = date(2026, 1, 1), months: int = 6) -> list[Row]:
    """`generate_series()` makes a row for each month, and an outer join adds the orders whose
    `date_trunc` is that month. So months without revenue are there too, with 0.

    Pitfall: the status belongs in ON. In WHERE it would drop the months without a paid
    order: April, which has only a pending one, and the months after it.

    Pitfall: the time zone of the session decides when a month begins, unless `date_trunc` has
    a time zone as its third argument.
    """
    first = literal(start.replace(day=1))
    last = first + func.make_interval(0, months - 1)  # years, months
    series = func.generate_series(first, last, func.make_interval(0, 1))
    calendar = series.table_valued("month").render_derived(name="calendar")
    month = calendar.c.month
    is_paid = Order.status.in_([OrderStatus.PAID, OrderStatus.SHIPPED])
    return db.session.execute(
        select(
            func.to_char(month, "YYYY-MM").label("month"),
            func.count(Order.id).label("orders"),
            func.coalesce(func.sum(Order.amount), 0).label("revenue"),
        )
        .select_from(calendar)
        .outerjoin(
            Order, and_(func.date_trunc("month", Order.placed_at) == month, is_paid)
        )
        .group_by(month)
        .order_by(month)
    ).all()


@chapter.recipe(
    "Group by day in a time zone",
    keywords="group by date timezone time zone AT TIME ZONE date_trunc day local utc wrong day off "
    "by one hour daily totals cast date",
    links=(f"{POSTGRES}/functions-datetime.html#FUNCTIONS-DATETIME-TRUNC",),
)
def by_day() -> dict[str, list[Row]]:
    """The day of a moment depends on the time zone: of two orders an hour apart, the second
    is placed on the next day in Berlin, but on the same day in UTC. Convert the time to that
    time zone with `func.timezone()`, in SQL AT TIME ZONE, and then take the date.

    Pitfall: `date_trunc("day", Order.placed_at, "Europe/Berlin")` gives the moment at which
    the day began, as a timestamptz: 2026-03-28 begins at 23:00 UTC of the day before.
    """
    for hour in (22, 23):
        moment = datetime(2026, 3, 28, hour, 30, tzinfo=UTC)
        db.session.add(Order(person_id=1, amount=1, placed_at=moment))

    def days(day) -> list[Row]:
        text = func.to_char(day, "YYYY-MM-DD HH24:MI").label("day")
        orders = select(text, func.count()).where(Order.amount == 1)
        return db.session.execute(orders.group_by("day").order_by("day")).all()

    return {
        "UTC": days(func.date(Order.placed_at)),
        "Berlin": days(func.date(func.timezone("Europe/Berlin", Order.placed_at))),
        "date_trunc": days(func.date_trunc("day", Order.placed_at, "Europe/Berlin")),
    }
