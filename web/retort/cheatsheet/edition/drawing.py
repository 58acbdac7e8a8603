"""The tables of the sheet as an SVG picture, in the colours of the page around it."""

from __future__ import annotations

from markupsafe import Markup
from sqlalchemy import Column, Table

from ..renderers.diagram import boxes, type_name

WIDTH, ROW, GAP = 132, 11, 46


def diagram() -> Markup:
    """The tables with their columns, and a line from each foreign key to what it names."""
    tables = [box.table for box in boxes()]  # in this order no line crosses a table
    left = {table.name: at * (WIDTH + GAP) + 18 for at, table in enumerate(tables)}
    width = len(tables) * (WIDTH + GAP) - GAP + 36
    height = max(len(table.columns) + 1 for table in tables) * ROW + 8
    parts = [_box(table, left[table.name]) for table in tables]
    parts += [
        _line(table, column, left)
        for table in tables
        for column in table.columns
        if column.foreign_keys
    ]
    return Markup(  # noqa: S704 - made of our models
        f'<svg class="diagram" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="The tables and their foreign keys">{"".join(parts)}</svg>'
    )


def _box(table: Table, left: int) -> str:
    height = (len(table.columns) + 1) * ROW + 3
    lines = [
        f'<rect class="box" x="{left}" y="1" width="{WIDTH}" height="{height}" rx="3"/>',
        f'<text class="name" x="{left + 6}" y="{ROW - 1}">{table.name}</text>',
    ]
    for column in table.columns:
        y = _y(column) + 3
        key = " key" if column.primary_key else ""
        lines.append(f'<text class="column{key}" x="{left + 6}" y="{y}">{column.name}</text>')
        kind = type_name(column) + ("?" if column.nullable else "")
        lines.append(f'<text class="type" x="{left + WIDTH - 6}" y="{y}">{kind}</text>')
    return "".join(lines)


def _line(table: Table, column: Column[object], left: dict[str, int]) -> str:
    (key,) = column.foreign_keys
    there = key.column
    start, end = left[table.name], left[there.table.name]
    y, to = _y(column), _y(there)
    if start == end:  # to itself: around its left side
        path = f"M{start} {y} h-9 V{to} h7"
    elif start < end:
        path = f"M{start + WIDTH} {y} h{GAP // 2} V{to} H{end - 2}"
    else:
        path = f"M{start} {y} h-{GAP // 2} V{to} H{end + WIDTH + 2}"
    return f'<path class="key" d="{path}"/>'


def _y(column: Column[object]) -> int:
    at = list(column.table.columns).index(column)
    return (at + 1) * ROW + ROW // 2 + 3
