"""The tables as Python sees them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from retort import shell
from retort.database import db
from retort.models import Order, OrderStatus, Person, Project

from .postgres import Database

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def app_context(app: Flask) -> object:
    with app.app_context():
        yield


def amy() -> Person:
    return db.session.scalars(select(Person).filter_by(name="Amy")).one()


def test_a_repr_says_which_row_it_is() -> None:
    assert repr(amy()) == "<Person 1 'Amy'>"


def test_and_which_order_or_project() -> None:
    assert repr(amy().orders[0]) == "<Order 1 shipped 129.00>"
    assert repr(amy().projects[0]).startswith("<Project ")


def test_persons_have_managers_and_reports() -> None:
    assert amy().manager is None
    assert [person.name for person in amy().reports] == ["Ben", "Chloé"]
    assert amy().reports[0].manager is amy()


def test_persons_and_projects_know_each_other() -> None:
    project = db.session.scalars(select(Project).filter_by(name="Funnel")).one()
    assert sorted(person.name for person in project.persons) == ["Amy", "Deniz", "Emeka"]
    assert project in amy().projects
    project.persons.remove(amy())
    assert project not in amy().projects


def test_orders_belong_to_a_person() -> None:
    order = amy().orders[0]
    assert order.person is amy()
    assert order.status is OrderStatus.SHIPPED
    assert order.amount == Decimal("129.00")


def test_a_status_is_stored_by_its_value(database: Database) -> None:
    assert database.execute("SELECT enum_range(NULL::order_status)::text[]")[0][0] == [
        "pending",
        "paid",
        "shipped",
        "cancelled",
    ]


def test_times_have_a_time_zone() -> None:
    assert amy().created_at.tzinfo is not None
    assert abs(datetime.now(UTC) - amy().created_at).days < 1


def test_an_update_counts_the_version_and_sets_the_time() -> None:
    person = amy()
    before = person.version, person.updated_at
    person.name = "Amélie"
    db.session.commit()
    assert person.version == before[0] + 1
    assert person.updated_at > before[1]


def test_two_who_edit_the_same_row_are_told(database: Database) -> None:
    person = amy()
    database.execute("UPDATE persons SET version = version + 1 WHERE id = 1")
    person.name = "Amélie"
    with pytest.raises(StaleDataError):
        db.session.commit()


def test_tags_and_profile_notice_a_change_in_place() -> None:
    person = amy()
    person.tags.append("on leave")
    person.profile["city"] = "Porto"
    db.session.commit()
    assert person.tags == ["founder", "chemist", "on leave"]
    assert person.profile["city"] == "Porto"


def test_a_row_needs_only_a_name() -> None:
    db.session.add(zoe := Person(name="Zoe"))
    db.session.commit()
    assert (zoe.tags, zoe.profile, zoe.version, zoe.email) == ([], {}, 1, None)


@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        (Person(name="Amy II", email="amy@example.com"), "persons_email_key"),
        (Person(name=""), "persons_name_check"),
        (Project(name="Funnel"), "projects_name_key"),
        (Order(person_id=1, amount=Decimal(-1)), "orders_amount_check"),
        (Order(person_id=99, amount=Decimal(1)), "orders_person_id_fkey"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_database_judges_by_named_constraints(row: object, constraint: str) -> None:
    db.session.add(row)
    with pytest.raises(IntegrityError, match=constraint):
        db.session.commit()


def test_who_leaves_takes_orders_along() -> None:
    db.session.delete(amy())
    db.session.commit()
    assert db.session.scalar(select(func.count(Order.id)).filter_by(person_id=1)) == 0


def test_who_leaves_does_not_take_reports_along() -> None:
    db.session.delete(amy())
    db.session.commit()
    assert db.session.scalars(select(Person).filter_by(name="Ben")).one().manager is None


def test_the_shell_has_db_select_and_every_model() -> None:
    context = shell.context()
    assert context["db"] is db
    assert context["select"] is select
    assert {mapper.class_.__name__ for mapper in db.Model.registry.mappers} <= set(context)
    assert context["Person"] is Person


def test_flask_shell_opens_with_them(app: Flask) -> None:
    assert app.make_shell_context()["Person"] is Person
