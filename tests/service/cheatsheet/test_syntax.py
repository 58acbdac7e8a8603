"""Requests that come at once may each read code as a tree."""

import gc
import inspect
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from retort.cheatsheet.recipes import relationships
from retort.cheatsheet.syntax import parse


@pytest.fixture
def interrupted() -> Generator[None]:
    """Lets other threads run whenever Python looks for garbage, which it does at any time."""

    def interrupt(phase: str, info: object) -> None:
        time.sleep(0.0001)

    gc.callbacks.append(interrupt)
    yield
    gc.callbacks.remove(interrupt)


def test_many_threads_parse_at_once(interrupted: None) -> None:
    code = inspect.getsource(relationships)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(parse, [code] * 40))
    assert {len(tree.body) for tree in found} == {len(parse(code).body)}
