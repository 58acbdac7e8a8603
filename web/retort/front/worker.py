"""Gunicorn's worker: one event loop that has the sockets, and threads that have the requests."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gasgi import ASGIWorker

from ..health import PATHS
from .connection import LINGER, Connection
from .settings import FrontSettings


class Worker(ASGIWorker):
    """Gunicorn's `asgi` worker, but that it runs a WSGI application."""

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Nothing to warn of: the number of threads is used here."""

    def load_wsgi(self) -> None:
        self.asgi = self.app.wsgi()
        self.limits = FrontSettings.load()
        self.connections: dict[Connection, None] = {}  # the oldest first
        self.streams = 0
        self._threads = ThreadPoolExecutor(self.cfg.threads, "request")
        # A thread each, so that whoever asks is answered though all others are taken.
        self._health = {path: ThreadPoolExecutor(1, path) for path in PATHS}

    def threads_for(self, path: str) -> Callable[[Callable[[], None]], Any]:
        """What takes a function, runs it in a thread, and gives what can be awaited."""
        return partial(self.loop.run_in_executor, self._health.get(path, self._threads))

    def may_stream(self) -> bool:
        """Whether one more stream may begin: a quarter of the threads' worth of them, since each
        holds what the application opened for it, like a connection to the database."""
        return self.streams < max(1, self.cfg.threads // 4)

    def admit(self, connection: Connection) -> None:
        """Count a new connection, and where there are too many end the one that has waited
        longest for a request, first of all one that never sent any."""
        self.connections[connection] = None
        if len(self.connections) > self.worker_connections:
            idle = (one for one in self.connections if one._current_request is None)
            min(idle, key=lambda one: one.req_count > 1).transport.abort()

    def init_signals(self) -> None:
        """Have Python call the handlers until the loop runs, which would not: it forgets what
        came before."""
        self._stopped = asyncio.Event()
        signal.signal(signal.SIGTERM, lambda *_: self.handle_exit_signal())
        for quick in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(quick, lambda *_: self.handle_quit_signal())

    def handle_exit_signal(self) -> None:
        super().handle_exit_signal()
        self._stopped.set()

    def handle_quit_signal(self) -> None:
        super().handle_quit_signal()
        self._stopped.set()

    async def _serve(self) -> None:
        super().init_signals()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for listener in self.sockets:
            self.servers.append(
                await self.loop.create_server(
                    partial(Connection, self), sock=listener.sock, backlog=self.cfg.backlog
                )
            )
        while self.alive and self.ppid == os.getppid():
            self.notify()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), 1)
        self.alive = False
        await self._shutdown()

    async def _shutdown(self) -> None:
        """Answer whoever has connected until now; then refuse."""
        waiting: list[socket.socket] = []
        for server, listener in zip(self.servers, self.sockets, strict=True):
            # The kernel has connected them already, and resets them if the socket is closed.
            with suppress(OSError):
                while True:
                    waiting.append(listener.sock.accept()[0])
            server.close()
        for connected in waiting:
            await self.loop.connect_accepted_socket(partial(Connection, self), connected)
        began = self.loop.time()
        while self.connections and self.loop.time() < began + self.cfg.graceful_timeout:
            if self._quick_shutdown:
                break
            self.notify()
            if self.loop.time() > began + LINGER:
                for one in [*self.connections]:
                    if one._current_request is None:
                        one._close_transport()
            await asyncio.sleep(0.1)
