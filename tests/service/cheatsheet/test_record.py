"""What is noted of a run: its statements, how long they took, and how Postgres did them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from retort.cheatsheet.recipe import Chapter
from retort.cheatsheet.renderers import terminal
from retort.cheatsheet.runs.plan import tree
from retort.cheatsheet.runs.record import MOST, MOST_PLANS, Record, Statement
from retort.cheatsheet.runs.runner import Run, Runner
from retort.database import db
from retort.models import Person

pytestmark = pytest.mark.reads


def run(
    runner: Runner,
    function: Any,
    heard: Callable[[Statement], None] = lambda statement: None,
) -> Run:
    """Of a recipe of this test's."""
    chapter = Chapter("Z", "Tests")
    chapter.recipe("Test", keywords="", links=())(function)
    return runner.run(chapter.recipes[0], {}, on_statement=heard)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO orders (amount) VALUES (1)",
        "UPDATE orders SET amount = 1 RETURNING id",
        "WITH new AS (INSERT INTO orders (amount) VALUES (1) RETURNING id) SELECT id FROM new",
        "with new as (update orders\n set amount = 1 returning id) select id from new",
        "WITH old AS (DELETE FROM orders RETURNING id) SELECT id FROM old",
        "WITH new AS (SELECT 1) MERGE INTO orders USING new ON false WHEN MATCHED THEN DELETE",
        "SELECT id INTO TEMP mine FROM orders",
        "SELECT nextval('orders_id_seq')",
        "SELECT setval('orders_id_seq', 1)",
        "SELECT set_config('work_mem', '1MB', true)",
        "SELECT pg_sleep(1)",
        "SELECT pg_notify('orders', '')",
        "SELECT pg_try_advisory_xact_lock(1)",
        "SAVEPOINT mine",
    ],
)
def test_what_changes_something_is_not_sent_again_for_its_plan(sql: str) -> None:
    assert not Record().wants_plan(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "\n  select updated_at FROM orders",
        "SELECT id FROM orders FOR UPDATE",
        "WITH some AS (SELECT id FROM orders) SELECT id FROM some",
    ],
)
def test_what_reads_has_a_plan(sql: str) -> None:
    assert Record().wants_plan(sql)


def test_of_many_statements_the_first_are_kept_and_all_are_counted(runner: Runner) -> None:
    def ask() -> None:
        for _ in range(2 * MOST):
            db.session.execute(text("SELECT 1"))

    heard: list[Statement] = []
    ran = run(runner, ask, heard.append)
    assert ran.record.sent == 2 * MOST
    assert ran.record.round_trips == 1 + 2 * MOST  # with BEGIN
    assert len(ran.statements) == MOST
    assert heard == ran.statements
    assert sum(one.plan is not None for one in ran.statements) == MOST_PLANS


def test_times_are_in_milliseconds(runner: Runner) -> None:
    def sleep() -> None:
        db.session.execute(select(func.pg_sleep(0.2)))

    ran = run(runner, sleep)
    _, slept = ran.statements
    assert 200 <= (slept.milliseconds or 0) <= ran.milliseconds < 2000
    said = f"-- {slept.milliseconds:.1f} ms, 1 row"
    assert said in terminal.ran(ran, color=False).splitlines()


def test_the_planner_knows_how_many_rows_there_are(runner: Runner) -> None:
    def everybody() -> None:
        db.session.scalars(select(Person)).all()

    plan = run(runner, everybody).statements[1].plan
    assert plan
    assert (plan.rows, plan.expected) == (6, 6)
    assert plan.blocks > 0


def step(kind: str, milliseconds: float, loops: int, *below: object, **more: Any) -> dict[str, Any]:
    """A step as Postgres gives it, whose time is that of a loop and holds that of those below."""
    return {
        "Node Type": kind,
        "Actual Total Time": milliseconds,
        "Actual Loops": loops,
        "Actual Rows": 2,
        "Plan Rows": 5,
        "Plans": list(below),
        **more,
    }


def test_a_plan_is_read_as_what_each_step_took_by_itself() -> None:
    scan = step(
        "Index Scan",
        0.5,
        10,
        **{
            "Relation Name": "orders",
            "Alias": "o",
            "Index Name": "orders_pkey",
            "Index Cond": "(id = p.id)",
            "Shared Hit Blocks": 1,
            "Local Hit Blocks": 2,
            "Local Read Blocks": 4,
        },
    )
    sort = step("Sort", 1.0, 1, **{"Sort Key": ["name", "id DESC"]})
    plan = tree(step("Nested Loop", 8.0, 1, sort, scan, **{"Join Type": "Left"}))
    assert [(depth, node.title, node.milliseconds) for depth, node in plan.walk()] == [
        (0, "Nested Loop Left Join", 2.0),
        (1, "Sort", 1.0),
        (1, "Index Scan using orders_pkey on orders o", 5.0),
    ]
    first, second = plan.children
    assert [node.slowest for node in (plan, first, second)] == [False, False, True]
    assert not tree(step("Seq Scan", 0.9, 1)).slowest  # where nothing takes long
    assert first.details == ["Sort Key: name, id DESC"]
    assert second.details == ["Index Cond: (id = p.id)"]
    assert (second.loops, second.rows, second.expected, second.blocks) == (10, 2, 5, 7)


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ({"Node Type": "Hash Join", "Join Type": "Inner"}, "Hash Join"),
        ({"Node Type": "Hash Join", "Join Type": "Anti"}, "Hash Anti Join"),
        ({"Node Type": "Aggregate", "Strategy": "Hashed"}, "Hashed Aggregate"),
        ({"Node Type": "Aggregate", "Strategy": "Plain"}, "Aggregate"),
        ({"Node Type": "CTE Scan", "CTE Name": "some", "Alias": "some"}, "CTE Scan on some"),
        ({"Node Type": "Function Scan", "Function Name": "unnest"}, "Function Scan on unnest"),
    ],
)
def test_a_step_has_a_title(given: dict[str, str], title: str) -> None:
    assert tree(step("", 1.0, 1) | given).title == title


def test_nobody_listens_to_what_the_service_itself_sends(app: Flask) -> None:
    """It would be slower then."""
    with app.app_context():
        for engine in db.engines.values():
            assert not engine.dispatch.before_cursor_execute
