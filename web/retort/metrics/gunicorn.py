"""Gunicorn's hooks. Whoever imports this counts."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# Not everything that prometheus_client has is typed.

from __future__ import annotations

from itertools import count
from typing import Any, cast

from gunicorn.arbiter import Arbiter
from prometheus_client.multiprocess import mark_process_dead

from . import counting, server
from .meters import Place
from .settings import Address, MetricsSettings

_servers: list[server.Server] = []


def when_ready(arbiter: Any) -> None:
    """Listen, and have counted what happens in the application that the workers will have."""
    counting.init_app(arbiter.app.wsgi())
    _servers.append(listening := server.start(cast("Address", MetricsSettings.load().metrics_bind)))
    arbiter.log.info("Metrics at: http://%s:%s/metrics", *listening.server_address[:2])


def pre_fork(arbiter: Any, worker: Any) -> None:
    """Give the worker the first place that is free."""
    taken = {other.place for other in arbiter.WORKERS.values()}
    worker.place = next(place for place in map(str, count(1)) if place not in taken)


def post_fork(arbiter: Arbiter, worker: Any) -> None:
    Place.name = worker.place
    for listening in _servers:
        listening.socket.close()  # the arbiter has it


def post_worker_init(worker: Any) -> None:
    counting.watch(worker.app.wsgi(), worker)


def worker_exit(arbiter: Arbiter, worker: Any) -> None:
    counting.add_up()


def child_exit(arbiter: Arbiter, worker: Any) -> None:
    """What the worker has is gone; what it has counted stays."""
    mark_process_dead(worker.place)
