"""db-init runs migrations whole or not at all, and says which line is wrong."""

import pytest
from sqlalchemy import URL, NullPool, Table, create_engine, text

from db_init import migrate
from db_init.prepare import prepare
from retort.schema import HEAD

from ..postgres import execute
from ..snapshot import snapshot
from .run import Migration, refusal


@pytest.mark.parametrize(
    ("upgrade", "said"),
    [
        ("op.execute('CREATE TABEL x ()')", 'line 9: syntax error at or near "TABEL"'),
        ("raise RuntimeError('not today')", "line 9: not today"),
        ("op.execute(", "line 9: '(' was never closed"),
        ("op.execute('DROP TABLE nothing')", 'line 9: table "nothing" does not exist'),
    ],
)
def test_a_broken_migration_says_where_and_changes_nothing(
    url: URL, role: str, migration: Migration, upgrade: str, said: str
) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    before = snapshot(url)
    migration(upgrade)
    line = refusal(url, role, "hunter2")
    assert line == (
        f"nothing was changed: 9998_more.py, {said}; mend that migration and start again"
    )
    assert snapshot(url) == before


def test_a_broken_migration_leaves_an_empty_database_empty(
    url: URL, role: str, migration: Migration
) -> None:
    migration("raise RuntimeError('not today')")
    before = snapshot(url)
    refusal(url, role, "hunter2")
    assert snapshot(url) == before
    assert execute(url, "SELECT 1 FROM pg_roles WHERE rolname = :role", role=role) == []


def test_a_migration_that_works_runs_on_what_is_there(
    url: URL, role: str, migration: Migration
) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)
    migration("pass")
    lines: list[str] = []
    prepare(url, role, "hunter2", lines.append)
    assert f"schema: {HEAD} to 9998" in lines
    as_web = url.set(username=role, password="hunter2")
    assert execute(as_web, "SELECT count(*) FROM more")[0][0] == 0


def test_two_heads_say_how_to_join_them(url: URL, role: str, migration: Migration) -> None:
    migration("pass")
    one = migrate.FOLDER / "versions/9998_more.py"
    one.with_name("9999_other.py").write_text(one.read_text().replace("9998", "9999"))
    before = snapshot(url)
    assert refusal(url, role, "hunter2") == (
        "nothing was changed: 2 heads: 9998 (9998_more.py), 9999 (9999_other.py); "
        "make migration joins them"
    )
    assert snapshot(url) == before


def test_waiting_for_a_lock_ends(url: URL, role: str, migration: Migration) -> None:
    """A migration gives way to a long transaction instead of making everyone queue."""
    prepare(url, role, "hunter2", report=lambda line: None)
    migration("op.execute(\"SET LOCAL lock_timeout = '50ms'; ALTER TABLE persons ADD x int\")")
    with create_engine(url, poolclass=NullPool).begin() as other:
        other.execute(text("LOCK persons"))
        assert "lock timeout" in refusal(url, role, "hunter2")


def test_the_rows_of_another_schema_are_for_web(
    url: URL, role: str, migration: Migration, invoices: Table
) -> None:
    prepare(url, role, "hunter2", report=lambda line: None)  # the migration may be later
    make = "CREATE SCHEMA sales; CREATE TABLE sales.invoices (id bigserial PRIMARY KEY)"
    migration(f"op.execute('{make}')")
    for _ in range(2):
        prepare(url, role, "hunter2", report=lambda line: None)
    as_web = url.set(username=role, password="hunter2")
    write = "INSERT INTO sales.invoices DEFAULT VALUES"
    assert execute(as_web, write, "SELECT id FROM sales.invoices") == [(1,)]
    with pytest.raises(Exception, match="permission denied"):
        execute(as_web, "CREATE TABLE sales.mine (id int)")
