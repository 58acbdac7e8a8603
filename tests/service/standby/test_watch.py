"""The standby is looked at for as long as somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event

from retort import standby


class Clock:
    """The module's time. Whoever sleeps is late for everything, and `asks` is called in the moment
    in which another thread has just found that too much time has passed."""

    def __init__(self, asks: Callable[[], object]) -> None:
        self.now, self.asks = 0.0, asks
        self.asked = threading.Event()
        self.home = threading.current_thread()

    def monotonic(self) -> float:
        return Moment(self.now, self)

    def sleep(self, _: float) -> None:
        self.now += standby.TRUST


class Moment(float):
    """A time, or how long it is since another."""

    clock: Clock

    def __new__(cls, seconds: float, clock: Clock) -> Moment:
        moment = super().__new__(cls, seconds)
        moment.clock = clock
        return moment

    def __sub__(self, other: float) -> Moment:
        return Moment(super().__sub__(other), self.clock)

    def __lt__(self, most: float) -> bool:
        is_less, clock = super().__lt__(most), self.clock
        if not (is_less or clock.asked.is_set() or threading.current_thread() is clock.home):
            clock.asked.set()
            clock.asks()
        return is_less


def test_who_asks_when_nobody_did_for_long_has_it_looked_at_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = standby.standby(app)
    assert watched is not None
    clock, looked = Clock(watched.serves), threading.Event()
    monkeypatch.setattr(standby, "time", clock)

    def look(*_: object) -> None:
        if clock.asked.is_set():
            looked.set()

    event.listen(watched.engine, "checkout", look)
    watched.serves()
    assert clock.asked.wait(30)
    assert looked.wait(30)
