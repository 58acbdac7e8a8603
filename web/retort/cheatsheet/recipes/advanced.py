"""Advanced SQL: subqueries, CTEs, window functions, and SQL written by hand."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportMissingImports=false, reportGeneralTypeIssues=false
# ruff: noqa: PLC0415

from psycopg2.extras import RealDictCursor
from sqlalchemy import (
    Integer,
    Row,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal,
    select,
    text,
    true,
    tstring,
    values,
)
from sqlalchemy.orm import aliased

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, OrderStatus, Person

chapter = Chapter("X", "Advanced SQL")

TUTORIAL = "https://docs.sqlalchemy.org/en/21/tutorial/data_select.html"
SELECTABLE = "https://docs.sqlalchemy.org/en/21/core/selectable.html"
GUIDE = "https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "Scalar subquery",
    keywords="subselect correlated subquery in select nested query single value as_scalar",
    links=(f"{TUTORIAL}#tutorial-scalar-subquery",),
)
def scalar_subquery() -> list[Row]:
    """A scalar subquery is a SELECT of one value that is used like a column. It is
    correlated with the outer query: because its `where()` names `Person.id`, it gives the value
    for the person of each row.

    Pitfall: a sum without rows is NULL, so `func.coalesce(…, 0)` makes it 0.

    Pitfall: a subquery that finds two rows is an error of Postgres: "more than one row
    returned by a subquery used as an expression".

    Deprecated: `as_scalar()`: write `scalar_subquery()`.
    """
    spent = (
        select(func.coalesce(func.sum(Order.amount), 0))
        .where(Order.person_id == Person.id)
        .scalar_subquery()
        .label("spent")
    )
    query = select(Person.name, spent).order_by(spent.desc(), Person.id)
    return db.session.execute(query).all()


@chapter.legacy()
def scalar_subquery_legacy() -> list[Row]:
    spent = (
        db.session.query(func.coalesce(func.sum(Order.amount), 0))
        .filter(Order.person_id == Person.id)
        .scalar_subquery()
        .label("spent")
    )
    query = db.session.query(Person.name, spent)
    return query.order_by(spent.desc(), Person.id).all()


@chapter.recipe(
    "CTE: WITH",
    keywords="common table expression with clause cte select from subquery join subquery derived "
    "table reuse average",
    links=(f"{TUTORIAL}#tutorial-subqueries-ctes", f"{POSTGRES}/queries-with.html"),
)
def cte() -> list[Row]:
    """A CTE (common table expression, in SQL WITH) gives a query a name, so that the statement
    can use it several times: here for each person's total, and again for the average of these
    totals. For a single use `subquery()` does the same.

    Pitfall: the columns of a CTE or subquery are in its `c`: `spent.c.total`.
    """
    spent = (
        select(Order.person_id, func.sum(Order.amount).label("total"))
        .group_by(Order.person_id)
        .cte("spent")
    )
    average = select(func.avg(spent.c.total)).scalar_subquery()
    return db.session.execute(
        select(Person.name, spent.c.total)
        .join(spent, spent.c.person_id == Person.id)
        .where(spent.c.total > average)
        .order_by(spent.c.total.desc())
    ).all()


@chapter.legacy()
def cte_legacy() -> list[Row]:
    spent = (
        db.session.query(Order.person_id, func.sum(Order.amount).label("total"))
        .group_by(Order.person_id)
        .cte("spent")
    )
    average = db.session.query(func.avg(spent.c.total)).scalar_subquery()
    return (
        db.session.query(Person.name, spent.c.total)
        .join(spent, spent.c.person_id == Person.id)
        .filter(spent.c.total > average)
        .order_by(spent.c.total.desc())
        .all()
    )


@chapter.recipe(
    "Recursive CTE: a tree, downwards",
    keywords="with recursive hierarchy tree graph manager reports descendants depth path children "
    "of children nested levels",
    links=(
        f"{SELECTABLE}#sqlalchemy.sql.expression.HasCTE.cte",
        f"{POSTGRES}/queries-with.html#QUERIES-WITH-RECURSIVE",
    ),
)
def recursive_cte(name: str = "Amy", deepest: int = 5) -> list[Row]:
    """A recursive CTE walks a tree of any depth in one statement. It starts with one
    query, and `union_all()` adds a second, which joins the rows found last and is repeated
    until it finds no more.

    Pitfall: with a cycle in the data it never ends, so here a greatest depth stops it.
    `union()` would stop it too, since it drops repeated rows, but only without the columns
    `depth` and `path`, which make each row different.
    """
    team = (
        select(
            Person.id, literal(0).label("depth"), cast(Person.name, Text).label("path")
        )
        .where(Person.name == name)
        .cte("team", recursive=True)
    )
    team = team.union_all(
        select(Person.id, team.c.depth + 1, team.c.path + " > " + Person.name)
        .join(team, Person.manager_id == team.c.id)
        .where(team.c.depth < deepest)
    )
    paths = select(team.c.depth, team.c.path)
    return db.session.execute(paths.order_by(team.c.path)).all()


@chapter.recipe(
    "Recursive CTE: a tree, upwards",
    keywords="with recursive ancestors parents of a node breadcrumb path to root chain of managers "
    "root parent up the tree",
    links=(
        f"{SELECTABLE}#sqlalchemy.sql.expression.HasCTE.cte",
        f"{POSTGRES}/queries-with.html#QUERIES-WITH-RECURSIVE",
    ),
)
def ancestors(name: str = "Deniz", highest: int = 5) -> list[Row]:
    """To walk from a person up to the top, the recursive part joins the manager of the person
    found last. The level sorts the result, since a CTE has no order of its own.
    """
    above = (
        select(Person.id, Person.name, Person.manager_id, literal(0).label("level"))
        .where(Person.name == name)
        .cte("above", recursive=True)
    )
    above = above.union_all(
        select(Person.id, Person.name, Person.manager_id, above.c.level + 1)
        .join(above, Person.id == above.c.manager_id)
        .where(above.c.level < highest)
    )
    names = select(above.c.level, above.c.name)
    return db.session.execute(names.order_by(above.c.level)).all()


@chapter.recipe(
    "DELETE in a CTE",
    keywords="data-modifying cte with delete insert update returning move rows archive delete and "
    "select in one statement writable writeable cte",
    links=(
        f"{SELECTABLE}#sqlalchemy.sql.expression.HasCTE.add_cte",
        f"{POSTGRES}/queries-with.html#QUERIES-WITH-MODIFYING",
    ),
)
def delete_cte(status: OrderStatus = OrderStatus.CANCELLED) -> list[Row]:
    """A CTE can be an INSERT, UPDATE or DELETE with RETURNING, and the statement goes on with
    the rows that it returns. This one deletes orders and tells whose they were.

    Pitfall: each part of the statement sees the tables as they were before it. So `orders`,
    the number of all orders, still includes the deleted one.
    """
    deleted = (
        delete(Order)
        .where(Order.status == status)
        .returning(Order.person_id, Order.amount)
        .cte("deleted")
    )
    orders = select(func.count()).select_from(Order).scalar_subquery()
    return db.session.execute(
        select(Person.name, deleted.c.amount, orders.label("orders"))
        .join(deleted, deleted.c.person_id == Person.id)
        .order_by(Person.id)
    ).all()


@chapter.recipe(
    "Window functions",
    keywords="over partition by rank row_number lag lead running total balance cumulative sum "
    "moving average difference to previous row",
    links=(f"{TUTORIAL}#tutorial-window-functions", f"{POSTGRES}/tutorial-window.html"),
)
def window() -> list[Row]:
    """A window function calculates over several rows, as GROUP BY does, but keeps each row:
    for a running total, a rank, or the value of the row before. `partition_by` starts anew for
    each group.

    Pitfall: a window function cannot stand in `where()`. Calculate it in a subquery, and
    filter what that returns.

    Pitfall: with `order_by` alone, a sum includes all the rows that tie with the current one.
    `rows=(None, 0)` ends it at the current row; `rows=(-2, 0)` takes that row and the two before
    it, as for a moving average.
    """
    by_date = {"partition_by": Order.person_id, "order_by": Order.placed_at}
    return db.session.execute(
        select(
            Person.name,
            Order.amount,
            func.sum(Order.amount).over(**by_date, rows=(None, 0)).label("so_far"),
            func.lag(Order.amount).over(**by_date).label("previous"),
            func.rank().over(order_by=Order.amount.desc()).label("rank"),
        )
        .join(Order.person)
        .order_by(Person.id, Order.placed_at)
    ).all()


@chapter.recipe(
    "row_number, rank, dense_rank",
    keywords="row_number rank dense_rank ntile ranking ties same place position leaderboard number "
    "rows",
    links=(
        f"{POSTGRES}/functions-window.html",
        f"{TUTORIAL}#tutorial-window-functions",
    ),
)
def ranks() -> list[Row]:
    """These functions differ in how they number equal rows. `row_number()` gives each row a
    number of its own, `rank()` gives equal rows the same and leaves a gap after them,
    `dense_rank()` leaves no gap.

    Pitfall: `row_number()` numbers equal rows in any order. Sort by a unique column at the
    end, here by the id.
    """
    orders = func.count(Order.id)
    return db.session.execute(
        select(
            Person.name,
            orders.label("orders"),
            func.row_number()
            .over(order_by=(orders.desc(), Person.id))
            .label("row_number"),
            func.rank().over(order_by=orders.desc()).label("rank"),
            func.dense_rank().over(order_by=orders.desc()).label("dense_rank"),
        )
        .outerjoin(Person.orders)
        .group_by(Person.id)
        .order_by(orders.desc(), Person.id)
    ).all()


@chapter.recipe(
    "Gaps in numbers",
    keywords="missing numbers missing ids gaps and islands sequence holes consecutive runs "
    "generate_series lead streak",
    links=(f"{POSTGRES}/functions-window.html", f"{POSTGRES}/functions-srf.html"),
)
def gaps() -> dict[str, object]:
    """`lead()` gives the next number: where it is higher by more than one, there is a gap.
    To find the runs without a gap, subtract `row_number()` and group by the difference, which
    stays the same within a run.

    Pitfall: gaps in an id are normal: a rolled back INSERT uses up its number.
    """
    db.session.execute(delete(Order).where(Order.id.in_([3, 4, 6])))
    following = func.lead(Order.id).over(order_by=Order.id)
    pairs = select(Order.id, following.label("next")).subquery()
    missing = select(pairs.c.id + 1, pairs.c.next - 1).where(
        pairs.c.next - pairs.c.id > 1
    )

    run = Order.id - func.row_number().over(order_by=Order.id)
    numbered = select(Order.id, run.label("run")).subquery()
    ends = select(func.min(numbered.c.id), func.max(numbered.c.id)).group_by(
        numbered.c.run
    )
    return {
        "ids": db.session.scalars(select(Order.id).order_by(Order.id)).all(),
        "gaps": db.session.execute(missing.order_by(pairs.c.id)).all(),
        "runs": db.session.execute(ends.order_by(numbered.c.run)).all(),
    }


@chapter.recipe(
    "Top N of each group",
    keywords="greatest n per group latest row per group newest row_number partition limit each "
    "best three per category largest",
    links=(
        f"{GUIDE}#selecting-entities-from-subqueries",
        f"{POSTGRES}/tutorial-window.html",
    ),
)
def top_n_per_group(n: int = 2) -> list[Row]:
    """To find the top N rows of each group, here everyone's largest orders, number the rows
    of each group in a subquery and keep the first N. `aliased()` makes the subquery's rows usable
    as Order, so `select(top)` would return objects.

    Pitfall: `rank()` instead of `row_number()` gives more than N rows if some are equal.

    Removed: `Query.from_self()`: write `subquery()` and `aliased()`.
    """
    rank = func.row_number().over(
        partition_by=Order.person_id, order_by=(Order.amount.desc(), Order.id)
    )
    ranked = select(Order, rank.label("rank")).subquery()
    top = aliased(Order, ranked)
    return db.session.execute(
        select(Person.name, top.amount, ranked.c.rank)
        .join(top.person)
        .where(ranked.c.rank <= n)
        .order_by(Person.id, ranked.c.rank)
    ).all()


@chapter.legacy()
def top_n_per_group_legacy(n: int = 2) -> list[Row]:
    rank = func.row_number().over(
        partition_by=Order.person_id, order_by=(Order.amount.desc(), Order.id)
    )
    ranked = db.session.query(Order, rank.label("rank")).subquery()
    top = aliased(Order, ranked)
    return (
        db.session.query(Person.name, top.amount, ranked.c.rank)
        .join(top.person)
        .filter(ranked.c.rank <= n)
        .order_by(Person.id, ranked.c.rank)
        .all()
    )


@chapter.recipe(
    "LATERAL join",
    keywords="lateral cross apply latest per row correlated join subquery in from limit per parent",
    links=(
        f"{TUTORIAL}#tutorial-lateral-correlation",
        f"{POSTGRES}/queries-table-expressions.html#QUERIES-LATERAL",
    ),
)
def lateral(n: int = 1) -> list[Row]:
    """A LATERAL subquery runs once for each row on its left and can refer to that row: here
    it finds the latest N orders of the person. With an index on the columns of its WHERE and
    ORDER BY it reads only those rows, whereas `row_number()` numbers all orders first.

    Pitfall: `join(latest, true())` drops the persons without an order. `outerjoin()` keeps
    them.
    """
    latest = (
        select(Order.amount, Order.placed_at)
        .where(Order.person_id == Person.id)
        .order_by(Order.placed_at.desc())
        .limit(n)
        .lateral("latest")
    )
    return db.session.execute(
        select(Person.name, latest.c.amount, latest.c.placed_at)
        .outerjoin(latest, true())
        .order_by(Person.id, latest.c.placed_at.desc())
    ).all()


@chapter.recipe(
    "A list of values as a table: VALUES",
    keywords="values join with python list order of in list keep order by list of ids same order "
    "as list which ids do not exist missing from temporary table of values unnest",
    links=(
        f"{SELECTABLE}#sqlalchemy.sql.expression.values",
        f"{POSTGRES}/queries-values.html",
    ),
)
def values_table() -> list[Row]:
    """`values()` makes a table of rows that Python has, and a statement can join it. So ids
    keep the order in which they were given, and an outer join shows which do not exist.

    Pitfall: `Person.id.in_(ids)` returns the rows in any order, and says nothing about an id
    that is missing.
    """
    ids = [3, 99, 1]
    wanted = values(
        column("position", Integer), column("id", Integer), name="wanted"
    ).data(list(enumerate(ids)))
    return db.session.execute(
        select(wanted.c.position, wanted.c.id, Person.name)
        .select_from(wanted)
        .outerjoin(Person, Person.id == wanted.c.id)
        .order_by(wanted.c.position)
    ).all()


@chapter.recipe(
    "SQL as text, with bound values",
    keywords="raw sql text bindparams bind parameter injection placeholder expanding in list "
    "textual SQL expression should be explicitly declared as text run an arbitrary "
    "SQL statement with parameters db.text ObjectNotExecutableError Not an executable object "
    "ProgrammingError can't adapt type dict "
    "List argument must consist only of dictionaries a value is required for bind "
    "parameter SyntaxError syntax error at or near LINE "
    "DatatypeMismatch column is of type but expression is of type you will need "
    "to rewrite or cast the expression",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.text",
    ),
)
def text_bind(name: str = "Ben", least: int = 10) -> list[Row]:
    """`text()` lets you send SQL that you write by hand. Write `:name` in place of each value
    and pass the values beside the text, so that none of them can act as SQL (injection); a
    list needs `expanding=True`.

    Pitfall: `:word` is always a parameter. For a colon that is none write `\\:`; the `::` of
    a cast may stay.

    Pitfall: since 2.1 the session flushes pending objects before `text()` too. A connection's
    `execute()` does not.

    Pitfall: where Postgres cannot guess the type of a value, write it, as in `CAST(:day AS date)`:
    "could not determine data type of parameter", or "column … is of type jsonb[] but expression is
    of type text[]".

    Pitfall: a text has no types, so psycopg2 "can't adapt type 'dict'". Give such a value its type:
    `bindparams(bindparam("profile", type_=JSONB))`.

    Removed: `session.execute("SELECT 1")`: write `session.execute(text("SELECT 1"))`.

    Pitfall: the values are a dict, or a list of dicts for many rows. A tuple raises "List argument
    must consist only of dictionaries", and a name without a value raises "A value is required for
    bind parameter".

    Pitfall: "syntax error at or near" names the first word that Postgres did not expect. Look for
    the mistake there or just before it.
    """
    statement = text(
        "SELECT p.name, o.amount FROM persons p JOIN orders o ON o.person_id = p.id "
        "WHERE p.name IN :names AND o.amount >= :least ORDER BY o.id"
    ).bindparams(bindparam("names", expanding=True))
    return db.session.execute(statement, {"names": [name, "Amy"], "least": least}).all()


@chapter.recipe(
    "SQL as text, read as objects",
    keywords="raw sql to orm entities from_statement text columns map rows to model",
    links=(f"{GUIDE}#orm-queryguide-selecting-text",),
)
def from_statement(tag: str = "engineer") -> list[Person]:
    """`from_statement()` makes objects of the rows that SQL written by hand returns. The
    columns are matched by their names.

    Pitfall: only the text is sent. What the `select()` had before, such as a `where()`, is
    dropped without an error.
    """
    statement = text("SELECT * FROM persons WHERE :tag = ANY(tags) ORDER BY name")
    people = select(Person).from_statement(statement)
    return db.session.scalars(people, {"tag": tag}).all()


@chapter.legacy()
def from_statement_legacy(tag: str = "engineer") -> list[Person]:
    statement = text("SELECT * FROM persons WHERE :tag = ANY(tags) ORDER BY name")
    return Person.query.from_statement(statement).params(tag=tag).all()


@chapter.recipe(
    "A statement as a string",
    keywords="compile print raw sql show query string literal_binds debug str statement render "
    "with parameters values filled in "
    "CompileError could not render literal value with datatype see parent stack "
    "trace No literal value renderer is available UnsupportedCompilationError "
    "compiler can't render element of type",
    links=(
        "https://docs.sqlalchemy.org/en/21/faq/sqlexpressions.html#faq-sql-expression-string",
    ),
)
def compile_sql(name: str = "O'Hara") -> str:
    """`compile(db.engine)` shows the SQL of a statement as this database gets it, without
    running it. `literal_binds` puts the values in, for reading or for pasting into psql.

    Pitfall: `str(statement)` is SQL for no database in particular: here it has `lower(…) LIKE`
    instead of ILIKE.

    Pitfall: do not send what `literal_binds` has written. Values that come from users belong
    in parameters.

    Pitfall: `literal_binds` writes only types that it knows, and otherwise raises "No literal value
    renderer is available", or "Could not render literal value".
    """
    statement = select(Person.id).where(Person.name.ilike(name)).limit(5)
    sent = statement.compile(db.engine)
    filled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    return (
        f"-- str(statement)\n{statement}\n\n"
        f"-- as sent, with {sent.params}\n{sent}\n\n"
        f"-- literal_binds\n{filled}"
    )


@chapter.recipe(
    "SQL as a t-string (Python 3.14)",
    keywords="tstring template string pep 750 raw sql interpolation f-string safe injection",
    links=(
        "https://docs.sqlalchemy.org/en/21/changelog/migration_21.html",
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.tstring",
    ),
    needs="Python 3.14",
)
def t_string(name: str = "Amy") -> list[Row]:
    """Write SQL like an f-string, but safe from injection: `tstring(t"… {name}")` sends a value
    as a parameter, and writes a column or table as SQL. SQLAlchemy 2.1 has it on Python 3.14.

    Pitfall: this recipe's code spells out the Template that `t"…"` makes, so that older Pythons
    can read the file. In your code write the line in the comment.

    Pitfall: an f-string would put the values into the SQL. `tstring()` rejects one with
    an error.
    """
    from string.templatelib import Interpolation, Template

    # t"SELECT name, email FROM {Person.__table__} WHERE name = {name}"
    template = Template(
        "SELECT name, email FROM ",
        Interpolation(Person.__table__),
        " WHERE name = ",
        Interpolation(name),
    )
    return db.session.execute(tstring(template)).all()


@chapter.recipe(
    "The driver's own cursor: psycopg2",
    keywords="psycopg2 cursor execute %s placeholder parameters tuple TypeError not all arguments "
    "converted during string formatting fetchall fetchmany RealDictCursor dict named cursor "
    "server side itersize million rows out of memory ProgrammingError can't adapt type "
    "numpy.int64 numpy float64 schema np does not exist "
    "ProgrammingError no results to fetch can't use a named cursor outside of "
    "transactions syntax error at or near : colon",
    links=(
        "https://www.psycopg.org/docs/usage.html#passing-parameters-to-sql-queries",
        "https://www.psycopg.org/docs/usage.html#server-side-cursors",
        "https://docs.sqlalchemy.org/en/21/core/connections.html#dbapi-connections",
    ),
)
def driver_cursor(least: int = 20) -> dict[str, object]:
    """psycopg2's own cursor takes SQL with `%s` in place of each value, also of a number, and the
    values as a tuple. Take it from the session's connection: then it works in the same transaction.

    Pitfall: one value needs a comma, `(least,)`. Without it, a text is taken for a list of letters:
    "not all arguments converted during string formatting".

    Pitfall: an ordinary cursor fetches all rows into memory when it executes. One with a name keeps
    them on the server, and a `for` over it fetches `itersize` at a time, which is 2,000 by default.

    Pitfall: psycopg2 does not know numpy's numbers, and SQLAlchemy hands them on as they are:
    "can't adapt type 'numpy.int64'", or, of a float64 since numpy 2, 'schema "np" does not exist'.
    Send `value.item()`, and of a whole array `array.tolist()`.

    Pitfall: `fetchall()` raises "no results to fetch" after a statement that returns no rows, such
    as an INSERT without RETURNING.

    Pitfall: write `%(name)s` for a value with a name. SQLAlchemy's `:name` is a "syntax error at or
    near ":"" here.
    """
    connection = db.session.connection().connection
    seen: dict[str, object] = {}
    with connection.cursor() as cursor:
        query = "SELECT id, amount FROM orders WHERE amount >= %s ORDER BY id"
        cursor.execute(query, (least,))
        seen["all rows"] = cursor.fetchall()
        try:
            cursor.execute("SELECT id FROM persons WHERE name = %s", "Amy")
        except TypeError as error:
            seen["without a tuple"] = str(error)

    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(f"{query} LIMIT 1", (least,))
        seen["as dicts"] = [dict(row) for row in cursor]

    with connection.cursor("orders_by_id") as cursor:
        cursor.itersize = 3
        cursor.execute("SELECT id FROM orders ORDER BY id")
        seen["from the server"] = [number for (number,) in cursor]
    return seen
