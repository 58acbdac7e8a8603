"""Alembic's entry: runs migrations on the connection that the caller gives."""

from alembic import context

from retort.models import db

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=db.metadata,
    compare_server_default=True,
)
context.run_migrations()
