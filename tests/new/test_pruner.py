"""What is left of a Python module without what belongs to a part."""

import re
from textwrap import dedent

import pytest

from dev.new.python import Pruner


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """
            def status():
                return "gone"

            def answer():
                status, body = 200, b"x"
                send(status, body)
            """,
            """
            def answer():
                status, body = 200, b"x"
                send(status, body)
            """,
            id="a function's own variable stays where a module's of that name goes",
        ),
        pytest.param(
            """
            x = 1

            def made():
                path = "x"
                return open(path, "gone")

            def both():
                if x:
                    return 1
                return made()
            """,
            """
            x = 1
            """,
            id="a function that would return nothing goes, and so does what calls it",
        ),
    ],
)
def test_what_stays(before: str, after: str) -> None:
    left = Pruner("web/x.py", dedent(before), set(), strings=re.compile("gone")).pruned()
    assert left.strip() == dedent(after).strip()
