"""Requests that come at once may each read code as a tree, and so may a library."""

import ast
import gc
import inspect
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from retort.cheatsheet.recipes import relationships
from retort.cheatsheet.syntax import parse

CODE = inspect.getsource(relationships)
STATEMENTS = len(ast.parse(CODE).body)


@contextmanager
def interrupted(by: Callable[[], object]) -> Generator[None]:
    """Let something else run whenever Python looks for garbage, which it does at any time."""

    def interrupt(phase: str, info: object) -> None:
        by()

    gc.callbacks.append(interrupt)
    try:
        yield
    finally:
        gc.callbacks.remove(interrupt)


def test_many_threads_parse_at_once() -> None:
    with interrupted(lambda: time.sleep(0.0001)), ThreadPoolExecutor(8) as threads:
        found = list(threads.map(parse, [CODE] * 40))
    assert {len(tree.body) for tree in found} == {STATEMENTS}


def test_a_library_parses_meanwhile() -> None:
    """As Werkzeug does where a recipe makes an application, and Python for a traceback."""
    meanwhile: list[ast.Module] = []

    def library() -> None:
        if len(meanwhile) < 3:
            meanwhile.append(ast.parse("def _(): pass"))

    with interrupted(library):
        while len(meanwhile) < 3:  # Python 3.14 looks for garbage once, after all is read
            assert len(parse(CODE).body) == STATEMENTS
