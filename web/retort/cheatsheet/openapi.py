"""The sheet's JSON form, for the API's OpenAPI document."""

from __future__ import annotations

from typing import Any

from ..media import JSON, PROBLEM

TAG = "Cheat sheet"

_TEXT = {"type": "string"}
_NUMBER = {"type": ["number", "null"]}
_TEXTS = {"type": "array", "items": _TEXT}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_RECIPE = {"recipe": _TEXT, "number": _TEXT, "chapter": _TEXT, "title": _TEXT, "text": _TEXT}
_FOUND = _object(**_RECIPE)
_FOUND["properties"]["line"] = {
    "type": "array",
    "items": {"type": "array", "prefixItems": [_TEXT, {"type": "boolean"}]},
    "description": "The line that matched, with `q`: its pieces, and whether each is one of the "
    "words",
}
_STATEMENT = _object(
    sql=_TEXT,
    parameters=_TEXTS,
    milliseconds=_NUMBER,
    rows={"type": ["integer", "null"]},
    round_trips={"type": "integer"},
    connection={"type": "integer", "description": "The run's first or second"},
    error={"type": ["string", "null"]},
    plan={"type": ["object", "null"], "description": "A step, and those below it: `children`"},
)
_CODE = {
    "pitfalls": {"type": "array", "items": _object(kind=_TEXT, text=_TEXT)},
    "links": _TEXTS,
    "code": _TEXT,
    "legacy_code": {"type": ["string", "null"]},
}
_RUN = _object(
    **_RECIPE,
    **_CODE,
    form={"enum": ["modern", "legacy"]},
    program={"type": "string", "description": "The form as code that runs by itself, anywhere"},
    parameters={"type": "object", "description": "The values that it ran with"},
    result=_object(
        columns=_TEXTS,
        rows={"type": "array", "items": _TEXTS},
        text=_TEXT,
        error={"type": "string", "description": "The exception's class, or nothing"},
        more={"type": "integer", "description": "Rows that are not shown"},
    ),
    expected={"type": "boolean", "description": "Whether it ended as the recipe says"},
    milliseconds={"type": "number"},
    statements_sent={"type": "integer"},
    round_trips={"type": "integer"},
    statements={"type": "array", "items": _STATEMENT},
)


# A browser gets a page, a terminal a text, as Accept says.
_OTHERS = {"text/html": {"schema": _TEXT}, "text/plain": {"schema": _TEXT}}


def _answer(description: str, schema: dict[str, Any], form: str = JSON) -> dict[str, Any]:
    return {"description": description, "content": {form: {"schema": schema}} | _OTHERS}


def _problem(description: str) -> dict[str, Any]:
    return _answer(description, {"type": "object"}, PROBLEM)


def _parameter(name: str, description: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": _TEXT} | more


_RAN: dict[str, Any] = {
    "tags": [TAG],
    "security": [],
    "responses": {
        "200": _answer("What it gave, and every statement", _RUN),
        "400": _problem("A parameter is wrong; says which, and what it accepts"),
        "404": _problem("There is no such recipe"),
        "415": _problem("The parameters are neither in the address nor a form"),
        "429": _problem("Too many recipes run at once; `Retry-After` says when to come back"),
        "503": _problem("The database does not answer"),
    },
}

PATHS: dict[str, Any] = {
    "/cheatsheet": {
        "get": {
            "operationId": "cheatsheet",
            "tags": [TAG],
            "security": [],
            "summary": "List the recipes, or find some",
            "parameters": [_parameter("q", "What to look for, as in `upsert`")],
            "responses": {
                "200": _answer(
                    "The best first, eight at most; without `q` all",
                    _object(
                        recipes={"type": "array", "items": _FOUND},
                        unknown=_TEXTS | {"description": "Words that no recipe knows"},
                        guessed={
                            "type": "object",
                            "additionalProperties": _TEXT,
                            "description": "Words that are read as another, each with that one",
                        },
                    ),
                )
            },
        }
    },
    "/cheatsheet/chapters/{chapter}": {
        "get": {
            "operationId": "cheatsheet_chapter",
            "tags": [TAG],
            "security": [],
            "summary": "A chapter, with the code of all its recipes",
            "parameters": [{"name": "chapter", "in": "path", "required": True, "schema": _TEXT}],
            "responses": {
                "200": _answer(
                    "The recipes in their order",
                    _object(
                        chapter=_TEXT,
                        recipes={"type": "array", "items": _object(**_RECIPE, **_CODE)},
                    ),
                ),
                "404": _problem("There is no such chapter"),
            },
        }
    },
    "/cheatsheet/{recipe}": {
        "parameters": [
            {"name": "recipe", "in": "path", "required": True, "schema": _TEXT},
        ],
        "get": _RAN
        | {
            "operationId": "cheatsheet_recipe",
            "summary": "Run a recipe; all that it does is rolled back",
            "parameters": [
                _parameter("form", "`legacy` for the old way", schema=_RUN["properties"]["form"]),
                _parameter("plan", "`0` leaves the plans out", schema={"enum": ["0", "1"]}),
                _parameter(
                    "parameters",
                    "The recipe's own, each by its name",
                    style="form",
                    explode=True,
                    schema={"type": "object", "additionalProperties": _TEXT},
                ),
            ],
        },
        "post": _RAN
        | {
            "operationId": "cheatsheet_recipe_form",
            "summary": "Run a recipe, with its parameters as a form",
            "requestBody": {
                "content": {
                    "application/x-www-form-urlencoded": {
                        "schema": {"type": "object", "additionalProperties": _TEXT}
                    }
                }
            },
        },
    },
}
