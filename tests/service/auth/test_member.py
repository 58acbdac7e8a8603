"""The role of whoever has a token."""

import pytest
from sqlalchemy import URL, Table

from db_init.prepare import prepare

from ..postgres import Database, execute


def test_web_becomes_it_only_where_it_asks_for_it(database: Database) -> None:
    granted = database.execute(
        "SELECT roleid::regrole::text, inherit_option, set_option, admin_option "
        "FROM pg_auth_members WHERE member = CAST(:role AS regrole)",
        role=database.web.username,
    )
    assert f"{database.web.username}_member" in {role for role, *_ in granted}
    assert {tuple(options) for _, *options in granted} == {(False, True, False)}


@pytest.mark.parametrize("table", ["accounts", "logins", "login_attempts", "alembic_version"])
def test_it_has_nothing_of_what_is_private(database: Database, table: str) -> None:
    with pytest.raises(Exception, match=f"permission denied for table {table}"):
        execute(database.web, f"SET ROLE {database.web.username}_member", f"TABLE {table}")


def test_the_rows_of_another_schema_are_for_it_too(url: URL, role: str, invoices: Table) -> None:
    make = "CREATE TABLE sales.labels (id bigserial PRIMARY KEY)"
    execute(url, "CREATE SCHEMA sales", make)
    for _ in range(2):
        prepare(url, role, "hunter2", report=lambda line: None)
    become = f"SET ROLE {role}_member"
    as_web = url.set(username=role, password="hunter2")
    write = "INSERT INTO sales.labels DEFAULT VALUES"
    assert execute(as_web, become, write, "SELECT id FROM sales.labels") == [(1,)]
    with pytest.raises(Exception, match="permission denied"):
        execute(as_web, become, "CREATE TABLE sales.mine (id int)")
