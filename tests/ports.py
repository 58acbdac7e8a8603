"""Ports for what starts later."""

import socket
from contextlib import suppress
from random import randrange


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on. Nor does a connection take it meanwhile: the
    ports that Linux gives to those begin at 32768."""
    while True:
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port := randrange(20_000, 32_000)))
            return port
