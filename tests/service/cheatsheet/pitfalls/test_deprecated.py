"""Each construct that a recipe calls deprecated warns."""
# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false

import re
from collections.abc import Callable

import pytest
from sqlalchemy import JSON, and_, column, or_, select
from sqlalchemy.exc import SADeprecationWarning
from sqlalchemy.ext import declarative
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import noload

from retort.database import db
from retort.models import Order, Person

from .claims import row, said


def flush_one() -> None:
    person = db.session.get_one(Person, 1)
    person.name = "Ann"
    db.session.flush([person])


def prepare_by_reflect() -> None:
    automap_base().prepare(db.engine, reflect=True)


# Each construct that a recipe calls deprecated: how it is used, and what the warning says.
DEPRECATED: dict[str, tuple[Callable[..., object], str]] = {
    "sqlalchemy.ext.declarative.declarative_base": (
        declarative.declarative_base,
        "declarative_base.* now available as sqlalchemy.orm.declarative_base",
    ),
    "Base.prepare(engine, reflect=True)": (
        prepare_by_reflect,
        "AutomapBase.prepare.reflect parameter is deprecated",
    ),
    "db.session.flush([person])": (flush_one, "`objects` parameter of `Session.flush` is deprec"),
    "Query.get()": (lambda: db.session.query(Person).get(1), r"Query.get\(\).* legacy"),
    "Query.get_or_404()": (lambda: Person.query.get_or_404(1), r"Query.get\(\).* legacy"),
    "or_()": (or_, r"Invoking or_\(\) without arguments is deprecated"),
    "distinct(Order.person_id)": (
        lambda: select(Order).distinct(Order.person_id),
        "Passing expression to ``distinct``.* deprecated",
    ),
    "Row._t": (lambda: row()._t, "Row._t attribute is deprecated"),
    "noload()": (lambda: noload(Person.orders), "noload.* deprecated"),
    "as_scalar()": (lambda: select(Person.id).as_scalar(), "as_scalar.* deprecated"),
    "JSON.contains()": (
        lambda: column("data", JSON).contains({"city": "Lisbon"}),
        "does not include operator 'contains_op'.* deprecated",
    ),
    "ARRAY.Comparator.any()": (
        lambda: Person.tags.any("sales"),
        "ARRAY.Comparator.any.*deprecated",
    ),
}


def test_each_that_is_called_deprecated_is_checked() -> None:
    assert set(DEPRECATED) == said("Deprecated")


@pytest.mark.parametrize("construct", DEPRECATED)
def test_deprecated(construct: str) -> None:
    use, message = DEPRECATED[construct]
    with pytest.warns(SADeprecationWarning, match=re.compile(message, re.DOTALL)):
        use()


@pytest.mark.parametrize(
    "use",
    [
        lambda: row().t,
        lambda: row().tuple(),
        lambda: db.session.query(Person.id).tuples(),
        and_,
    ],
)
def test_others_of_the_same_kind_warn_too(use: Callable[[], object]) -> None:
    with pytest.warns(SADeprecationWarning, match="deprecated"):
        use()
