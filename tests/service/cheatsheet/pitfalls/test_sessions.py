"""What recipes say of sessions, objects and connections, and do not show."""

import subprocess
import sys
from copy import copy

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError, ResourceClosedError, SAWarning
from sqlalchemy.orm import make_transient
from sqlalchemy.orm.exc import ObjectDeletedError

from retort.database import db
from retort.models import Order, Person, Project

from ...postgres import Server

FORK = """
import os, sys
from sqlalchemy import create_engine, text

engine = create_engine(sys.argv[1])
with engine.connect() as connection:
    backend = connection.scalar(text("SELECT pg_backend_pid()"))
if (child := os.fork()) == 0:
    engine.dispose(close=sys.argv[2] == "close")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != backend
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
with engine.connect() as connection:
    assert connection.scalar(text("SELECT pg_backend_pid()")) == backend
"""


@pytest.mark.parametrize("close", ["keep", "close"])
def test_a_child_that_closes_the_pool_closes_its_parents_connections(
    server: Server, close: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORK, server.admin, close],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("server closed the connection" in ended.stderr) == (close == "close"), ended.stderr
    assert (ended.returncode == 0) == (close == "keep")


@pytest.mark.usefixtures("app")
def test_what_was_set_for_a_transaction_is_an_empty_text_after_it() -> None:
    setting = select(func.current_setting("app.tenant", True))
    assert db.session.scalar(setting) is None
    db.session.scalar(select(func.set_config("app.tenant", "1", True)))
    db.session.commit()
    assert db.session.scalar(setting) == ""


@pytest.mark.usefixtures("app")
def test_python_copies_an_object_with_its_state() -> None:
    count = select(func.count()).select_from(Order)
    before = db.session.scalar(count)
    order = db.session.get_one(Order, 1)
    twin = copy(order)
    twin.id = None  # type: ignore[assignment]
    db.session.add(twin)
    db.session.flush()
    assert db.session.scalar(count) == before


@pytest.mark.usefixtures("app")
def test_a_transient_object_has_lost_what_had_expired() -> None:
    order = db.session.get_one(Order, 1)
    db.session.expire(order)
    make_transient(order)
    assert order.amount is None


@pytest.mark.usefixtures("app")
def test_an_expired_object_whose_row_is_gone_raises() -> None:
    project = Project(name="gone")
    db.session.add(project)
    db.session.flush()
    db.session.expire(project)
    outside = {"synchronize_session": False}  # as if another transaction did it
    db.session.execute(delete(Project).where(Project.name == "gone"), execution_options=outside)
    with pytest.raises(ObjectDeletedError, match="or its row is otherwise not present"):
        project.name  # noqa: B018  # pyright: ignore[reportUnusedExpression]


@pytest.mark.usefixtures("app")
def test_a_second_object_for_a_row_warns_and_is_inserted() -> None:
    amy = db.session.get_one(Person, 1)
    db.session.add(Person(id=amy.id, name="Amelia"))
    with (
        pytest.warns(SAWarning, match="conflicts with persistent instance"),
        pytest.raises(IntegrityError),
    ):
        db.session.flush()


@pytest.mark.usefixtures("app")
def test_an_update_gives_rows_only_with_returning() -> None:
    renamed = update(Project).values(name=Project.name)
    with pytest.raises(ResourceClosedError, match="does not return rows"):
        db.session.execute(renamed).all()
    assert db.session.execute(renamed.returning(Project.id)).all()
