"""Checks whether the schemas and the role that the settings name exist and can be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from ..settings import RestSettings
from .resource import PUBLIC, closest

SCHEMAS = text("SELECT nspname, has_schema_privilege(oid, 'USAGE') FROM pg_namespace")
ROLES = text("SELECT rolname FROM pg_roles")


def wrong(connection: Connection, settings: RestSettings) -> Iterator[str]:
    """Take a connection in autocommit; give a line for each name that is wrong, with the
    remedy."""
    quote = connection.dialect.identifier_preparer.quote
    user = quote(connection.scalars(select(func.current_user())).one())
    usable = {name: may for name, may in connection.execute(SCHEMAS) if not _is_system(name)}
    for name in settings.api_schemas:
        if _is_system(name):
            yield f"API_SCHEMAS: {name} is Postgres' own and cannot be served"
        elif name not in usable:
            yield f"API_SCHEMAS: there is no schema {name}{_perhaps(name, list(usable))}"
        elif not usable[name]:
            remedy = f"GRANT USAGE ON SCHEMA {quote(name)} TO {user}"
            yield f"API_SCHEMAS: {user} may not use the schema {name}: {remedy}"
    for name in settings.api_extra_search_path:
        if not (name in usable or name == PUBLIC or _is_system(name)):
            yield f"API_EXTRA_SEARCH_PATH: there is no schema {name}{_perhaps(name, list(usable))}"
    role = settings.api_role
    if role is None:
        return
    roles = connection.scalars(ROLES).all()
    if role not in roles:
        yield f"API_ROLE: there is no role {role}{_perhaps(role, roles)}"
    elif not _may_become(connection, role):
        yield f"API_ROLE: {user} may not become {role}: GRANT {quote(role)} TO {user}"


def _is_system(schema: str) -> bool:
    return schema.startswith("pg_") or schema == "information_schema"


def _perhaps(name: str, names: Iterable[str]) -> str:
    near = closest(name, names)
    return f"; perhaps {near}" if near else ""


def _may_become(connection: Connection, role: str) -> bool:
    """Try it as a request with a token does; it lasts for this one statement."""
    try:
        connection.execute(select(func.set_config("role", role, True)))
    except DBAPIError:
        return False
    return True
