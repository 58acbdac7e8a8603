"""Code as a tree."""

import ast
from threading import Lock

_lock = Lock()


def parse(code: str) -> ast.Module:
    """As `ast.parse`, with which two threads at once get in each other's way: in Python 3.11, one
    fails with SystemError (python/cpython#106905)."""
    with _lock:
        return ast.parse(code)
