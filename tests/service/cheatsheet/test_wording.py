"""How a statement is laid out: a line for each clause, and what belongs together on one line."""

import pytest

from retort.cheatsheet.renderers import wording

pytestmark = pytest.mark.reads


def test_a_line_for_each_clause() -> None:
    given = "SELECT name FROM persons JOIN orders ON person_id = persons.id WHERE amount > 1"
    assert wording.sql(given).splitlines() == [
        "SELECT name",
        "FROM persons",
        "JOIN orders ON person_id = persons.id",
        "WHERE amount > 1",
    ]


@pytest.mark.parametrize(
    "column",
    [
        "rank() OVER (PARTITION BY person_id ORDER BY count(id) DESC, id) AS rank",
        "count(*) FILTER (WHERE status = %(status_1)s AND lower(trim(name)) = 'a') AS paid",
        "mode() WITHIN GROUP (ORDER BY EXTRACT(month FROM placed_at)) AS busiest",
    ],
)
def test_what_follows_a_function_stays_in_its_line(column: str) -> None:
    laid_out = wording.sql(f"SELECT {column}, {column} FROM orders")
    assert laid_out.splitlines() == [f"SELECT {column},", f"       {column}", "FROM orders"]


MERGE = """MERGE INTO tags USING (VALUES ('a')) AS new (name)
ON tags.name = new.name
WHEN NOT MATCHED THEN INSERT (name) VALUES (new.name)"""


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id\nFROM orders\nWHERE id = 5\nFOR UPDATE NOWAIT",
        "INSERT INTO tags (name)\nVALUES ('a')\nON CONFLICT (name)\nDO UPDATE SET name = 'b'",
        "INSERT INTO tags (name)\nVALUES ('a')\nON CONFLICT (name) DO NOTHING\nRETURNING id",
    ],
)
def test_each_clause_has_a_line(sql: str) -> None:
    assert wording.sql(" ".join(sql.split())) == sql


def test_merge_stays_as_its_writer_laid_it_out() -> None:
    indented = MERGE.replace("\n", "\n        ")
    assert wording.sql(f"\n        {indented}\n        ") == MERGE
