"""Advanced SQL: subqueries, CTEs, windows, and SQL by hand."""
# pyright: basic, reportAttributeAccessIssue=false, reportReturnType=false
# pyright: reportMissingImports=false
# ruff: noqa: PLC0415

from sqlalchemy import Row, bindparam, func, literal, select, text, true, tstring
from sqlalchemy.orm import aliased

from retort.cheatsheet.recipe import Chapter
from retort.database import db
from retort.models import Order, Person

chapter = Chapter("X", "Advanced SQL")

TUTORIAL = "https://docs.sqlalchemy.org/en/21/tutorial/data_select.html"
GUIDE = "https://docs.sqlalchemy.org/en/21/orm/queryguide/select.html"
POSTGRES = "https://www.postgresql.org/docs/18"


@chapter.recipe(
    "Scalar subquery",
    keywords="subselect correlated subquery in select nested query single value as_scalar",
    links=(f"{TUTORIAL}#tutorial-scalar-subquery",),
)
def scalar_subquery() -> list[Row]:
    """A correlated subquery gives one value for each row, used like a column. It names the
    outer query's table in its `where()`, and leaves it out of its own FROM.

    Pitfall: without rows it gives NULL, not 0: `func.coalesce()`. With two rows for one
    outer row Postgres raises an error.

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
    keywords="common table expression with clause cte subquery derived table reuse average",
    links=(f"{TUTORIAL}#tutorial-subqueries-ctes", f"{POSTGRES}/queries-with.html"),
)
def cte() -> list[Row]:
    """A CTE (WITH) names a query, which the statement may then use more than once. Here
    it finds who spent more than the average customer; `subquery()` is the same for one use.

    Pitfall: its columns are at `.c`: `spent.c.total`.
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
    "Recursive CTE: a tree",
    keywords="with recursive hierarchy tree graph manager reports ancestors descendants depth path",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/selectable.html"
        "#sqlalchemy.sql.expression.HasCTE.cte",
        f"{POSTGRES}/queries-with.html#QUERIES-WITH-RECURSIVE",
    ),
)
def recursive_cte(name: str = "Amy", deepest: int = 5) -> list[Row]:
    """A recursive CTE walks a tree or graph of any depth in one statement. It begins with a
    query, and adds one that refers to the CTE itself until that finds nothing more.

    Pitfall: with a cycle in the data it never ends, unless a greatest depth stops it, as
    here. Without a column that counts, `union()` does too: it drops rows seen before.
    """
    team = (
        select(Person.id, Person.name, literal(0).label("depth"))
        .where(Person.name == name)
        .cte("team", recursive=True)
    )
    team = team.union_all(
        select(Person.id, Person.name, team.c.depth + 1)
        .join(team, Person.manager_id == team.c.id)
        .where(team.c.depth < deepest)
    )
    return db.session.execute(
        select(team.c.name, team.c.depth).order_by(team.c.depth, team.c.name)
    ).all()


@chapter.recipe(
    "Window functions",
    keywords="over partition by rank row_number lag lead running total cumulative sum average",
    links=(f"{TUTORIAL}#tutorial-window-functions", f"{POSTGRES}/tutorial-window.html"),
)
def window() -> list[Row]:
    """A window function computes over neighbouring rows and keeps every row: running
    totals, ranks, the row before. `partition_by` restarts it for each group.

    Pitfall: it cannot stand in `where()`: compute it in a subquery and filter outside.

    Pitfall: with `order_by` a sum includes all rows that tie with the current one;
    `rows=(None, 0)` stops at the row itself.
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
    "Top N of each group",
    keywords="greatest n per group latest row per group newest row_number partition limit each",
    links=(f"{GUIDE}#selecting-entities-from-subqueries", f"{POSTGRES}/tutorial-window.html"),
)
def top_n_per_group(n: int = 1) -> list[Order]:
    """The top N rows of each group, such as everyone's largest order: number the rows in a
    subquery, keep the first ones, and read them as objects through `aliased()`.

    Pitfall: rows that tie come in any order: end the window's `order_by` with the key.

    Removed: `Query.from_self()`: write `subquery()` and `aliased()`.
    """
    place = func.row_number().over(
        partition_by=Order.person_id, order_by=(Order.amount.desc(), Order.id)
    )
    ranked = select(Order, place.label("place")).subquery()
    top = aliased(Order, ranked)
    return db.session.scalars(
        select(top).where(ranked.c.place <= n).order_by(top.person_id, ranked.c.place)
    ).all()


@chapter.legacy()
def top_n_per_group_legacy(n: int = 1) -> list[Order]:
    place = func.row_number().over(
        partition_by=Order.person_id, order_by=(Order.amount.desc(), Order.id)
    )
    ranked = db.session.query(Order, place.label("place")).subquery()
    top = aliased(Order, ranked)
    return (
        db.session.query(top)
        .filter(ranked.c.place <= n)
        .order_by(top.person_id, ranked.c.place)
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
    """A LATERAL subquery runs once for each row on its left, and may refer to it: the
    latest N orders of each person. With an index it reads only the rows it returns, where
    `row_number()` numbers them all.

    Pitfall: an inner join drops rows without a match: `outerjoin(latest, true())`.
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
    "SQL as text, with bound values",
    keywords="raw sql text bindparams bind parameter injection placeholder expanding in list "
    "textual SQL expression should be explicitly declared as text",
    links=(
        "https://docs.sqlalchemy.org/en/21/core/sqlelement.html#sqlalchemy.sql.expression.text",
    ),
)
def text_bind(name: str = "Ben", least: int = 10) -> list[Row]:
    """Raw SQL goes through `text()`, its values apart as bind parameters `:name`: never
    put into the text, so that no value can act as SQL (injection). A list needs `expanding`.

    Pitfall: a colon before a word is a parameter: write `\\:` for one that is not. `::` is
    left alone.

    Pitfall: since 2.1 the session flushes pending objects before `text()` too; a
    connection's own `execute()` does not.

    Removed: `session.execute("SELECT 1")`: wrap the string in `text()`.
    """
    statement = text(
        "SELECT p.name, o.amount FROM persons p JOIN orders o ON o.person_id = p.id "
        "WHERE p.name IN :names AND o.amount >= :least ORDER BY o.id"
    ).bindparams(bindparam("names", expanding=True))
    return db.session.execute(statement, {"names": [name, "Amy"], "least": least}).all()


@chapter.recipe(
    "SQL as text, to objects",
    keywords="raw sql to orm entities from_statement text columns map rows to model",
    links=(f"{GUIDE}#orm-queryguide-selecting-text",),
)
def from_statement(tag: str = "engineer") -> list[Person]:
    """Raw SQL can give ORM objects: `from_statement()` makes entities of a text's rows, for
    the query that is easier to write by hand. Columns are matched by name.

    Pitfall: only the text counts: what the `select()` had before, such as `where()`, is
    dropped without a word.
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
    keywords="compile print sql show query string literal_binds debug str statement render",
    links=("https://docs.sqlalchemy.org/en/21/faq/sqlexpressions.html#faq-sql-expression-string",),
)
def compile_sql(name: str = "O'Hara") -> str:
    """Show the SQL of a statement without running it: `compile()` with the engine, for its
    dialect. `literal_binds` writes the values into it, to be read or pasted into psql.

    Pitfall: `str(statement)` is generic SQL, not what Postgres gets.

    Pitfall: never send what `literal_binds` wrote: values belong into parameters.
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
    """A t-string is SQL written like an f-string, safe from injection: `tstring(t"… {name}")`
    binds values as parameters, and puts columns and tables in as SQL. New in 2.1.

    Pitfall: it needs Python 3.14. There `t"…"` makes the template that is spelled out here.

    Pitfall: an f-string in its place would put values into the SQL; `tstring()` raises.
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
