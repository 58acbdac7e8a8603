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
