"""A way to Postgres that can fall silent, as a server that is frozen or a network that is cut; and
`web` that uses it."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from sqlalchemy import URL

from . import gunicorn
from .postgres import Database

SECONDS = 2  # that a request may take there


class Proxy:
    """Listens on a port of loopback and passes on what comes, in both directions."""

    def __init__(self, server: URL) -> None:
        """Take the address of the server that it leads to, which may be a socket of Unix."""
        self._server = server
        self._flows = [_flowing()]  # the last is that of new connections
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets.append(self._listener)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> URL:
        """The server's address, by this way."""
        port = self._listener.getsockname()[1]
        return self._server.set(host="127.0.0.1", port=port, query={})

    def fall_silent(self) -> None:
        """Take what is sent, and connections too, but pass nothing on."""
        self._flows[-1].clear()

    def freeze(self) -> None:
        """Pass nothing on where there is a connection already. New ones lead to the server, as if
        another had taken over."""
        self.fall_silent()
        self._flows.append(_flowing())

    def speak(self) -> None:
        """Pass on what has come in the meantime, and all that comes."""
        for flows in self._flows:
            flows.set()

    def close(self) -> None:
        self.speak()
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = self._connect()
                self._sockets += [client, server]
                for pair in ((client, server), (server, client)):
                    way = (*pair, self._flows[-1])
                    threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _connect(self) -> socket.socket:
        host = str(self._server.query.get("host") or self._server.host)
        port = self._server.port or 5432
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        found = socket.socket(socket.AF_UNIX)
        found.connect(str(Path(host, f".s.PGSQL.{port}")))
        return found

    def _pass_on(self, one: socket.socket, other: socket.socket, flows: threading.Event) -> None:
        with suppress(OSError):
            while part := one.recv(1 << 16):
                flows.wait()
                other.sendall(part)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)


def _flowing() -> threading.Event:
    flows = threading.Event()
    flows.set()
    return flows


@contextmanager
def served(
    database: Database, folder: Path, **settings: str
) -> Generator[tuple[gunicorn.Web, Proxy]]:
    """`web`, and its way to the database."""
    way = Proxy(database.web)
    given = gunicorn.environ(
        database,
        DATABASE_URL=way.url.render_as_string(hide_password=False),
        REQUEST_SECONDS=str(SECONDS),
        THREADS="8",
        **gunicorn.MEASURED,
        **settings,
    )
    try:
        with gunicorn.running(given, folder) as web:
            ask(web, "GET", "/livez")  # so the worker has begun
            yield web, way
    finally:
        way.close()


def ask(
    web: gunicorn.Web, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, bytes, float]:
    """Status and body of the answer, and after how many seconds it was there."""
    connection = HTTPConnection(web.url.removeprefix("http://"), timeout=30)
    began = time.monotonic()
    try:
        headers = {"Content-Type": "application/json"} | headers
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(), time.monotonic() - began
    finally:
        connection.close()
