"""Reads and writes, while something breaks: what was answered, and what is there afterwards."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import count
from typing import Any, Self

from ..stack.conftest import Stack
from .table import Row, rows

CLIENTS = 12
READS = ("/", "/readyz", "/api/persons?select=name&limit=1")
PATH = re.compile(r"base/\d|pg_\w+/|/var/|/secrets|/venv|/app/|File \"")  # of the server's files


@dataclass(frozen=True)
class Answer:
    """What came of a request: a status, or else an error of the connection."""

    name: str
    """What it wrote; empty for a read."""
    path: str
    began: float
    ended: float
    status: int
    why: str
    may_be_done: bool = False

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Load:
    """Clients of a stack, as long as the context lasts: half of them read, the others write.

    Each write has a name of its own. Most are sent once, whatever comes of it; those of two clients
    are a PUT with a key of the client's, which is repeated until it is acknowledged.
    """

    def __init__(self, stack: Stack, connect: Callable[[], HTTPConnection], token: str) -> None:
        self._stack, self._connect = stack, connect
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._run = secrets.token_hex(4)
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=[n]) for n in range(CLIENTS)]
        self.answers: list[Answer] = []
        self.healed_at: float | None = None
        self.killed_at: float | None = None
        """When something was killed that starts again by itself; `healed_at` is then the same."""

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        with closing(self._connect()) as connection:
            for turn in count():
                name = f"{self._run}-{number}-{turn}" if number % 2 else ""
                asked: dict[str, Any] = {"method": "GET", "url": READS[turn % len(READS)]}
                if name:
                    body = json.dumps({"name": name})
                    asked = {"method": "POST", "url": "/api/persons", "body": body}
                if is_put := number % 6 == 1:
                    key = int(self._run, 16) * 10**8 + number * 10**6 + turn
                    asked |= {"method": "PUT", "url": f"/api/persons/{key}"}
                while not self._ends.is_set():
                    answer = self._answer(connection, name, asked)
                    self.answers.append(answer)
                    if number % 4 < 2 or not answer.status:
                        connection.close()
                    time.sleep(0.05)
                    if answer.is_good or not is_put:
                        break
                if self._ends.is_set():
                    return

    def _answer(self, connection: HTTPConnection, name: str, asked: dict[str, Any]) -> Answer:
        began = time.monotonic()
        try:
            connection.request(**asked, headers=self._headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException) as error:
            return Answer(
                name, asked["url"], began, time.monotonic(), 0, type(error).__name__, bool(name)
            )
        why = _why(response, text)
        return Answer(
            name, asked["url"], began, time.monotonic(), response.status, why, "may have" in text
        )

    def good_since(self, moment: float) -> bool:
        """Whether a read and a write that began later were answered well."""
        later = [one for one in [*self.answers] if one.began > moment and one.is_good]
        return len({bool(one.name) for one in later}) == 2

    def record(self, fault: str) -> Row:
        """Add a row to the table, when the clients have come to their end."""
        found = self.found()
        failed = Counter(one.why for one in self.answers if not one.is_good)
        acknowledged = self.acknowledged()
        back = self.back()
        row = Row(
            fault,
            len(self.answers),
            ", ".join(f"{number} {why}" for why, number in failed.most_common()) or "none",
            f"{max(one.ended - one.began for one in self.answers):.1f} s",
            "" if back is None else f"{max(back, 0):.1f} s",
            len(acknowledged),
            len(acknowledged & set(found)),
            sum(number - 1 for number in found.values()),
        )
        rows.append(row)
        return row

    def acknowledged(self) -> set[str]:
        return {one.name for one in self.answers if one.name and one.is_good}

    def denied(self) -> set[str]:
        """What was never sent so that it may have been done."""
        may = {one.name for one in self.answers if one.is_good or one.may_be_done}
        return {one.name for one in self.answers} - may

    def found(self) -> Counter[str]:
        """How often each name is in the database."""
        names = self._stack.psql(f"SELECT name FROM persons WHERE name ~ '^{self._run}-'")
        return Counter(names.split())

    def forget(self) -> None:
        self._stack.psql(f"DELETE FROM persons WHERE name ~ '^{self._run}-'")

    def back(self) -> float | None:
        """After how many seconds a read and a write were answered well; None if nothing broke."""
        if self.healed_at is None:
            return None
        if self.killed_at:  # what was answered well may have been so before it ended
            return max(one.ended for one in self.answers if not one.is_good) - self.healed_at
        good = [one for one in self.answers if one.is_good and one.ended > self.healed_at]
        firsts = [
            min((one.ended for one in good if bool(one.name) == writes), default=float("inf"))
            for writes in (False, True)
        ]
        return max(firsts) - self.healed_at


def _why(response: HTTPResponse, text: str) -> str:
    """How an answer counts where it failed. A 503 has to say when to ask again, and nothing tells
    where the server has its files."""
    if PATH.search(text):
        return f"{response.status} with a path: {text}"
    if response.status == 503 and "Retry-After" not in response.headers:
        return f"503 without Retry-After: {text}"
    if response.status in (503, 200, 201, 204):
        return str(response.status)
    return f"{response.status}: {text}"
