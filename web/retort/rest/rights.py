"""What the role of whoever asks may use, as Postgres knows it now: what the API's descriptions of
itself list."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from ..auth.tokens import Identity
from .access import DOES, is_one_of
from .api import Api
from .catalog.resource import Place, Resource, Who

# What each method needs, as OpenAPI writes it.
NEEDS = {"get": {"select"}} | {method.lower(): {*does} for method, does in DOES.items()}

# As in PostgREST, a right to one column is enough.
RIGHTS = """
SELECT coalesce(json_agg(json_build_array(nspname, relname, rights, columns)), '[]'),
    current_setting('server_version')
FROM (
    SELECT nspname, relname, array_remove(ARRAY[
        CASE WHEN has_any_column_privilege(pg_class.oid, 'SELECT') THEN 'select' END,
        CASE WHEN has_any_column_privilege(pg_class.oid, 'INSERT') THEN 'insert' END,
        CASE WHEN has_any_column_privilege(pg_class.oid, 'UPDATE') THEN 'update' END,
        CASE WHEN has_table_privilege(pg_class.oid, 'DELETE') THEN 'delete' END
    ], NULL) AS rights,
    CASE WHEN NOT has_table_privilege(pg_class.oid, 'SELECT') THEN (
        SELECT json_agg(attname) FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attnum > 0
        AND has_column_privilege(attrelid, attnum, 'SELECT')
    ) END AS columns
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
    AND nspname = ANY(%(schemas)s) AND has_schema_privilege(relnamespace, 'USAGE')
) AS found
WHERE rights <> '{}'
"""

Rights = Mapping[Place, frozenset[str]]
Columns = Mapping[Place, frozenset[str]]
"""Those that may be read, of each table of which only some may be."""


def rights(api: Api, identity: Identity) -> tuple[Rights, Columns, str]:
    """The rights to each table that is there and may be used at all, and to its columns, and
    Postgres' version, in one round trip.

    Raises sqlalchemy.exc.DBAPIError, also where the role does not exist or a log-in has ended.
    """
    run = api.reads.runner(api.contexts.of(identity))
    found: Any = run(RIGHTS, {"schemas": list(api.catalog.schemas)})
    given = {(schema, name): frozenset[str](rights) for schema, name, rights, _ in found[0]}
    columns = {
        (schema, name): frozenset[str](columns) for schema, name, _, columns in found[0] if columns
    }
    return given, columns, found[1]


def methods(resource: Resource, identity: Identity, given: Rights) -> Set[str]:
    """The methods, of those in NEEDS, that whoever asks may use; without a token, those too that
    need one, if the table may be used at all."""
    has = given.get(resource.place, frozenset[str]())
    if not has:
        return set()
    return {
        method
        for method, needed in NEEDS.items()
        if _may(
            resource.readers if method == "get" else resource.options.write,
            identity,
            is_given=needed <= has,
        )
    }


def _may(who: Who, identity: Identity, *, is_given: bool) -> bool:
    if not identity.has_token:
        return is_given or who != "anyone"
    return is_given and is_one_of(who, identity)
