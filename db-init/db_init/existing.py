"""Recognizes a database that is somebody else's: db-init leaves it alone, and says so."""

from sqlalchemy import Connection, Enum, column, func, inspect, select, table

from retort.models import db

VERSIONS = table("alembic_version", column("version_num"))
REMEDY = "give db-init a database of its own, or see the README of web"


class Taken(Exception):
    """What is there that is not ours, and what to do."""


def is_new(connection: Connection) -> bool:
    """Whether db-init has never prepared this database.

    Raises Taken if somebody else's tables or types have names of ours.
    """
    inspector = inspect(connection)
    tables = db.metadata.tables.values()
    found = {one.fullname for one in tables if inspector.has_table(one.name, one.schema)}
    if inspector.has_table(VERSIONS.name):
        revisions = connection.scalars(select(VERSIONS)).all()
        if revisions and not found:
            raise Taken(f"alembic_version is another project's, at {revisions[0]}; {REMEDY}")
        return False
    types = [each.type for one in tables for each in one.columns]
    enums = {type_.name for type_ in types if isinstance(type_, Enum) and type_.name}
    found |= {
        name for name in enums if connection.scalar(select(func.to_regtype(func.quote_ident(name))))
    }
    if found:
        names = ", ".join(sorted(found))
        raise Taken(f"this database has {names} of somebody else's already; {REMEDY}")
    return True
