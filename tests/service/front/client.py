"""A client that sends bytes as they are written, and reads what comes back."""

import socket
import time
from typing import Self

SECONDS = 15


class Client:
    """One connection. Everything it does takes SECONDS at the most."""

    def __init__(self, url: str, holds: int | None = None) -> None:
        """Take the server's address, and how many bytes the kernel may hold unread."""
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.socket()
        self.socket.settimeout(SECONDS)
        if holds:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, holds)
        try:
            self.socket.connect((host, int(port)))
        except OSError:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> Self:
        for part in parts:
            self.socket.sendall(part)
        return self

    def everything(self) -> bytes:
        """What comes until the server ends the connection."""
        received, end = b"", time.monotonic() + SECONDS
        try:
            while part := self.socket.recv(1 << 16):
                received += part
                assert time.monotonic() < end, "it does not end"
        except ConnectionResetError:
            pass
        return received

    def answer(self) -> tuple[bytes, bytes]:
        """Head and body of an answer whose head tells its length; the connection stays."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        _, _, length = head.lower().partition(b"\r\ncontent-length:")
        while len(body) < int(length.partition(b"\r\n")[0]):
            body += self._more()
        return head, body

    def _more(self) -> bytes:
        part = self.socket.recv(1 << 16)
        assert part, "the server ended the connection"
        return part


def get(path: str, *headers: str, version: str = "HTTP/1.1", method: str = "GET") -> bytes:
    """A request without a body."""
    return "\r\n".join([f"{method} {path} {version}", "Host: a", *headers, "", ""]).encode()


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A request with a body whose length it tells."""
    return get(path, f"Content-Length: {len(body)}", *headers, method="POST") + body


def exchange(url: str, *parts: bytes) -> bytes:
    """All that comes back on a connection of its own."""
    with Client(url) as client:
        return client.send(*parts).everything()
