"""Tables and views of a database that nobody has written models for."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from sqlalchemy import Engine, MetaData, Table, inspect
from sqlalchemy.exc import SAWarning

from .resources import Api, Resource


def reflect(
    engine: Engine, schemas: Sequence[str], others: Iterable[Table], default_schema: str
) -> tuple[list[Resource], list[Table]]:
    """Give a resource for each table and view of `schemas` that is none of the `others`,
    and all tables that were met on the way.

    Raises sqlalchemy.exc.DBAPIError while the database is away.
    """
    known = {(table.schema or default_schema, table.name) for table in others}
    metadata = MetaData()
    resources: list[Resource] = []
    with engine.connect() as connection, warnings.catch_warnings():
        # A column of a type that SQLAlchemy does not know is served, but not written.
        warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
        inspector = inspect(connection)
        for schema in schemas:
            metadata.reflect(connection, schema=schema, views=True)
            views = {
                *inspector.get_view_names(schema),
                *inspector.get_materialized_view_names(schema),
            }
            resources += [
                Resource(table.name, schema, table, Api(), is_view=table.name in views)
                for table in metadata.tables.values()
                if table.schema == schema
                and (schema, table.name) not in known
                and table.name != "alembic_version"
            ]
    return resources, list(metadata.tables.values())
