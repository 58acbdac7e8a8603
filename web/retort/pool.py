"""The pool of connections to the database."""

from logging import getLogger
from threading import get_ident
from typing import Any

from sqlalchemy import QueuePool
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection

from . import hooks


class Pool(QueuePool):
    """SQLAlchemy's, which also knows who waits for a connection, a free one or a new one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = getLogger("sqlalchemy.pool")  # which is quiet, as SQLAlchemy's own pools are
        self.waiting = set[int]()
        """The threads that wait."""

    def connect(self) -> PoolProxiedConnection:
        self.waiting.add(me := get_ident())
        try:
            return super().connect()
        except PoolTimeout:
            for tell in hooks.waited:
                tell()
            raise
        finally:
            self.waiting.discard(me)
