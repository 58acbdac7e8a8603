"""What is counted.

Each worker counts in files of its own, in FOLDER, whose sums the arbiter tells. A file belongs to a
place among the workers, not to a process: whoever takes a dead worker's place counts on from where
that was. So no number falls, and there are never more files than workers.
"""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Not everything that prometheus_client has is typed.

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Sequence
from http import HTTPMethod
from tempfile import mkdtemp

from prometheus_client import Counter, Gauge, Histogram, values

FOLDER = os.environ["PROMETHEUS_MULTIPROC_DIR"] = mkdtemp(prefix="retort-metrics-")
ARBITER = os.getpid()
OTHER = "other"  # the label of a path that is no route, and of a method that HTTP does not have


@atexit.register
def _remove() -> None:
    if os.getpid() == ARBITER:
        shutil.rmtree(FOLDER)


class Place:
    """Whose files this process counts in."""

    name = "arbiter"


values.ValueClass = values.MultiProcessValue(lambda: Place.name)  # type: ignore[misc,assignment]


class Seconds(Histogram):
    """A histogram that takes many at once."""

    def observe_all(self, counts: Sequence[int], total: float) -> None:
        """Take how many are in each bucket alone, the last being that of the longest, and the sum
        of all."""
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)
        self._sum.inc(total)


BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Counter("retort_requests", "Requests answered", ["route", "method", "status"])
seconds = Seconds(
    "retort_request_duration_seconds",
    "From the last byte of a request to the last of its answer",
    ["route"],
    buckets=BUCKETS,
)
shed = Counter("retort_requests_shed", "Requests refused: no thread, no room, or no time was left")
request_bytes = Counter("retort_request_bytes", "Bytes of the bodies of requests")
response_bytes = Counter("retort_response_bytes", "Bytes of the bodies of answers")
statements = Counter("retort_statements", "SQL statements sent, but for those around transactions")
round_trips = Counter("retort_round_trips", "Times that an answer of Postgres was waited for")
pool_timeouts = Counter("retort_pool_timeouts", "Times that no connection was there in time")
errors = Counter("retort_database_errors", "Errors of the database", ["class"])


def _gauge(name: str, what: str) -> Gauge:
    """A number that workers which live have together."""
    return Gauge(name, what, multiprocess_mode="livesum")


in_flight = _gauge("retort_requests_in_flight", "Requests whose answer is not yet sent")
pool_size = _gauge("retort_pool_size", "Connections to Postgres that may be open")
pool_in_use = _gauge("retort_pool_in_use", "Connections to Postgres in use")
pool_waiting = _gauge("retort_pool_waiting", "Threads that wait for a connection to Postgres")


def method(given: str) -> str:
    """The label of a method: clients may send any."""
    return given if given in HTTPMethod.__members__ else OTHER
