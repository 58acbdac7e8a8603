"""Which migration the code needs, and how to ask the database which one it is at."""

from pathlib import Path

from sqlalchemy import Text, column, func, select, table

# A file for each migration: its name is the revision, its lines are the revisions that it follows.
# So two branches that each add a migration merge without a conflict. `make migration` writes them.
FOLDER = Path(__file__).parent / "revisions"


def heads(folder: Path) -> list[str]:
    """The revisions in `folder` that none there follows: one, unless branches were merged."""
    follows = {file.stem: file.read_text().split() for file in folder.glob("*.txt")}
    return sorted(follows.keys() - {revision for before in follows.values() for revision in before})


HEADS = heads(FOLDER)
HEAD = ", ".join(HEADS)

# Where the database is: NULL for no migration, and several only if somebody ran Alembic by hand.
# And db-init's comment on the column `version_num`: a revision, and those before it whose code it
# serves as well. They could not know, since their code has no migration that follows theirs.
# With a plus come those that db-init has not finished; no code needs what is missing.
STATE = select(
    func.string_agg(column("version_num", Text), ", ").label("revision"),
    func.max(func.col_description(column("tableoid"), 1)).label("served"),
).select_from(table("alembic_version"))

# Db-init's comment on the table alembic_version, since other projects use Alembic too.
MARK = "Which migration this database is at; db-init keeps it."

# The revision, but NULL where that table is not db-init's.
BY_DB_INIT = (
    select(func.string_agg(column("version_num", Text), ", "))
    .select_from(table("alembic_version", schema="public"))
    .where(func.obj_description(column("tableoid"), "pg_class") == MARK)
)


def misfit(found: str | None, served: str | None) -> str:
    """Why a database at the revision `found`, with db-init's comment `served`, does not fit this
    code, with the remedy; an empty text if it fits."""
    at = f"at {found or 'no migration'}, but this code"
    if len(HEADS) > 1:
        return f"{at} has {len(HEADS)} heads, {HEAD}: make migration joins them"
    return "" if serves(HEAD, found, served) else f"{at} expects {HEAD}: run db-init"


def serves(code: str, found: str | None, served: str | None) -> bool:
    """Whether code that expects the revision `code` works on a database at `found`."""
    by, *others = (served or "-").split()
    return found == code or (found == by and code in others)
