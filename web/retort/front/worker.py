"""Gunicorn's worker process: an event loop has the sockets, and threads have the requests."""

# pyright: reportUnknownMemberType=false
# As in connection.py.

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import uvloop

from .connection import LINGER, Connection
from .room import Room
from .settings import FrontSettings
from .threads import Threads

if TYPE_CHECKING:
    ASGIWorker = Any
else:
    from gunicorn.workers.gasgi import ASGIWorker


class Worker(ASGIWorker):
    """Gunicorn's `asgi` worker, except that it runs a WSGI application."""

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Nothing to warn of: the number of threads is used here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stopped = asyncio.Event()

    def init_process(self) -> None:
        # First of all: a signal that comes before would be the arbiter's, and be forgotten.
        self.init_signals()
        super().init_process()

    def _setup_event_loop(self) -> None:
        self.loop = uvloop.new_event_loop()
        asyncio.set_event_loop(self.loop)

    def load_wsgi(self) -> None:
        self.asgi = self.app.wsgi()
        limits = FrontSettings.load()
        threads = Threads(self.loop, self.cfg.threads, limits.request_seconds)
        room = Room(limits.worker_bytes)
        self._connect = partial(Connection, self, limits, threads, room)
        self.connections: dict[Connection, None] = {}  # the oldest first

    def admit(self, connection: Connection) -> None:
        """Count a new connection. If there are too many, end the one that has waited longest for a
        request; those that never sent one go first."""
        self.connections[connection] = None
        if len(self.connections) > self.worker_connections:
            idle = (one for one in self.connections if one._current_request is None)
            min(idle, key=lambda one: one.req_count > 1).transport.abort()

    def init_signals(self) -> None:
        """Have Python call the handlers until the loop runs: the loop's own way forgets a signal
        that came before."""

        def handle(number: int, frame: object) -> None:
            self.handle_exit_signal() if number == signal.SIGTERM else self.handle_quit_signal()

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, handle)

    def handle_exit_signal(self) -> None:
        super().handle_exit_signal()
        self._stopped.set()

    def handle_quit_signal(self) -> None:
        super().handle_quit_signal()
        self._stopped.set()

    async def _serve(self) -> None:
        super().init_signals()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with suppress(ValueError):  # macOS takes no "unlimited"
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for listener in self.sockets:
            self.servers.append(
                await self.loop.create_server(
                    self._connect, sock=listener.sock, backlog=self.cfg.backlog
                )
            )
        while self.alive and self.ppid == os.getppid():
            self.notify()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), 1)
        self.alive = False
        await self._shutdown()

    async def _shutdown(self) -> None:
        """Answer whoever has connected until now, and refuse whoever comes later."""
        waiting: list[socket.socket] = []
        for server, listener in zip(self.servers, self.sockets, strict=True):
            # The kernel has connected these clients already. It would reset them with the socket.
            with suppress(OSError):
                while True:
                    waiting.append(listener.sock.accept()[0])
            server.close()
        for connected in waiting:
            await self.loop.connect_accepted_socket(self._connect, connected)
        await asyncio.sleep(0.1)  # so that whom the loop has accepted is in `connections`
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
