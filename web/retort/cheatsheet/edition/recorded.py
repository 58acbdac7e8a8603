"""Keeps a run, so that its page can show it, without what differs from run to run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..renderers import wording
from ..runs import recorded
from ..runs.record import Statement
from ..runs.runner import Run
from . import normal


def write(runs: Mapping[str, Sequence[Run]]) -> None:
    """Write the file, a line for each recipe. What this machine cannot run stays as it was."""
    before = recorded.stored()
    kept = {
        slug: of(forms) if not forms[0].is_lacking else before.get(slug, {})
        for slug, forms in runs.items()
    }
    lines = [f'"{slug}": {json.dumps(each, ensure_ascii=False)}' for slug, each in kept.items()]
    recorded.FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def of(forms: Sequence[Run]) -> dict[str, Any]:
    """What is kept of the forms of a recipe."""
    return {run.form: _run(run) for run in forms}


def _run(run: Run) -> dict[str, Any]:
    record = run.record
    # Another server's catalogue has another number of rows.
    asked = sum(s.rows or 0 for s in run.statements if wording.reads_catalogue(s))
    return {
        "result": asdict(normal.result(run.result)),
        "record": {
            "more": record.more,
            "sent": record.sent,
            "round_trips": record.round_trips,
            "rows": record.rows - asked,
        },
        "statements": [_statement(one) for one in normal.statements(run.statements)],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    # What the catalogue holds, such as oids, differs from run to run.
    is_catalogue = wording.reads_catalogue(statement)
    lines = [] if is_catalogue else wording.parameters(statement.parameters)
    return {
        "sql": normal.normal(wording.sql(statement.sql)),
        "parameters": [normal.normal(line) for line in lines],
        "rows": None if is_catalogue else statement.rows,
        "round_trips": statement.round_trips,
        "connection": statement.connection,
        "error": statement.error and normal.normal(statement.error),
    }
