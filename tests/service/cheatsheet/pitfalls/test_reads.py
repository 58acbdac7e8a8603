"""What the recipes on reading say of mistakes: what each gives, or the error that it is."""
# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, literal, select, text
from sqlalchemy.exc import (
    DBAPIError,
    InvalidRequestError,
    MultipleResultsFound,
    ResourceClosedError,
    SAWarning,
)
from sqlalchemy.orm import joinedload

from retort.database import db
from retort.models import Order, Person

from .claims import compiled

total = func.sum(Order.amount).label("total")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            select(Person.name).distinct().order_by(Person.id),
            "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
        ),
        (select(Person).where(Person.name.regexp_match("(")), "invalid regular expression"),
        (select(func.nonsense()), r"function nonsense\(\) does not exist"),
        (
            select(select(Person.id).scalar_subquery()),
            "more than one row returned by a subquery used as an expression",
        ),
        (
            select(Person.name, func.count()).group_by(Person.email),
            "must appear in the GROUP BY clause or be used in an aggregate function",
        ),
        (
            select(Order.person_id, total).group_by(Order.person_id).having(text("total > 80")),
            'column "total" does not exist',
        ),
        (select(Person).order_by(Order.amount), "missing FROM-clause entry for table"),
        (
            select(Order).options(joinedload(Order.person)).order_by(Person.name),
            '(missing|invalid reference to) FROM-clause entry for table "persons"',
        ),
        (
            select(Order).where(func.rank().over(order_by=Order.amount) == 1),
            "window functions are not allowed in WHERE",
        ),
    ],
)
def test_an_error_of_postgres(statement: Any, message: str) -> None:
    with pytest.raises(DBAPIError, match=message):
        db.session.execute(statement)


def test_and_drops_a_condition_or_raises() -> None:
    dropped = (Person.id == 1) and (Person.name == "Amy")
    assert "name" not in compiled(dropped)
    with pytest.raises(TypeError):
        bool(Person.id > 1)


def test_a_subquery_in_in_warns() -> None:
    with pytest.warns(SAWarning, match="Coercing Subquery"):
        Person.id.in_(select(Order.person_id).subquery())


def test_a_result_is_read_once() -> None:
    result = db.session.scalars(select(Person))
    assert len(result.all()) == 6
    assert result.all() == []
    result = db.session.scalars(select(Person).limit(1))
    assert result.first()
    with pytest.raises(ResourceClosedError):
        result.all()


def test_only_query_scalar_raises_for_several_rows() -> None:
    assert db.session.scalar(select(Person.name).order_by(Person.id)) == "Amy"
    with pytest.raises(MultipleResultsFound):
        db.session.query(Person.name).scalar()


def test_a_query_cannot_be_filtered_after_its_limit() -> None:
    with pytest.raises(InvalidRequestError, match="limit"):
        Order.query.limit(1).filter(Order.id == 1)
    assert select(Order).limit(1).where(Order.id == 1) is not None


@pytest.mark.parametrize(
    ("half", "value"),
    [(literal(1) / literal(2), 0.5), (literal(1) // literal(2), 0), (text("1 / 2"), 0)],
)
def test_a_quotient_of_integers(half: Any, value: float) -> None:
    assert db.session.scalar(select(half)) == value


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (lambda: ~Person.orders.any(Order.status == "shipped"), {2, 3, 4, 5}),
        (lambda: Person.orders.any(Order.status != "shipped"), {1, 2, 3, 4}),
    ],
)
def test_not_any_is_not_any_other(conditions: Callable[[], Any], found: set[int]) -> None:
    assert set(db.session.scalars(select(Person.id).where(conditions()))) == found
