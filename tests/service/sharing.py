"""Which tests share what is dear to make."""

import inspect

import pytest

MARKERS = (
    "reads: shares its database and its application with all others that are marked so, unless "
    "it asks for the database itself",
    "alone: has its own, though its module is marked with reads",
)


def is_shared(request: pytest.FixtureRequest) -> bool:
    """Whether a test is content with what others have used."""
    marked = request.node.get_closest_marker
    return (
        marked("reads") is not None
        and marked("alone") is None
        and "database" not in inspect.signature(request.function).parameters
        and "statements" not in request.fixturenames
    )
