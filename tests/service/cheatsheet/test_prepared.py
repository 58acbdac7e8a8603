"""What db-init makes for the sheet: rows of its own, and a role that has nothing else."""

from collections.abc import Generator

import pytest
from sqlalchemy import URL, Connection, NullPool, Table, create_engine, text
from sqlalchemy.exc import ProgrammingError

from db_init.prepare import Failure, prepare
from retort.cheatsheet.recipes import RECIPES
from retort.cheatsheet.runs.runner import Runner

from ..application import settings_on
from ..postgres import Database, execute


@pytest.fixture
def sheet(database: Database) -> Generator[Connection]:
    """A connection that has become the role of the sheet."""
    with create_engine(database.web, poolclass=NullPool).connect() as connection:
        connection.execute(text(f"SET ROLE {database.web.username}_sheet"))
        yield connection


def test_web_becomes_no_role_but_those_of_features(database: Database) -> None:
    granted = database.execute(
        "SELECT roleid::regrole::text FROM pg_auth_members "
        "WHERE member = CAST(:role AS regrole) ORDER BY 1",
        role=database.web.username,
    )
    assert [role for (role,) in granted] == [
        f"{database.web.username}_{kind}" for kind in ("member", "sheet")
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM persons",
        "INSERT INTO orders (person_id, amount) VALUES (1, 1)",
        "SELECT * FROM accounts",
        "SELECT * FROM alembic_version",
        "INSERT INTO cheatsheet.projects (name) VALUES ('mine')",
        "DELETE FROM cheatsheet.orders",
        "TRUNCATE cheatsheet.orders",
        "DROP TABLE cheatsheet.orders",
        "CREATE TABLE mine (id int)",
        "CREATE TABLE cheatsheet.mine (id int)",
        "CREATE SCHEMA mine",
        "SELECT nextval('cheatsheet.persons_id_seq')",
    ],
)
def test_it_has_nothing_of_the_service(sheet: Connection, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        sheet.execute(text(statement))


def test_it_may_make_temporary_tables_and_lock_its_own_rows(sheet: Connection) -> None:
    sheet.execute(text("CREATE TEMPORARY TABLE mine (id int)"))
    sheet.execute(text("SELECT * FROM cheatsheet.orders FOR UPDATE"))


def test_it_has_nothing_of_another_schema_of_the_models(
    url: URL, role: str, invoices: Table
) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    execute(url, "CREATE SCHEMA sales", "CREATE TABLE sales.invoices (id bigserial PRIMARY KEY)")
    prepare(url, role, "hunter2", report=lambda line: None)
    as_web = url.set(username=role, password="hunter2")
    for statement in ("SELECT id FROM sales.invoices", "CREATE TABLE sales.mine (id int)"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute(as_web, f"SET ROLE {role}_sheet", statement)
    assert execute(url, "SELECT to_regclass('cheatsheet.invoices')") == [(None,)]


@pytest.mark.parametrize("role", ['we"b', "we'b:x", "50%s (x)s", "Wéb two"], indirect=True)
def test_recipes_run_whatever_the_role_of_web_is_called(url: URL, role: str) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    runner = Runner(settings_on(url.set(username=role, password="hunter2")))
    assert runner.run(RECIPES["order-by"], {}).is_expected
    runner.sandbox.close()


def test_a_schema_in_the_way_is_left_alone(url: URL, role: str) -> None:
    execute(url, "CREATE SCHEMA cheatsheet", "CREATE TABLE cheatsheet.theirs (id int)")
    with pytest.raises(Failure, match="a schema cheatsheet that db-init did not make; rename it"):
        prepare(url, role, "hunter2", report=lambda line: None)
    assert execute(url, "SELECT count(*) FROM cheatsheet.theirs") == [(0,)]
