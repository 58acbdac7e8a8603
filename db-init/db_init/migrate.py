"""Runs Alembic on a connection whose transaction the caller begins and ends."""

import traceback
import warnings
from collections.abc import Collection
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import to_tuple
from sqlalchemy import Connection, text

from retort.database import first_line
from retort.schema import STATE, serves

FOLDER = Path(__file__).parent / "migrations"
# The files' names sort by time. The revision is random, so that two branches never write the same.
NAME = "%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d_%(rev)s_%(slug)s"

# Before a revision in the note of those that have something to do afterwards.
WAITS = "+"


class MigrationFailed(Exception):
    """Which migration failed, where, what was said, and what to do."""


def config(connection: Connection) -> Config:
    """Alembic's configuration for its commands, which then run on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", NAME.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def scripts() -> list[Script]:
    """Every migration, the newest first.

    Raises MigrationFailed.
    """
    with warnings.catch_warnings():
        # Of two migrations with the same revision, Alembic would silently take one.
        warnings.filterwarnings("error", "Revision .* present")
        try:
            return list(ScriptDirectory(str(FOLDER)).walk_revisions())
        except Exception as error:
            raise _failure(error) from error


def heads(scripts: list[Script]) -> list[str]:
    """The migrations that none follows, as messages name them: one, unless branches were
    merged."""
    return sorted(f"{one.revision} ({Path(one.path).name})" for one in scripts if one.is_head)


def upgrade(connection: Connection, running: Collection[str] = ()) -> str:
    """Run the migrations that the database has not seen; say from where to where.

    Raises MigrationFailed, also if code of one of the revisions `running` would not go on working.
    """
    known = scripts()
    newest = ", ".join(heads(known))
    if (count := len(heads(known))) > 1:
        raise MigrationFailed(f"{count} heads: {newest}; make migration joins them")
    before = _revisions(connection)
    if unknown := before - {script.revision for script in known}:
        if known and serves(known[0].revision, *connection.execute(STATE).one()):
            return f"schema: at {_text(before)} already, which serves this code too"
        raise MigrationFailed(
            f"this database is of another version of the code: it is at {_text(unknown)}, which "
            f"is no migration here, where the newest is {newest}; run the code that has it, or "
            "restore a dump that fits this one"
        )
    if stopped := {*running} - _served(known):
        raise MigrationFailed(
            f"the code that runs expects {_text(stopped)}, which {newest} does not serve: deploy "
            "in steps, as web/deploy/README.md says, or with a gap: GAP=1 make deploy"
        )
    upgrade_to_heads(connection)
    after = _revisions(connection)
    at = _text(after)
    return f"schema: at {at} already" if before == after else f"schema: {_text(before)} to {at}"


def note(connection: Connection) -> None:
    """Note in the database which revisions' code it serves, and which have something to do
    afterwards, unless newer code has migrated it and noted that already."""
    known = scripts()
    newest = known[0].revision
    if _revisions(connection) == {newest}:
        others = sorted(_served(known) - {newest})
        waiting = [WAITS + one.revision for one in _waiting(connection, known)]
        _write(connection, [newest, *others, *waiting])


def waiting(connection: Connection) -> list[Script]:
    """The migrations that have run, but not yet what they do afterwards; the oldest first."""
    return _waiting(connection, scripts())


def note_done(connection: Connection, revision: str) -> None:
    """Note that this migration has nothing more to do."""
    _write(connection, [word for word in _noted(connection) if word != WAITS + revision])


def upgrade_to_heads(connection: Connection) -> None:
    """Run the migrations that the database has not seen, however many heads there are.

    Raises MigrationFailed.
    """
    try:
        command.upgrade(config(connection), "heads")
    except Exception as error:  # a migration may raise anything
        raise _failure(error) from error


def _served(known: list[Script]) -> set[str]:
    """The revisions whose code works on the newest schema, as each migration that it does not know
    says of itself.

    Raises MigrationFailed for one that names no migration.
    """
    serves = {script.revision: getattr(script.module, "still_serves", "") for script in known}
    for script in known:
        if serves[script.revision] not in {"all", "", *serves}:
            name = Path(script.path).name
            raise MigrationFailed(f"{name}: still_serves has to be a revision, 'all' or ''")
    return {
        revision
        for revision, those in _known_to(known).items()
        if all(serves[new] in {"all", *those} for new in serves.keys() - those)
    }


def _waiting(connection: Connection, known: list[Script]) -> list[Script]:
    """A database without a note may have done none of them: they can be repeated."""
    at, *others = _noted(connection) or [""]
    done = _known_to(known).get(at, set()) - {
        word.removeprefix(WAITS) for word in others if word.startswith(WAITS)
    }
    return [
        one
        for one in reversed(known)
        if one.revision not in done and getattr(one.module, "afterwards", ())
    ]


def _known_to(known: list[Script]) -> dict[str, set[str]]:
    """For each migration, its own revision and those before it."""
    known_to: dict[str, set[str]] = {}
    for script in reversed(known):
        before = [known_to[revision] for revision in to_tuple(script.down_revision, default=())]
        known_to[script.revision] = {script.revision}.union(*before)
    return known_to


def _noted(connection: Connection) -> list[str]:
    """The words of the note: the newest revision, others whose code is served, those that wait."""
    served: str | None = connection.execute(STATE).one().served
    return (served or "").split()


def _write(connection: Connection, words: list[str]) -> None:
    note = " ".join(words)
    connection.execute(text(f"COMMENT ON COLUMN alembic_version.version_num IS '{note}'"))


def _revisions(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _text(revisions: set[str]) -> str:
    return ", ".join(sorted(revisions)) or "none"


def _failure(error: Exception) -> MigrationFailed:
    return MigrationFailed(f"{_explain(error)}; mend that migration and start again")


def _explain(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or '').name}, line {error.lineno}: {error.msg}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if FOLDER in Path(frame.filename).parents:
            return f"{Path(frame.filename).name}, line {frame.lineno}: {first_line(error)}"
    return first_line(error)
