"""What happens, for whoever counts it: each list holds functions that are called then.

They are empty unless somebody counts, so that this costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

answered: list[Callable[[WSGIEnvironment, Any, float], None]] = []
"""The front has answered this request, with this exchange, in so many seconds."""

refused: list[Callable[[int], None]] = []
"""The front has refused, with this status, what it could not read as a request."""

sent: list[Callable[[], None]] = []
"""`round_trip.fetch` has sent a statement."""

failed: list[Callable[[BaseException], None]] = []
"""`round_trip.fetch` has this error of psycopg2's."""

waited: list[Callable[[], None]] = []
"""A pool had no connection for a thread in time."""
