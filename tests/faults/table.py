"""The table of `make test-faults`, a row for each fault. As a plugin of pytest's, it prints it, and
writes it into the manual if every row is there and as it should be."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass
from pathlib import Path

import pytest

MANUAL = Path(__file__).parents[2] / "web/deploy/FAULTS.md"
HEAD = ("fault", "sent", "failed", "longest", "back", "acknowledged", "found", "doubled")


@dataclass(frozen=True)
class Row:
    """What a fault did to the requests that were sent meanwhile."""

    fault: str
    sent: int
    failed: str
    longest: str
    back: str
    acknowledged: int
    found: int
    doubled: int


rows: list[Row] = []


def _lines() -> list[str]:
    lines = [HEAD, ("---",) * len(HEAD), *map(astuple, rows)]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    terminalreporter.section("faults")
    for line in _lines():
        terminalreporter.write_line(line)
    is_whole = config.args[:1] == ["tests/faults"] and len(config.args) > 1  # and the deploy
    if exitstatus == 0 and is_whole and not (config.option.markexpr or config.option.keyword):
        text, mark, _ = MANUAL.read_text().partition("## Measured\n")
        day = time.strftime("%-d %B %Y", time.gmtime())
        MANUAL.write_text("\n".join([f"{text}{mark}", f"On {day}:", "", *_lines(), ""]))
