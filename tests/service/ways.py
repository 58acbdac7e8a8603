"""Whether a request goes the way that a README says."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType

WEB = Path(__file__).parents[2] / "web"


def told(readme: str, of: str) -> list[str]:
    """The files that the README names for the request `of`, in order, from `web/` on."""
    path = WEB / readme
    section = path.read_text(encoding="utf-8").split("\n## The way of a request\n")[1]
    way = section.split(f"`{of}` ")[1].split("\n\n")[1]
    names = re.findall(r"`([\w/]+\.(?:py|html))`", way)
    return [str((path.parent / name).relative_to(WEB)) for name in names]


def gone(ask: Callable[[], object]) -> list[str]:
    """The files of ours whose code ran while `ask` did, each time that another one's did."""
    files: list[str] = []

    def note(frame: FrameType, event: str, _arg: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and WEB in path.parents:
            files.append(str(path.relative_to(WEB)))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        ask()
    finally:
        sys.setprofile(before)
    return files[:1] + [two for one, two in pairwise(files) if one != two]


def is_in_order(some: list[str], every: list[str]) -> bool:
    """Whether `every` has all of `some`, in their order."""
    rest = iter(every)
    return all(file in rest for file in some)
