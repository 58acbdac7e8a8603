"""What is sent again and again is prepared: Postgres plans it once for each connection."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, literal, select, text

from retort.database import db, read
from retort.models import Person
from retort.prepared import LONGEST, MOST

from .application import MakeApp
from .postgres import Database
from .server_log import heard

BY_ID = select(Person.name).where(Person.id == bindparam("id"))


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Any:
    with app.app_context():
        yield


def verbs(statements: list[str]) -> list[str]:
    return [statement.split()[0] for statement in statements]


def kept() -> int:
    """How many statements are prepared on the connection, which is always the same one here."""
    return read(text("SELECT count(*) AS kept FROM pg_prepared_statements"))[0].kept


def test_from_the_second_time_on_in_one_round_trip_each(statements: list[str]) -> None:
    assert [read(BY_ID, {"id": key})[0].name for key in (1, 2, 3)] == ["Amy", "Ben", "Chloé"]
    assert verbs(statements) == ["SELECT", "PREPARE", "EXECUTE"]
    assert statements[1].endswith("(2)")


def test_not_where_it_is_switched_off(make_app: MakeApp, database: Database) -> None:
    app = make_app(prepared_statements=False)
    statements = heard(app, database)
    with app.app_context():
        assert [len(read(BY_ID, {"id": 1})) for _ in range(3)] == [1] * 3
    assert verbs(statements) == ["SELECT"] * 3


def test_what_is_the_same_each_time_is_no_parameter(statements: list[str]) -> None:
    """So Postgres plans for just that value."""
    odd = literal("it's 100% \\ odd")
    statement = select(odd.label("odd")).where(func.length(odd) == bindparam("length"))
    assert [read(statement, {"length": 15})[0].odd for _ in range(3)] == [odd.value] * 3
    assert statements[2].endswith("(15)")


def test_the_server_keeps_no_more_than_a_few() -> None:
    for number in range(3 * MOST):
        for _ in range(2):
            read(text(f"SELECT {number}"))
        assert kept() <= MOST


def test_a_long_statement_is_not_kept(statements: list[str]) -> None:
    long = text(f"SELECT {'1 + ' * (LONGEST // 4)} 1")
    assert len([read(long) for _ in range(3)]) == 3
    assert verbs(statements) == ["SELECT"] * 3


def deallocate(database: Database) -> None:
    connection: Any = db.engines["read"].raw_connection()
    connection.cursor().execute("DEALLOCATE ALL")
    connection.close()


def change_the_type(database: Database) -> None:
    database.execute("ALTER TABLE persons ALTER name TYPE varchar(80)")


@pytest.mark.parametrize("happens", [deallocate, change_the_type])
def test_what_has_changed_since_is_not_noticed(
    database: Database, happens: Callable[[Database], None]
) -> None:
    assert [read(BY_ID, {"id": 1})[0].name for _ in range(3)] == ["Amy"] * 3
    happens(database)
    assert [read(BY_ID, {"id": 2})[0].name for _ in range(3)] == ["Ben"] * 3


def test_a_value_may_be_of_another_type_than_the_parameter() -> None:
    statement = text("SELECT least(:value, 7) AS found")  # 7 makes an integer of it
    for value in (1, 2, 3, 10**10, 4):
        assert read(statement, {"value": value})[0].found == min(value, 7)


def test_what_fails_at_first_is_not_prepared(statements: list[str]) -> None:
    divided = text("SELECT 1 / CAST(:value AS integer) AS found")
    for value, found in ((1, 1), (0, None), (1, 1), (0, None), (1, 1)):
        if found is None:
            with pytest.raises(Exception, match="division by zero"):
                read(divided, {"value": value})
        else:
            assert read(divided, {"value": value})[0].found == found
    assert verbs(statements) == ["SELECT", "PREPARE", "SELECT", "SELECT", "SELECT"]
