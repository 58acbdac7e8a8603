"""One client's connection: the loop reads a request whole, a thread answers it, the loop writes."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# What is known of Gunicorn's types is of an older one, so its classes are `Any` here.

from __future__ import annotations

import asyncio
import fcntl
import io
import socket
import struct
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import RequestEntityTooLarge

from .. import hooks
from .environ import environ
from .exchange import Exchange
from .lane import Busy
from .room import Room
from .settings import FrontSettings
from .threads import Late, Threads

if TYPE_CHECKING:
    ASGIProtocol = Any
else:
    from gunicorn.asgi.protocol import ASGIProtocol

LINGER = 2  # seconds that a client has to read why it was refused


class TooLarge(io.RawIOBase):
    """Stands for a body that was not read to its end. To read it raises Flask's own error 413."""

    def readinto(self, buffer: Any) -> int:
        raise RequestEntityTooLarge


class Connection(ASGIProtocol):
    """Gunicorn's own connection, which parses requests and keeps the connection open. Here every
    wait for the client has an end, and a WSGI application answers, in a thread."""

    def __init__(self, worker: Any, limits: FrontSettings, threads: Threads, room: Room) -> None:
        super().__init__(worker)
        self._limits, self._threads, self._room = limits, threads, room
        self._body = bytearray()
        self._size = 0
        self._held = 0  # bytes of the worker's room
        self._has_room = True
        self._arrived = asyncio.Event()  # set when the body is there, or will not come
        self._drops = False  # whether what the client still sends is ignored
        self._head_timer: asyncio.TimerHandle | None = None

    # --- What the loop calls ---------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Then writing is paused until the kernel has the last byte, which `_flush` waits for.
        transport.set_write_buffer_limits(0)
        self.worker.admit(self)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.worker.connections.pop(self, None)
        self._head_is_there()
        # Wake whatever waits for this client.
        self._arrived.set()
        self._request_ready.set()
        self._flow_control.resume_writing()

    def _cancel_task_if_pending(self) -> None:
        """Cancel nothing: `connection_lost` has woken what waited, and what a thread does goes on
        to its end."""

    # --- A request's head ------------------------------------------------------------------

    def _await_head(self) -> None:
        if self._head_timer is None:
            seconds = self._limits.client_seconds
            self._head_timer = self.worker.loop.call_later(seconds, self.transport.abort)

    def _head_is_there(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _feed_callback_parser(self, data: bytes) -> bool:
        try:
            goes_on = super()._feed_callback_parser(data)
        except ValueError as error:  # like a length of 5,000 digits, which int() refuses
            self._send_error_response(400, str(error))
            self._close_transport()
            return False
        if goes_on and self._current_request is None:
            self._await_head()
        return goes_on

    def _on_headers_complete(self) -> bool:
        self._head_is_there()
        self._body, self._size, self._has_room = bytearray(), 0, True
        self._arrived.clear()
        return super()._on_headers_complete()

    def _send_error_response(self, status: int, message: str, extra_headers: Any = ()) -> None:
        if not self._drops:
            # Not the message, which may quote the request.
            self.log.info("a request was refused with %s: %s", status, HTTPStatus(status).phrase)
            for tell in hooks.refused:
                tell(status)
            super()._send_error_response(status, message, extra_headers)

    def _is_websocket_upgrade(self, request: object) -> bool:
        return False  # so it is answered like any other request, which refuses the upgrade

    # --- Its body --------------------------------------------------------------------------

    def _on_body(self, chunk: bytes) -> None:
        self._size += len(chunk)
        fits = self._size <= self._limits.body_bytes
        if fits and self._has_room and self._room.take(len(chunk)):
            self._held += len(chunk)
            self._body += chunk
        else:
            self._has_room = self._has_room and not fits
            self._forget_body()
            self._arrived.set()

    def _forget_body(self) -> None:
        self._body = bytearray()
        self._room.give_back(self._held)
        self._held = 0

    def _on_message_complete(self) -> None:
        super()._on_message_complete()
        self._arrived.set()

    async def _read_body(self, request: Any) -> bool:
        """Read the body, but stop where it is too large. Gives whether the request can be answered:
        not if the client was too slow, or left."""
        if not self._arrived.is_set() and request.content_length <= self._limits.body_bytes:
            if request._expect_100_continue:
                self._safe_write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if not await self._at_pace(self._arrived.wait, lambda: self._size):
                self._send_error_response(408, "The body came too slowly.\n")
                return False
        return not self._closed

    async def _drop_rest(self) -> None:
        """Read and ignore what is left of a body that was too large, for LINGER seconds. If the
        connection were closed at once, it would be reset, and the client might not see its answer.
        """
        self._drops = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while not (self._closed or self._body_receiver._complete):
                    self._arrived.clear()
                    await self._arrived.wait()

    # --- The answer ------------------------------------------------------------------------

    async def _serve_http_request(self, request: Any, sockname: Any, peername: Any) -> bool:
        """Answer a request whose head was read. Gives whether the connection is kept."""
        names = (name.lower() for name, _ in request.headers_bytes)
        if request.version >= (1, 1) and b"host" not in names:
            self._send_error_response(400, "A request of HTTP/1.1 needs a Host.\n")
            return False
        if not await self._read_body(request):
            self._forget_body()
            return False
        length = max(self._size, request.content_length)
        is_read = self._has_room and length <= self._limits.body_bytes
        body = io.BytesIO(self._body) if is_read else TooLarge()
        self._body = bytearray()
        made = environ(request, sockname, peername, body, length)
        exchange = Exchange(self.app, made, self.log.access, self._room)
        exchange = await self._begun(exchange, request.path)
        try:
            return await self._send(request, exchange, is_read=is_read)
        finally:
            exchange.give_back()
            self._forget_body()

    async def _begun(self, exchange: Exchange, path: str) -> Exchange:
        """The exchange with the first piece of its answer, or another one, which refuses."""
        if not self._has_room:
            return exchange.refused()
        try:
            await self._threads.begin(exchange, path)
            if not exchange.is_last and not self._threads.may_stream():
                await self._threads.refuse(exchange)
        except (Busy, Late):
            return exchange.refused()
        return exchange

    async def _send(self, request: Any, exchange: Exchange, *, is_read: bool) -> bool:
        """Send the answer, of which the exchange has the first piece. Gives whether the connection
        is kept."""
        is_old = request.version < (1, 1)
        in_chunks = not (exchange.has_length or is_old)
        ends = not is_read or self._will_close(request, is_old and not exchange.has_length)
        self._safe_write(
            exchange.head
            + _date(int(time.time()))
            + (b"Transfer-Encoding: chunked\r\n" if in_chunks else b"")
            + (
                b"Connection: close\r\n"
                if ends
                else b"Connection: keep-alive\r\n"
                if is_old
                else b""
            )
            + b"\r\n"
            + _framed(exchange, in_chunks)
        )
        await self._flush()
        if not exchange.is_last:
            await self._stream(exchange, in_chunks)
        if not is_read:
            await self._drop_rest()
        return exchange.is_last and not (ends or exchange.is_cut)

    async def _stream(self, exchange: Exchange, in_chunks: bool) -> None:
        """Send the pieces after the first, each one when the client has taken the one before."""
        self._threads.streams += 1
        deadline = self.worker.loop.time() + self._limits.stream_seconds
        try:
            while not (exchange.is_last or self._closed):
                if self.worker.loop.time() > deadline:
                    self.log.warning("a stream ends after %s s", self._limits.stream_seconds)
                    break
                await self._threads.go_on(exchange)
                self._safe_write(_framed(exchange, in_chunks))
                await self._flush()
        except ConnectionResetError:
            pass  # the application has logged why, and means the answer to be cut off
        except Late:
            self.log.warning("a stream ends: its next piece does not come")
        except Exception:
            self.log.exception("a stream ends before its time")
        finally:
            self._threads.streams -= 1
            await self._threads.end(exchange)

    async def _flush(self) -> None:
        """Wait until the kernel has everything that was written. Ends the connection if the client
        takes it too slowly."""
        flow = self._flow_control
        if flow.write_paused and not await self._at_pace(flow.drain, self._taken):
            # Otherwise the kernel would keep what it has for a client that takes nothing.
            at_once = struct.pack("ii", 1, 0)
            client = self.transport.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self.transport.abort()

    def _taken(self) -> int:
        """A number that grows by each byte that the client takes."""
        try:
            queued = fcntl.ioctl(
                self.transport.get_extra_info("socket"), termios.TIOCOUTQ, bytes(4)
            )
        except OSError:  # only Linux tells
            queued = bytes(4)
        return -self.transport.get_write_buffer_size() - struct.unpack("i", queued)[0]

    async def _at_pace(self, wait: Callable[[], Any], moved: Callable[[], int]) -> bool:
        """Wait, for as long as `moved` grows at the least pace that a client may have. Gives
        whether the wait came to its end before."""
        while True:
            before = moved()
            try:
                async with asyncio.timeout(self._limits.client_seconds):
                    await wait()
            except TimeoutError:
                if moved() - before < self._limits.client_seconds * self._limits.client_rate:
                    return False
            else:
                return True


def _framed(exchange: Exchange, in_chunks: bool) -> bytes:
    """The exchange's piece as HTTP/1.1 sends it."""
    if not in_chunks:
        return exchange.piece
    framed = b"%x\r\n%b\r\n" % (len(exchange.piece), exchange.piece) if exchange.piece else b""
    return framed + b"0\r\n\r\n" if exchange.is_last else framed


@lru_cache(1)
def _date(second: int) -> bytes:
    return f"Date: {formatdate(second, usegmt=True)}\r\n".encode()
