"""What Postgres was sent, counted where it arrives: at the server.

With OPTIONS set the server logs each statement and sends that log to the client too.
"""

from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from retort.database import db

from .postgres import Database


class ServerLog(list[str]):
    """Takes the place of a psycopg2 connection's notices, which SQLAlchemy empties."""

    OPTIONS = ("log_statement = 'all'", "client_min_messages = 'log'")

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def append(self, notice: str) -> None:
        """Called by psycopg2 for whatever the server tells."""
        _, found, statement = notice.partition("statement: ")
        if found:
            self.statements.append(statement.strip())

    def listen(self, engine: Engine) -> None:
        """Hear what every connection of `engine` from now on is told."""

        def connect(connection: Any, _: object) -> None:
            connection.notices = self

        event.listen(engine, "connect", connect)


def heard(app: Flask, database: Database) -> list[str]:
    """What the server is sent by the application from now on, in its own words."""
    for option in ServerLog.OPTIONS:
        database.execute(
            f"ALTER ROLE {database.web.username} IN DATABASE {database.owner.database} SET {option}"
        )
    log = ServerLog()
    with app.app_context():
        for engine in db.engines.values():
            log.listen(engine)
            engine.connect().close()  # has statements of its own
    log.statements.clear()
    return log.statements
