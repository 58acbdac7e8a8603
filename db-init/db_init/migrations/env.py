"""Alembic's entry: runs migrations on the connection that the caller gives."""

from alembic import context

from db_init import autogenerate
from retort.models import db  # the package imports each feature's models

connection = context.config.attributes["connection"]
ours = autogenerate.schemas(db.metadata, connection.dialect)

context.configure(
    connection=connection,
    target_metadata=db.metadata,
    compare_server_default=True,
    # Schemas that no model uses are not compared.
    include_schemas=True,
    include_name=lambda name, kind, _: kind != "schema" or name in ours,
    render_item=autogenerate.render_item,
    autogenerate_plugins=autogenerate.PLUGINS,
)
context.run_migrations()
