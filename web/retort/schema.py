"""Which migration the code needs, and how to ask the database which one it is at."""

from sqlalchemy import Text, column, func, select, table

HEAD = "0002"  # kept in step by `make migration`

REVISION = select(column("version_num", Text)).select_from(table("alembic_version"))

# Db-init's comment on that table: other projects use Alembic too.
MARK = "Which migration this database is at; db-init keeps it."

# NULL where it is none of db-init's.
BY_DB_INIT = (
    select(func.string_agg(column("version_num", Text), ", "))
    .select_from(table("alembic_version", schema="public"))
    .where(func.obj_description(column("tableoid"), "pg_class") == MARK)
)
