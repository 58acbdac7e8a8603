"""What Postgres refuses in a transaction has its place: after the migrations are committed."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, text

from db_init import migrate
from db_init.prepare import Failure, prepare
from retort import schema

from ..postgres import execute
from .run import Migration

DOCUMENTED = Path(__file__).parents[3] / "db-init/README.md"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('orders_status_idx')"


@pytest.fixture
def afterwards() -> str:
    """The example of the manual."""
    (found,) = re.findall(
        r"^afterwards = \[\n.*?^\]", DOCUMENTED.read_text(), re.MULTILINE | re.DOTALL
    )
    return found


Add = Callable[[str], None]


@pytest.fixture
def add(migration: Migration) -> Add:
    """Gives a way to add a migration with `afterwards`, or to give it other ones."""

    def add(afterwards: str) -> None:
        migration("pass")
        path = migrate.FOLDER / "versions/9998_more.py"
        path.write_text(path.read_text() + afterwards)

    return add


def start(url: URL, role: str) -> list[str]:
    lines: list[str] = []
    prepare(url, role, "hunter2", lines.append)
    return lines


def test_an_index_is_made_while_others_write(
    url: URL, role: str, add: Add, afterwards: str
) -> None:
    start(url, role)
    add(afterwards)
    lines: list[str] = []
    with create_engine(url, poolclass=NullPool).connect() as other:
        # The index waits for this transaction's end, and lets it write meanwhile.
        other.execute(text("UPDATE orders SET status = status"))
        thread = threading.Thread(target=lambda: lines.extend(start(url, role)))
        thread.start()
        thread.join(1)
        assert thread.is_alive()
        execute(url, "UPDATE persons SET name = name")
        other.execute(text("UPDATE orders SET status = status"))
        other.rollback()
    thread.join()
    assert "schema: 9998 is done, also what it does afterwards" in lines
    assert execute(url, VALID) == [(True,)]
    assert not any("afterwards" in line for line in start(url, role))


def test_a_new_database_has_it_too(url: URL, role: str, add: Add, afterwards: str) -> None:
    add(afterwards)
    start(url, role)
    assert execute(url, VALID) == [(True,)]


def test_what_failed_is_tried_again(url: URL, role: str, add: Add) -> None:
    add('afterwards = ["VACUUM orders", "VACUUM nothing"]\n')
    with pytest.raises(Failure) as failure:
        start(url, role)
    assert str(failure.value) == (
        "the migrations are done, but not what 9998 does afterwards: "
        'relation "nothing" does not exist; mend that and start again'
    )
    # The rest is there, and serves.
    with create_engine(url, poolclass=NullPool).connect() as connection:
        at, served = connection.execute(schema.STATE).one()
    assert at == "9998"
    assert served.endswith(" +9998")
    assert execute(url, "SELECT count(*) > 0 FROM persons") == [(True,)]
    add('afterwards = ["VACUUM orders"]\n')
    assert "schema: 9998 is done, also what it does afterwards" in start(url, role)


def test_of_two_that_start_at_once_one_does_it(
    url: URL, role: str, add: Add, afterwards: str
) -> None:
    start(url, role)
    add(afterwards)
    lines: list[str] = []
    threads = [threading.Thread(target=lambda: lines.extend(start(url, role))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("afterwards" in line for line in lines) == 1
    assert execute(url, VALID) == [(True,)]
