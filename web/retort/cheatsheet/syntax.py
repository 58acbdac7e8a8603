"""Code as a tree."""

import ast
from contextlib import suppress
from threading import Lock

AGAIN = 9  # times; about one parse in some thousand fails

_lock = Lock()


def parse(code: str) -> ast.Module:
    """As `ast.parse`. In Python 3.11, that may fail with SystemError while another thread parses
    (python/cpython#106905). So our own threads take turns, and we try again if a library, like
    Werkzeug for a route, has parsed meanwhile."""
    with _lock:
        for _ in range(AGAIN):
            with suppress(SystemError):
                return ast.parse(code)
        return ast.parse(code)
