"""Which migration the code needs, and how to ask the database which one it is at."""

from pathlib import Path

from sqlalchemy import Text, column, func, select, table

# A file a migration: its name is the revision, its lines are those that it follows. Two
# branches that each add one merge without a conflict. `make migration` keeps them in step.
FOLDER = Path(__file__).parent / "revisions"


def heads(folder: Path) -> list[str]:
    """The revisions in `folder` that none there follows: one, unless branches were merged."""
    follows = {file.stem: file.read_text().split() for file in folder.glob("*.txt")}
    return sorted(follows.keys() - {revision for before in follows.values() for revision in before})


HEADS = heads(FOLDER)
HEAD = ", ".join(HEADS)

# Several only where somebody ran Alembic by hand; NULL where there is none.
REVISION = select(func.string_agg(column("version_num", Text), ", ").label("revision")).select_from(
    table("alembic_version")
)

# Db-init's comment on that table: other projects use Alembic too.
MARK = "Which migration this database is at; db-init keeps it."

# NULL where it is none of db-init's.
BY_DB_INIT = (
    select(func.string_agg(column("version_num", Text), ", "))
    .select_from(table("alembic_version", schema="public"))
    .where(func.obj_description(column("tableoid"), "pg_class") == MARK)
)


def misfit(found: str | None) -> str:
    """Say why a database at `found` does not fit this code, and the remedy; nothing where
    it does."""
    at = f"at {found or 'no migration'}, but this code"
    if len(HEADS) > 1:
        return f"{at} has {len(HEADS)} heads, {HEAD}: make migration joins them"
    return "" if found == HEAD else f"{at} expects {HEAD}: run db-init"
