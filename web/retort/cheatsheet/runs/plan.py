"""EXPLAIN (ANALYZE, BUFFERS) as a tree that people can read."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection

# Of all that Postgres tells of a node, these say what it does.
_DETAILS = (
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Filter",
    "Sort Key",
    "Group Key",
    "Presorted Key",
    "Function Call",
    "Rows Removed by Filter",
)
LONG = 1.0  # milliseconds
_BLOCKS = ("Shared Hit Blocks", "Shared Read Blocks", "Local Hit Blocks", "Local Read Blocks")


@dataclass
class Node:
    """A step of a plan: what it does, and what that took."""

    title: str
    details: list[str]
    rows: float  # a loop
    expected: int
    loops: int
    milliseconds: float  # its own, without those below it
    blocks: int  # of 8 kB, its own and those below it
    children: list[Node]
    slowest: bool = False

    def walk(self, depth: int = 0) -> Generator[tuple[int, Node]]:
        """This node and those below it, each with its depth from 0."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


def explain(connection: Connection, sql: str, parameters: Any) -> Node:
    """Run a SELECT once more, on the same connection, to see how Postgres does it."""
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters or None)
        (plan,) = cast("tuple[Any]", cursor.fetchone())
    return tree((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def tree(plan: dict[str, Any]) -> Node:
    """Take the root of a plan in Postgres' JSON, give the tree; the slowest node is marked where
    it takes long."""
    root = _node(plan)
    slowest = max((node for _, node in root.walk()), key=lambda node: node.milliseconds)
    slowest.slowest = slowest.milliseconds >= LONG
    return root


def _node(plan: dict[str, Any]) -> Node:
    children = [_node(child) for child in plan.get("Plans", ())]
    loops = plan["Actual Loops"]
    total = plan["Actual Total Time"] * loops
    below = sum(p["Actual Total Time"] * p["Actual Loops"] for p in plan.get("Plans", ()))
    return Node(
        _title(plan),
        [f"{name}: {_text(plan[name])}" for name in _DETAILS if plan.get(name)],
        plan["Actual Rows"],
        plan["Plan Rows"],
        loops,
        max(total - below, 0.0),
        sum(plan.get(name, 0) for name in _BLOCKS),
        children,
    )


def _title(plan: dict[str, Any]) -> str:
    title = str(plan["Node Type"])
    if plan.get("Join Type", "Inner") != "Inner":
        title = title.replace(" Join", "") + f" {plan['Join Type']} Join"
    if "Strategy" in plan and plan["Strategy"] != "Plain":
        title = f"{plan['Strategy']} {title}"
    if index := plan.get("Index Name"):
        title += f" using {index}"
    if name := plan.get("Relation Name") or plan.get("CTE Name") or plan.get("Function Name"):
        title += f" on {name}"
        if plan.get("Alias", name) != name:
            title += f" {plan['Alias']}"
    return title


def _text(value: Any) -> str:
    return ", ".join(map(str, cast("list[Any]", value))) if isinstance(value, list) else str(value)
