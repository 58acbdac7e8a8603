"""Gunicorn's settings, each with its reason. The address comes by `--bind`."""

import gc
import sys
from typing import cast

from flask import Flask
from gunicorn.arbiter import Arbiter

from retort import Settings, database, logs
from retort.access_log import AccessLogger

settings = Settings.load()

wsgi_app = "retort:create_app()"
# A few processes use the cores; threads, because a request mostly waits for Postgres.
worker_class = "retort.front.worker.Worker"
workers = settings.workers
threads = settings.threads
# Loaded once, before the fork: that saves memory, and a broken application ends the
# start instead of worker after worker. Its engines connect only after the fork.
preload_app = True
# Longer than a proxy keeps an idle connection, so that none is reused while it closes.
keepalive = 75
# The most that Gunicorn allows: an address may list many values.
limit_request_line = 8190
# Seconds that the requests under way have after SIGTERM; whatever stops the container
# has to wait longer.
graceful_timeout = 30
# Seconds after which a worker is replaced whose event loop stands still.
timeout = 8
# ProxyFix alone decides whom to believe, by PROXIES.
forwarded_allow_ips = ""
# The control socket cannot be made by a user without a home on a read-only disk.
control_socket_disable = True

logger_class = AccessLogger
logconfig_dict = logs.config(settings)


def on_starting(server: Arbiter) -> None:
    """Keep what is loaded, and end a start that could ask Postgres for too many connections."""
    # What is loaded by now stays. A worker that looked for garbage in it would stand still for,
    # measured, 60 ms, and need a copy of the memory that it shares with the others.
    gc.freeze()
    if not settings.prepared_statements:
        return  # a pooler is in between, and has its own limit
    application = cast("Flask", server.app.wsgi())  # loaded already, by preload_app
    wanted = settings.workers * database.connections(application)
    allowed = database.max_connections(settings)
    if allowed is not None and wanted > allowed:
        sys.exit(
            f"WORKERS, THREADS: together they may open {wanted} connections, "
            f"but this server allows {allowed}; lower them, or raise max_connections"
        )


if settings.metrics_bind:
    from retort.metrics import gunicorn as metrics

    when_ready = metrics.when_ready
    pre_fork, post_fork = metrics.pre_fork, metrics.post_fork
    post_worker_init, worker_exit = metrics.post_worker_init, metrics.worker_exit
    child_exit = metrics.child_exit
