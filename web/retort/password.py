"""A password that changes while `web` runs: its file is read at each connect."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from psycopg2 import OperationalError
from sqlalchemy import Engine, event

from .settings import postgres_url


def renew(engine: Engine) -> None:
    """Have the engine connect with the password that the file holds at that time, or else with the
    last one that the server took: it may not know the new one yet."""
    taken: dict[str, str] = {}

    def connect(dialect: Any, record: object, arguments: Any, options: dict[str, Any]) -> Any:
        options.update(taken)
        password = _password()
        if password is not None and password != options.get("password"):
            with suppress(OperationalError):
                connection = dialect.connect(*arguments, **options | {"password": password})
                taken["password"] = password
                return connection
        return None

    event.listen(engine, "do_connect", connect)


def _password() -> str | None:
    """What DATABASE_PASSWORD_FILE or DATABASE_URL_FILE says by now; None if there is no such file,
    or no longer one that can be read."""
    for name in ("DATABASE_PASSWORD_FILE", "DATABASE_URL_FILE"):
        if path := os.environ.get(name, "").strip():
            with suppress(OSError, ValueError):
                text = Path(path).read_text(encoding="utf-8-sig").strip()
                return postgres_url(text).password if name == "DATABASE_URL_FILE" else text
    return None
