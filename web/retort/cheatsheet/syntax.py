"""Code as a tree."""

import ast
from contextlib import suppress
from threading import Lock

AGAIN = 9  # times; one in some thousand fails

_lock = Lock()


def parse(code: str) -> ast.Module:
    """As `ast.parse`, which in Python 3.11 may fail with SystemError where another thread parses
    too (python/cpython#106905): one of ours waits, and what others parse, as Werkzeug does for
    each route, makes it begin again."""
    with _lock:
        for _ in range(AGAIN):
            with suppress(SystemError):
                return ast.parse(code)
        return ast.parse(code)
