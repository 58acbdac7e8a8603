"""A reader of the metrics who comes after each change of a number, while requests are answered.

Run by itself, since what counts does so for a whole process. Prints what the reader saw each time:
requests, their durations, statements and round trips.
"""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# Not everything that prometheus_client has is typed.

import json
from types import SimpleNamespace
from typing import Any

from flask import Flask
from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector

from retort import hooks
from retort.metrics import counting, meters

NAMES = (
    "requests_total",
    "request_duration_seconds_count",
    "statements_total",
    "round_trips_total",
)
ANSWER = SimpleNamespace(status_code=200, size=10, sent=100, is_shed=False)
REQUESTS = 30  # so that some come between any two changes

collector = MultiProcessCollector(CollectorRegistry(), meters.FOLDER)


def request() -> None:
    """A request with one statement."""
    for sent in hooks.sent:
        sent()
    for answered in hooks.answered:
        answered({"REQUEST_METHOD": "GET"}, ANSWER, 0.1)


def read() -> list[float]:
    found = [sample for metric in collector.collect() for sample in metric.samples]
    return [sum(one.value for one in found if one.name == f"retort_{name}") for name in NAMES]


def main() -> None:
    counting.init_app(Flask(__name__))
    value: Any = values.ValueClass
    change = value.inc
    seen: list[list[float]] = []

    def changed(self: object, amount: float) -> None:
        change(self, amount)
        seen.append(read())
        if len(seen) < REQUESTS:
            request()

    value.inc = changed
    request()
    for _ in range(REQUESTS):  # more than enough
        counting.add_up()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
