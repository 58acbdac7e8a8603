"""Which migration the code needs, and how to ask the database which one it is at."""

from sqlalchemy import Text, column, select, table

HEAD = "0002"  # kept in step by `make migration`

REVISION = select(column("version_num", Text)).select_from(table("alembic_version"))
