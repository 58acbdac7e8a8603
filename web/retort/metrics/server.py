"""Tells the metrics, in a thread of Gunicorn's arbiter.

The arbiter has nothing else to do, and no request waits for its interpreter.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false
# Not everything that prometheus_client has is typed.

import socket
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector

from .meters import FOLDER
from .settings import Address

MOST = 8  # connections, of which each has a thread
SECONDS = 5  # to send a part of a request, and to take the answer


class _Handler(WSGIRequestHandler):
    timeout = SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: it is asked every few seconds."""


class _Collector(MultiProcessCollector):
    """Leaves out a file that a worker has made and not filled yet, which would be an error."""

    def collect(self) -> Any:
        return self.merge([str(path) for path in Path(FOLDER).glob("*.db") if _is_filled(path)])


def _is_filled(path: Path) -> bool:
    with suppress(FileNotFoundError):  # its worker has ended
        return path.stat().st_size > 0
    return False


class Server(ThreadingMixIn, WSGIServer):
    """Answers each in a thread. Of too many, the one ends that came first."""

    daemon_threads = True

    def __init__(self, address: Address) -> None:
        self._open = deque[socket.socket]()
        self.address_family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        super().__init__(address, _Handler)
        registry = CollectorRegistry()
        _Collector(registry, FOLDER)
        self.set_app(make_wsgi_app(registry))

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        # What HTTPServer asks a name server for.
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.append(request)
        if len(self._open) > MOST:
            with suppress(OSError):
                self._open.popleft().shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with suppress(ValueError):
            self._open.remove(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has left."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def start(address: Address) -> Server:
    """Listen there; give the server, which runs. Raises SystemExit if that cannot be."""
    try:
        server = Server(address)
    except OSError as error:
        sys.exit(f"METRICS_BIND: cannot listen on {address.host}:{address.port} ({error.strerror})")
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
