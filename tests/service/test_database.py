"""Reads are one round trip, writes are one transaction; lost connections cost nothing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, ProgrammingError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from retort import Settings
from retort import database as retort_database
from retort.database import connections, db, read
from retort.deadline import Deadline, current
from retort.models import Person

from .postgres import Database


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_the_greeting_is_one_round_trip(
    client: FlaskClient, statements: list[str], accept: str
) -> None:
    assert client.get("/", headers={"Accept": accept}).status_code == 200
    (statement,) = statements
    assert statement.startswith("SELECT")
    assert "persons" in statement


def test_readyz_is_one_round_trip(client: FlaskClient, statements: list[str]) -> None:
    assert client.get("/readyz").status_code == 200
    assert len(statements) == 1


def test_livez_is_none(client: FlaskClient, statements: list[str]) -> None:
    assert client.get("/livez").status_code == 200
    assert statements == []


def test_a_write_is_one_transaction(app: Flask, statements: list[str]) -> None:
    with app.app_context():
        db.session.add(Person(name="Zoe"))
        db.session.commit()
    verbs = [statement.split()[0] for statement in statements]
    assert verbs[-3:] == ["BEGIN", "INSERT", "COMMIT"]
    assert verbs.count("BEGIN") == verbs.count("COMMIT") == 1


def test_a_read_sees_what_was_just_written(app: Flask) -> None:
    with app.app_context():
        for name in ("Zoe", "Yan"):
            db.session.add(Person(name=name))
            db.session.commit()
            assert read(select(Person.name).order_by(Person.id.desc()).limit(1))[0].name == name


def test_a_read_takes_parameters(app: Flask) -> None:
    with app.app_context():
        rows = read(text("SELECT name FROM persons WHERE id = :id"), {"id": 2})
    assert [row.name for row in rows] == ["Ben"]


def kill_connections(database: Database) -> int:
    (row,) = database.execute(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return row[0]


def test_a_read_survives_that_its_connection_was_closed(
    client: FlaskClient, database: Database
) -> None:
    assert client.get("/").status_code == 200
    assert kill_connections(database) == 1
    assert client.get("/").text == "Hello, Amy!\n"


def test_a_read_survives_that_every_connection_was_closed(app: Flask, database: Database) -> None:
    with ThreadPoolExecutor(4) as threads:
        all_have_one = Barrier(4)

        def connect(_: int) -> None:
            with app.app_context(), db.engines["read"].connect():
                all_have_one.wait(20)

        list(threads.map(connect, range(4)))
    assert kill_connections(database) == 4
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(8)] == [200] * 8


def test_a_write_survives_that_its_connection_was_closed(app: Flask, database: Database) -> None:
    with app.app_context():
        db.session.scalars(select(Person)).all()
        db.session.rollback()
        assert kill_connections(database) == 1
        db.session.add(Person(name="Zoe"))
        db.session.commit()
    assert database.execute("SELECT 1 FROM persons WHERE name = 'Zoe'")


def test_a_read_is_retried_once_only(app: Flask) -> None:
    suicide = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with app.app_context(), pytest.raises(OperationalError):
        read(suicide)


def test_another_error_is_not_retried(app: Flask, statements: list[str]) -> None:
    with app.app_context(), pytest.raises(ProgrammingError):
        read(text("SELECT nothing FROM nowhere"))
    assert len(statements) == 1


def test_a_process_opens_no_more_connections_than_it_says(settings: Settings) -> None:
    app = Flask(__name__)
    retort_database.init_app(app, settings)
    with app.app_context():
        pools = [engine.pool for engine in db.engines.values()]
    assert sum(pool.size() for pool in pools) == connections(app)  # type: ignore[attr-defined]
    assert all(pool._max_overflow == 0 for pool in pools)  # type: ignore[attr-defined]


def test_the_servers_limit_is_known(settings: Settings, database: Database) -> None:
    allowed = retort_database.max_connections(settings)
    (row,) = database.execute("SELECT current_setting('max_connections')::int")
    assert allowed is not None
    assert 0 < allowed < row[0]


def test_an_error_does_not_carry_the_values(app: Flask) -> None:
    with app.app_context(), pytest.raises(StatementError) as error:
        read(text("SELECT CAST(:value AS integer) / 0"), {"value": 987654})
    assert "987654" not in str(error.value)


def test_no_connection_is_given_after_the_end_of_a_request(app: Flask) -> None:
    over = Deadline()
    over.end()
    with app.app_context():
        before = current.set(over)
        with pytest.raises(PoolTimeout, match="as long as it may"):
            read(text("SELECT 1"))
        current.reset(before)
        assert read(text("SELECT 1"))
