"""The role of whoever has a token."""

import pytest
from sqlalchemy import URL, Table

from db_init.prepare import prepare

from ..postgres import execute


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
