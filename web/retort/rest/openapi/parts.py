"""What the OpenAPI document says of the API as a whole, whatever the tables."""

from __future__ import annotations

from typing import get_args

from ..batch import MAX_REQUESTS, Method
from ..catalog.types import Schema
from ..request.headers import JSON, OPENAPI, PREFERENCES

VERSION = "1.0.0"

ABOUT = """\
Every table is a resource, which PostgREST's clients can use.

A filter is `column=operator.value`, as in `id=eq.1`, `name=ilike.a*` or `id=in.(1,2)`; `not.`
in front negates it, as in `id=not.eq.1`. HEAD answers as GET does, but without the body.
FETCH takes its query as JSON, as in `{"where": {"id": 1}, "orderby": "id desc", "limit": 10}`.
"""
OWN = "Retort"  # the tag of what belongs to no table
TOKEN: list[Schema] = [{"bearerAuth": []}]


def content(schema: Schema, *types: str) -> Schema:
    return {type_: {"schema": schema} for type_ in types or (JSON,)}


def answer(description: str, forms: Schema | None = None, *headers: str) -> Schema:
    found: Schema = {"description": description}
    if forms:
        found["content"] = forms
    if headers:
        found["headers"] = {name: ref("headers", name) for name in headers}
    return found


def ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def texts(*names: str) -> Schema:
    """An object of texts, all of which have to be there."""
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(names),
    }


ERROR = answer(
    "What was wrong",
    content(
        {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "PostgREST's, or Postgres' SQLSTATE"},
                "message": {"type": "string"},
                "details": {},
                "hint": {"type": ["string", "null"]},
            },
            "required": ["code", "message", "details", "hint"],
        }
    ),
)

HEADERS = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in {
        "Content-Range": "Which rows of how many, as in `0-9/42`; `*` for what was not counted",
        "ETag": "The row's version, for If-Match and If-None-Match",
        "Link": "Where the rest is, if a maximum of rows cut it off",
        "Location": "The new row, with `Prefer: return=headers-only`",
        "Preference-Applied": "What of `Prefer` was honoured",
    }.items()
}

PREFER = "; ".join(
    [
        *(f"`{name}={'|'.join(sorted(values))}`" for name, values in PREFERENCES.items()),
        "`max-affected=10` with `handling=strict`",
        "`timezone=Europe/Berlin`",
    ]
)


WHOLE = ("limit", "offset")  # numbers
PARAMETERS = {
    "query": {
        "select": "Columns and embedded tables, as in `id,full:name,author(name)`; by default `*`",
        "order": "As in `name.desc.nullslast,id`",
        "limit": "How many rows at the most",
        "offset": "How many rows to skip",
        "and": "As in `(id.gt.1,name.like.a*)`",
        "or": "As in `(id.eq.1,name.like.a*)`",
        "columns": "The keys of the body that count, as in `name,email`",
        "on_conflict": "The unique columns that tell that a row exists already; by default the key",
    },
    "header": {
        "Prefer": PREFER,
        "Range": "Instead of limit and offset, as in `0-9`",
        "If-Match": "The ETag that the row must still have",
        "If-None-Match": "Your copy's ETag; 304 if it still fits. With `*`, PUT only adds a row",
    },
}


def parameters(schema: str) -> dict[str, Schema]:
    """Those that every table has, by the name of each."""
    found: dict[str, Schema] = {
        name: {
            "name": name,
            "in": place,
            "description": description,
            "schema": {"type": "integer", "minimum": 0} if name in WHOLE else {"type": "string"},
        }
        for place, names in PARAMETERS.items()
        for name, description in names.items()
    }
    for name in ("Accept-Profile", "Content-Profile"):
        found[name] = {
            "name": name,
            "in": "header",
            "description": "The schema that the table is in",
            "required": True,
            "schema": {"type": "string", "enum": [schema], "default": schema},
        }
    return found


REQUEST = {
    "type": "object",
    "properties": {
        "method": {"type": "string", "enum": list(get_args(Method)), "default": "GET"},
        "path": {
            "type": "string",
            "pattern": "^/",
            "examples": ["/authors?id=eq.1", "/authors/$0.id"],
        },
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "body": {},  # of which no example refers to another: tools would follow the `$ref`
    },
    "required": ["path"],
    "additionalProperties": False,
}
REFERENCES = """\
A column's value in a body may be `{"$ref": "0.id"}`: the `id` of the row that the first answer
shows.
In a path so may `$0.id` be, as the key or as what a filter like `id=eq.$0.id` compares with.
"""
ANSWER = {
    "type": "object",
    "properties": {"status": {"type": "integer"}, "headers": {"type": "object"}, "body": {}},
    "required": ["status", "headers", "body"],
}
INFO = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "postgres": {"type": "string"},
        "resources": {"type": "object", "description": "By schema and table"},
    },
    "required": ["name", "version", "postgres", "resources"],
}
LOGGED_IN = {
    "type": "object",
    "properties": {
        "token": {"type": "string"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds"},
    },
    "required": ["token", "token_type", "expires_in"],
}


def operation(answers: Schema, body: Schema | None = None, **others: object) -> Schema:
    found: Schema = {**others}
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    return found | {"responses": answers | {"default": ref("responses", "Error")}}


OWN_PATHS: dict[str, Schema] = {
    "/": {
        "get": operation(
            {"200": answer("OpenAPI 3.1", content({"type": "object"}, OPENAPI, JSON))},
            summary="This document",
            tags=[OWN],
        ),
        "post": operation(
            {"200": answer("Their answers", content({"type": "array", "items": ANSWER}))},
            content({"type": "array", "items": REQUEST, "minItems": 1, "maxItems": MAX_REQUESTS}),
            summary=f"Up to {MAX_REQUESTS} requests in one transaction: all of them or none",
            description=REFERENCES,
            tags=[OWN],
        ),
    },
    "/info": {
        "get": operation(
            {"200": answer("Tables", content(INFO))}, summary="What is served", tags=[OWN]
        )
    },
    "/login": {
        "post": operation(
            {"200": answer("The token", content(LOGGED_IN))},
            content(texts("email", "password")),
            summary="A token for a password",
            tags=[OWN],
            security=[],
        )
    },
    "/logout": {
        "post": operation(
            {"204": answer("The token has ended")},
            summary="The end of a token that a password gave",
            tags=[OWN],
            security=TOKEN,
        )
    },
}
