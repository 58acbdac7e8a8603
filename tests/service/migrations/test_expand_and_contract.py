"""The manual's way to rename a column. After each of its steps, the code before it goes on."""

import ast
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import Column, Connection, MetaData, Table, Text, select

from db_init import migrate

from .kinds import go, table
from .project import ROOT, Models, Project

MANUAL = (ROOT / "web/deploy/README.md").read_text(encoding="utf-8")
EXPAND, CONTRACT = (dedent(sql) for sql in re.findall(r" +```sql\n(.*?)```", MANUAL, re.DOTALL))
(LEAVING,) = re.findall(r"`__table_args__ = (\{.*?\})`", MANUAL)


def persons(*columns: str, **options: Any) -> Models:
    return table(
        lambda _: [Column(name, Text, unique=True) for name in columns], "persons", **options
    )


OLD, BOTH, NEW = persons("email"), persons("email", "address"), persons("address")
MOVED = persons("address", **ast.literal_eval(LEAVING))


def deploy(connection: Connection, running: str, serves: str, by_hand: str = "") -> str:
    """The newest migration as a reader of the manual corrects it, beside code that runs; its
    revision."""
    (newest, *_) = migrate.scripts()
    path = Path(newest.path)
    up, down = path.read_text().split("\n\n\ndef downgrade")
    up = re.sub(r"still_serves = .*", f"still_serves = {serves!r}", up)
    statement = f"\n    op.execute({by_hand!r})" if by_hand else ""
    path.write_text(f"{up}{statement}\n\n\ndef downgrade{down}")
    migrate.upgrade(connection, [running])
    connection.commit()
    return newest.revision


def model(code: Models) -> Table:
    code(metadata := MetaData())
    return metadata.tables["persons"]


def work(connection: Connection, *codes: Models) -> None:
    """Whatever one writes, by any of its columns, all read; and the row from before them all."""
    models = [model(code) for code in codes]

    def read(key: int) -> set[str | None]:
        rows = [connection.execute(select(one).where(one.c.id == key)).one() for one in models]
        return {value for _, *values in rows for value in values}

    for one, column in [(each, column) for each in models for column in [*each.c][1:]]:
        new = one.insert().values({column: "bob@example.com"}).returning(one.c.id)
        key = connection.scalars(new).one()
        assert read(key) == {"bob@example.com"}
        for value in ("carl@example.com", None):
            connection.execute(one.update().where(one.c.id == key).values({column: value}))
            assert read(key) == {value}
    assert read(1) == {"amy@example.com"}
    connection.commit()


def test_a_column_is_renamed_while_code_runs(
    project: Project, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_on(connection, "persons", OLD)
    go(connection, "head")
    (first,) = project.heads()
    connection.execute(model(OLD).insert().values(email="amy@example.com"))
    work(connection, OLD)

    project.write_on(connection, "expand", BOTH)
    expanded = deploy(connection, first, "all", EXPAND)
    work(connection, OLD, BOTH)

    monkeypatch.setenv("EMPTY", "1")
    project.write_on(connection, "no email", MOVED)
    moved = deploy(connection, expanded, "all")
    work(connection, BOTH, MOVED)

    monkeypatch.delenv("EMPTY")
    assert "The code now expects" in project.write_on(connection, "contract", NEW)
    deploy(connection, moved, moved, CONTRACT)
    work(connection, MOVED, NEW)
    assert "Nothing was written" in project.write_on(connection, "none", NEW)
