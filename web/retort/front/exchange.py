"""A WSGI application's answer to one request, a piece at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextvars import copy_context
from datetime import timedelta
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Any

from .. import hooks
from ..deadline import Deadline, current
from .room import SMALL, Room

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

PIECE = 256 * 1024  # bytes that are gathered if the length is known: no client waits for a part
SAFE = ("GET", "HEAD", "OPTIONS", "FETCH")
BUSY = "503 Service Unavailable", "The service is busy. Try again."
LEFT = BUSY[0], "The service takes too long, and may still do this. Look before you try again."
RETRY = ("Retry-After", "1")  # second
BODILESS = ("1", "204", "304")  # how the status of an answer without a body begins


class Exchange:
    """Runs an application for one request.

    `begin`, `go_on` and `end` run in threads, one after the other, and always in the same context
    of `contextvars`: a stream finds at one piece what it has set at another, and can reset it.
    """

    def __init__(
        self,
        application: WSGIApplication,
        environ: WSGIEnvironment,
        log: Callable[..., None],
        room: Room,
    ) -> None:
        """Take the application, the request, a function like Gunicorn's `Logger.access`, and where
        there has to be room for the first piece."""
        self._application, self._environ, self._log = application, environ, log
        self._room, self._held = room, 0
        self._began = monotonic()
        self.deadline = Deadline()
        self._context = copy_context()
        self._context.run(current.set, self.deadline)
        self._chunks: Iterator[bytes] = iter(())
        self._close: Callable[[], object] = lambda: None
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._length: int | None = None  # of the body, in bytes, where the application tells it
        self.head = b""
        """The line of the status and those of the headers."""
        self.piece = b""
        """What of the body comes next."""
        self.is_last = False
        """Whether nothing comes after `piece`."""
        self.sent = 0
        """Bytes of the body up to the end of `piece`."""
        self.is_left = False
        """Whether nobody waits any more for what the application does."""
        self.is_shed = False
        """Whether the front refuses the request, which has no thread, room or time."""
        self._has_begun = False
        self._is_ended = False

    @property
    def is_safe(self) -> bool:
        """Whether the request only reads: RFC 9110, 9.2.1."""
        return self._environ["REQUEST_METHOD"] in SAFE

    @property
    def size(self) -> int:
        """Bytes of the request's body."""
        return int(self._environ.get("CONTENT_LENGTH", 0))

    @property
    def status_code(self) -> int:
        return int(self._status[:3])

    @property
    def has_body(self) -> bool:
        """Whether a body follows the head, be it empty: RFC 9110, 6.4.1."""
        return self._environ["REQUEST_METHOD"] != "HEAD" and not self._status.startswith(BODILESS)

    @property
    def has_length(self) -> bool:
        """Whether the head tells where the body ends."""
        return self._length is not None or not self.has_body

    @property
    def is_cut(self) -> bool:
        """Whether the body ended before the length that the head tells."""
        return self.has_body and self._length is not None and self.sent < self._length

    def begin(self) -> None:
        """Run the application up to the first piece. Where it fails, the answer is 500."""
        self._has_begun = True
        try:
            self._context.run(self._begin)
        except Exception:
            logger.exception("%s: the application failed", self._environ["PATH_INFO"])
            self._say("500 Internal Server Error", "The service has failed.")
        # What was written is not undone, so the answer that says so is always sent.
        size = len(self.piece)
        if self._room.take(size, always=size <= SMALL or not self.is_safe):
            self._held = size
        else:
            self._say(*BUSY, RETRY)
        if self.is_last:
            self.end()

    def go_on(self) -> None:
        """Get the next piece. Raises what the application raises."""
        self._context.run(self._gather)

    def end(self) -> None:
        """Have the application close what it has open, and log the request; all that once."""
        if self._is_ended:
            return
        self._is_ended = True
        try:
            self._context.run(self._close)
        except Exception:
            logger.exception("%s: close() failed", self._environ["PATH_INFO"])
        if not self.is_left:
            seconds = monotonic() - self._began
            self._log(self, None, self._environ, timedelta(seconds=seconds))
            for tell in hooks.answered:
                tell(self._environ, self, seconds)

    def give_back(self) -> None:
        """Give back the room of the first piece."""
        self._room.give_back(self._held)
        self._held = 0

    def refuse(self) -> None:
        """Answer 503 in place of what was begun. Nothing of it was sent yet."""
        self._say(*BUSY, RETRY)
        self.end()

    def refused(self) -> Exchange:
        """Another one for the same request, which is refused. This one may still run."""
        other = Exchange(self._application, self._environ, self._log, self._room)
        other._began = self._began
        other._say(*(LEFT if self._has_begun and not self.is_safe else BUSY), RETRY)
        other.end()
        return other

    def _say(self, status: str, why: str, *headers: tuple[str, str]) -> None:
        """Make the answer one of our own, whatever the application's is."""
        self.is_shed = status == BUSY[0]
        self.piece, self.is_last = f"{status}: {why}\n".encode(), True
        self._length = self.sent = len(self.piece)
        length = ("Content-Length", str(self._length))
        self._start(status, [("Content-Type", "text/plain"), length, *headers])
        self.head = self._whole_head()

    def _begin(self) -> None:
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            if exc_info and self.head:
                raise exc_info[1].with_traceback(exc_info[2])
            self._start(status, headers)
            return written.append

        chunks = self._application(self._environ, start_response)
        self._close = getattr(chunks, "close", self._close)
        self._chunks = chain(written, chunks)
        self._gather()
        if not self._status:
            raise RuntimeError("start_response() was not called")
        if not self.has_body:
            self.piece, self.sent, self.is_last = b"", 0, True
        self.head = self._whole_head()

    def _start(self, status: str, headers: list[tuple[str, str]]) -> None:
        self._status, self._headers = status, headers
        lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
        self._length = lengths[0] if lengths else None

    def _gather(self) -> None:
        pieces: list[bytes] = []
        size = 0
        for chunk in self._chunks:
            pieces.append(chunk)
            size += len(chunk)
            if size >= PIECE or (size and self._length is None):
                break
        else:
            self.is_last = True
        self.piece = b"".join(pieces)
        if self._length is not None:
            self.piece = self.piece[: self._length - self.sent]
        self.sent += len(self.piece)

    def _whole_head(self) -> bytes:
        lines = [f"HTTP/1.1 {self._status}\r\n"]
        lines += [f"{name}: {value}\r\n" for name, value in self._headers]
        head = "".join(lines)
        # A line break in a value would begin another header, or another answer.
        if head.count("\n") != len(lines) or head.count("\r") != len(lines):
            raise ValueError("a header has a line break in it")
        return head.encode("latin-1")
