"""Gives what differs from run to run a fixed form, so that it can be compared and printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from ..runs.record import Statement
from ..runs.result import Shown

# For each sort of value, a pattern and what replaces it.
_FORMS = [
    (
        re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-([1-8])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        r"01234567-89ab-\1cde-8123-456789abcdef",
    ),
    (re.compile(r"\bat 0x[0-9a-f]+"), "at 0x…"),
    (re.compile(r"\bpg_temp_\d+"), "pg_temp"),
    (re.compile(r"\b\d+\.\d+(?= ms\b)"), "…"),
    (re.compile(r"\b(cost|time)=\d+\.\d+\.\.\d+\.\d+"), r"\1=…"),
]
_MOMENT = "2026-04-01"
_UNORDERED = re.compile(r"CREATE (?:UNIQUE )?INDEX\b|ROLLBACK$")
_NOW = r"\b{day}([ T])\d\d:\d\d:\d\d\.\d+"


def normal(text: str) -> str:
    """Take a text of a run; give it with fixed identifiers, moments, durations and places in
    memory."""
    for form, instead in _FORMS:
        text = form.sub(instead, text)
    for day in (now := datetime.now(UTC), now - timedelta(days=1)):
        text = re.sub(_NOW.format(day=day.date()), rf"{_MOMENT}\g<1>12:00:00.123456", text)
    return text


def result(shown: Shown) -> Shown:
    """The same for a result."""
    rows = [[normal(cell) for cell in row] for row in shown.rows]
    return replace(shown, rows=rows, text=normal(shown.text))


def statements(given: Iterable[Statement]) -> Iterator[Statement]:
    """The same for statements. SQLAlchemy makes the indexes of a table, and ends the transactions
    of several connections, in any order, so these are sorted."""
    for is_unordered, same in groupby(given, lambda one: bool(_UNORDERED.match(one.sql))):
        several = list(same)
        yield from sorted(several, key=lambda o: (o.sql, o.connection)) if is_unordered else several
