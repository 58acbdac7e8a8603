"""The API as an OpenAPI 3.1 document, made of the resources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any
from urllib.parse import quote

from ...auth.tokens import Identity
from ..access import allowed
from ..api import Api
from ..catalog.resource import Resource, Who
from ..catalog.types import Schema, type_name, type_schema
from ..operators import OPERATORS
from ..request.headers import CSV, FORM, JSON, NDJSON, OBJECT
from ..request.parse_filter import parameter_name
from ..rights import Rights, methods
from .json_schema import required, row_schema
from .parts import (
    ABOUT,
    ERROR,
    HEADERS,
    OWN,
    OWN_PATHS,
    TOKEN,
    VERSION,
    answer,
    content,
    operation,
    parameters,
    ref,
)

VERBS = {
    "get": "Read",
    "post": "Insert",
    "patch": "Update",
    "put": "Insert or replace",
    "delete": "Delete",
}
SHOWN = "As it is now, with `Prefer: return=representation`"
NEW = "It is new"
TEXT = {"type": "string"}
May = Mapping[Resource, Set[str]]  # the methods that whoever asks may use
FILTER = rf"^(not\.)?({'|'.join(sorted(OPERATORS))})(\([^)]*\))?\."


def document(
    api: Api, schema: str, server_url: str, identity: Identity, given: Rights
) -> dict[str, Any]:
    """All that `identity`, whose role has the rights `given`, may ask of one schema."""
    may = {each: methods(each, identity, given) for each in api.catalog.resources.values()}
    resources = [one for one in api.catalog.in_schema(schema) if may[one] and one.has_address]
    # Any schema but the first has to be asked for.
    is_first = schema == api.catalog.schemas[0]
    profiles = [] if is_first else _parameters("Accept-Profile Content-Profile")
    schemas: dict[str, Schema] = {}
    paths = dict(OWN_PATHS)
    filters: dict[str, Schema] = {}
    for resource in resources:
        schemas |= _schemas(resource, may)
        filters |= {
            _filter_name(resource, name): _filter(resource, name) for name in resource.fields
        }
        for path, item in _paths(resource, may).items():
            if not VERBS.keys() & item.keys():
                continue
            paths[path] = item | {"parameters": [*item.get("parameters", []), *profiles]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Retort", "version": VERSION, "description": ABOUT},
        "servers": [{"url": server_url}],
        "security": [{}, *TOKEN],  # with a token or without
        "tags": [
            {"name": OWN},
            *({"name": resource.name} for resource in resources),
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": parameters(schema) | filters,
            "headers": HEADERS,
            "responses": {"Error": ERROR},
            "securitySchemes": {
                "bearerAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def is_writable(resource: Resource) -> bool:
    """Whether anybody may write it."""
    return resource.can_write and resource.options.write != frozenset()


def _name(name: str) -> str:
    """The name as a component may have it: in letters, digits, - and _. No table's name has a dot
    then, so that a component's name with a dot is not taken for one."""
    return re.sub(r"[^A-Za-z0-9_]", lambda found: f"-{ord(found[0]):x}-", name)


def _parameters(names: str) -> list[Schema]:
    return [ref("parameters", name) for name in names.split()]


def _schemas(resource: Resource, may: May) -> dict[str, Schema]:
    name = _name(resource.name)
    found = {name: row_schema(resource, {one for one, found in may.items() if found})}
    if is_writable(resource):
        found[f"{name}.new"] = {"allOf": [ref("schemas", name)], "required": required(resource)}
    return found


def _filter_name(resource: Resource, column: str) -> str:
    return f"{_name(resource.name)}.{_name(column)}"


def _filter(resource: Resource, column: str) -> Schema:
    found = resource.columns.get(column)
    type_ = resource.computed[column].type if found is None else found.type
    return {
        "name": parameter_name(column),
        "in": "query",
        "description": f"{type_name(type_)}, as in `eq.…`",
        "schema": TEXT | {"pattern": FILTER},
    }


def _paths(resource: Resource, may: May) -> dict[str, Schema]:
    path = f"/{quote(resource.name, safe='')}"
    found = {path: _of_table(resource, may)}
    if resource.shows_key:
        found[path + "/{key}"] = _of_row(resource, may)
    read = _security(resource.readers)
    write = _security(resource.options.write)
    for item in found.values():
        for method, operation_ in list(item.items()):
            if method in VERBS and method not in may[resource]:
                del item[method]
            elif method in VERBS:
                operation_ |= {
                    "tags": [resource.name],
                    "summary": VERBS[method],
                    **(read if method == "get" else write),
                }
    return found


def _security(who: Who) -> Schema:
    """Nothing for anyone; else a token, of one of the roles if `who` names some."""
    if who == "anyone":
        return {}
    roles = sorted(who) if isinstance(who, frozenset) else []
    return {"security": [{"bearerAuth": [role]} for role in roles] or TOKEN}


def _of_table(resource: Resource, may: May) -> Schema:
    """The operations on rows that filters choose."""
    row = ref("schemas", _name(resource.name))
    forms = content({"type": "array", "items": row}) | content(row, OBJECT) | content(TEXT, CSV)
    where = [ref("parameters", _filter_name(resource, name)) for name in resource.fields]
    where += _parameters("and or")
    found: Schema = {
        "get": operation(
            {
                "200": answer("The rows", forms | content(TEXT, NDJSON), "Content-Range", "Link"),
                "206": answer("Some of the rows", forms, "Content-Range", "Link"),
            },
            parameters=[*_parameters("select order limit offset Range Prefer"), *where],
            description=_embeds(resource, may),
        )
    }
    if not is_writable(resource):
        return found
    new = ref("schemas", f"{_name(resource.name)}.new")
    several: Schema = {"oneOf": [new, {"type": "array", "items": new}]}
    changed = {"200": answer(SHOWN, forms), "204": answer("Done")}
    found["post"] = operation(
        {
            "201": answer(SHOWN, forms, "Location"),
            "200": answer("Every row was there already", forms),
        },
        content(several) | content(TEXT, CSV, FORM),
        parameters=_parameters("select columns on_conflict Prefer"),
    )
    found["patch"] = operation(
        changed, content(row), parameters=[*_parameters("select columns Prefer"), *where]
    )
    if resource.takes_keys:
        only = {"required": True, "schema": TEXT | {"pattern": r"^eq\."}}
        key = [_filter(resource, name) | only for name in resource.key]
        found["put"] = operation(
            {"201": answer(NEW, forms)} | changed,
            content(new),
            parameters=[*_parameters("select Prefer"), *key],
        )
    found["delete"] = operation(changed, parameters=[*_parameters("select Prefer"), *where])
    return _allowed(resource, found)


def _of_row(resource: Resource, may: May) -> Schema:
    """The operations on the row that the address names."""
    row = ref("schemas", _name(resource.name))
    forms = content(row, JSON, OBJECT) | content(TEXT, CSV)
    types = [type_schema(resource.columns[name].type) for name in resource.key]
    key = {
        "name": "key",
        "in": "path",
        "required": True,
        "description": f"`{','.join(resource.key)}`",
        "schema": TEXT if len(types) > 1 else types[0],
    }
    found: Schema = {
        "parameters": [key],
        "get": operation(
            {"200": answer("The row", forms, "ETag"), "304": answer("It is as it was")},
            parameters=_parameters("select If-None-Match Prefer"),
            description=_embeds(resource, may),
        ),
    }
    if not is_writable(resource):
        return found
    new = ref("schemas", f"{_name(resource.name)}.new")
    changed = {"200": answer(SHOWN, forms, "ETag"), "204": answer("Done")}
    found["patch"] = operation(
        changed, content(row), parameters=_parameters("select columns If-Match Prefer")
    )
    if resource.takes_keys:
        found["put"] = operation(
            {"201": answer(NEW, forms, "ETag")} | changed,
            content(new),
            parameters=_parameters("select If-Match If-None-Match Prefer"),
        )
    found["delete"] = operation(changed, parameters=_parameters("select If-Match Prefer"))
    return _allowed(resource, found)


def _allowed(resource: Resource, item: Schema) -> Schema:
    """Without the methods that a view does not take."""
    refused = {*VERBS} - set(allowed(resource, None).lower().split(","))
    return {name: part for name, part in item.items() if name not in refused}


def _embeds(resource: Resource, may: May) -> str:
    names = {
        relationship.target.name: relationship.target for relationship in resource.relationships
    } | {name: way.target for name, way in resource.computed_relationships.items()}
    embeds = [f"`{name}(*)`" for name, there in sorted(names.items()) if "get" in may[there]]
    return f"`select` may embed {', '.join(embeds)}." if embeds else ""
