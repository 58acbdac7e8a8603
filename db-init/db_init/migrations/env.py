"""Alembic's entry: runs migrations on the connection that the caller gives."""

from collections.abc import Mapping
from typing import Any

from alembic import context

from db_init import autogenerate
from retort.models import db  # the package imports each feature's models

connection = context.config.attributes["connection"]
ours = autogenerate.schemas(db.metadata, connection.dialect)
leaving: dict[Any, Any] = {
    (table.schema, table.name): table.info.get("leaving", ())
    for table in db.metadata.tables.values()
}


def is_compared(name: str | None, kind: str, within: Mapping[Any, str | None]) -> bool:
    """Schemas that no model uses are not compared, nor what a model names as leaving."""
    if kind == "schema":
        return name in ours
    return name not in leaving.get((within["schema_name"], within.get("table_name")), ())


context.configure(
    connection=connection,
    target_metadata=db.metadata,
    compare_server_default=True,
    include_schemas=True,
    include_name=is_compared,
    render_item=autogenerate.render_item,
    autogenerate_plugins=autogenerate.PLUGINS,
)
context.run_migrations()
