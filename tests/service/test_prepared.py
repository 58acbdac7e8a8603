"""What is read again and again is prepared: Postgres plans it once for each connection."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, literal, select, text
from sqlalchemy.exc import DBAPIError

from retort.database import db, read
from retort.models import Person
from retort.prepared import LONGEST, MOST

from .application import MakeApp
from .postgres import Database
from .server_log import heard

BY_ID = select(Person.name).where(Person.id == bindparam("an-id"))


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Generator[None]:
    with app.app_context():
        yield


def name(key: object) -> str:
    return read(BY_ID, {"an-id": key})[0].name


def verbs(statements: list[str]) -> list[str]:
    return [statement.split()[0] for statement in statements]


def kept() -> int:
    """How many statements are prepared on the connection, which is always the same one here."""
    return read(text("SELECT count(*) AS kept FROM pg_prepared_statements"))[0].kept


def test_from_the_second_time_on_in_one_round_trip_each(statements: list[str]) -> None:
    assert [name(key) for key in ("1", "2", "3")] == ["Amy", "Ben", "Chloé"]
    assert verbs(statements) == ["SELECT", "PREPARE", "EXECUTE"]
    assert "('3')" in statements[2]


def test_not_where_it_is_switched_off(make_app: MakeApp, database: Database) -> None:
    app = make_app(prepared_statements=False)
    statements = heard(app, database)
    with app.app_context():
        assert [name("1") for _ in range(3)] == ["Amy"] * 3
    assert [each.split("; ")[-1].split()[0] for each in statements] == ["SELECT"] * 3


def test_a_value_that_is_no_text_keeps_its_type(statements: list[str]) -> None:
    """As a parameter it would be rounded to that of the column."""
    for _ in range(3):
        assert read(BY_ID, {"an-id": 1.6}) == []
    assert verbs(statements) == ["SELECT"] * 3


def test_what_is_the_same_each_time_is_no_parameter(statements: list[str]) -> None:
    """So Postgres plans for just that value."""
    odd = literal("it's 100% \\ odd")
    statement = select(odd.label("odd")).where(func.length(odd) == bindparam("length"))
    assert [read(statement, {"length": "15"})[0].odd for _ in range(3)] == [odd.value] * 3
    assert "('15')" in statements[2]


def test_the_server_keeps_no_more_than_a_few() -> None:
    for number in range(3 * MOST):
        for _ in range(2):
            read(text(f"SELECT {number}"))
        assert kept() <= MOST


def test_what_comes_once_does_not_displace_them(statements: list[str]) -> None:
    for _ in range(2):
        name("1")
    for number in range(3 * MOST):
        read(text(f"SELECT {number}"))
    name("1")
    assert verbs(statements)[-1] == "EXECUTE"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {'1 + ' * (LONGEST // 4)} 1 AS found",
        "SELECT 1 AS one; SELECT 2 AS found",
        "EXPLAIN SELECT 1",
    ],
)
def test_what_is_long_or_no_select_is_not_prepared(statements: list[str], sql: str) -> None:
    assert len({read(text(sql))[0][0] for _ in range(3)}) == 1
    assert "PREPARE" not in verbs(statements)


def test_a_statement_may_end_with_a_comment() -> None:
    assert [read(text("SELECT 1 AS found -- one"))[0].found for _ in range(3)] == [1] * 3


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
    assert [name("1") for _ in range(3)] == ["Amy"] * 3
    happens(database)
    assert [name("2") for _ in range(3)] == ["Ben"] * 3


def test_what_fails_is_still_prepared(statements: list[str]) -> None:
    divided = text("SELECT 1 / CAST(:value AS integer) AS found")
    for value in ("1", "0", "1", "0", "1"):
        if value == "0":
            with pytest.raises(DBAPIError, match="division by zero"):
                read(divided, {"value": value})
        else:
            assert read(divided, {"value": value})[0].found == 1
    assert verbs(statements) == ["SELECT", "PREPARE", "EXECUTE", "EXECUTE", "EXECUTE"]


def test_what_was_not_there_may_come(database: Database) -> None:
    later = text("SELECT count(*) AS found FROM later")
    for _ in range(3):
        with pytest.raises(DBAPIError, match="does not exist"):
            read(later)
    database.execute("CREATE TABLE later ()", f"GRANT SELECT ON later TO {database.web.username}")
    assert [read(later)[0].found for _ in range(3)] == [0] * 3
