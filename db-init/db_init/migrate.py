"""Alembic, on a connection whose transaction is somebody else's."""

import traceback
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

FOLDER = Path(__file__).parent / "migrations"


class MigrationFailed(Exception):
    """Which migration failed, where, what was said, and what to do."""


def config(connection: Connection) -> Config:
    """Alembic's configuration for its commands, which then run on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> str:
    """Run the migrations that the database has not seen; say from where to where.

    Raises MigrationFailed.
    """
    before = _revision(connection)
    try:
        command.upgrade(config(connection), "head")
    except CommandError as error:
        raise MigrationFailed(
            f"this database is of another version of the code: {error}; run that version, or "
            "restore a dump that fits this one"
        ) from error
    except Exception as error:  # a migration may raise anything
        raise MigrationFailed(f"{_explain(error)}; mend that migration and start again") from error
    after = _revision(connection)
    return f"schema: at {after} already" if before == after else f"schema: {before} to {after}"


def head() -> str:
    """The newest migration's revision."""
    folder = ScriptDirectory(str(FOLDER))
    return str(folder.get_current_head())


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or "none"


def _explain(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or '').name}, line {error.lineno}: {error.msg}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if FOLDER in Path(frame.filename).parents:
            return f"{Path(frame.filename).name}, line {frame.lineno}: {first_line(error)}"
    return first_line(error)


def first_line(error: Exception) -> str:
    """What Postgres, or Python, said first."""
    return str(getattr(error, "orig", error)).strip().partition("\n")[0]
