"""The document, and how the tests here look things up in it."""

import json
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from retort.auth.tokens import tokens

Document = dict[str, Any]
Make = Callable[..., FlaskClient]
TEXT = {"type": "string"}


def document(client: FlaskClient, path: str = "/api/", **headers: str) -> Document:
    """The document, which has to be a valid one."""
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    need_valid(response.text)
    return json.loads(response.text)


@cache
def need_valid(text: str) -> None:
    """Raise an error unless it is a valid document; it takes seconds, so each is looked at
    once, and nobody counts the lines, which takes as long again."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        OpenAPIV31SpecValidator(json.loads(text)).validate()
    finally:
        sys.settrace(tracer)


def operations(found: Document) -> set[tuple[str, str]]:
    return {
        (path, method.upper())
        for path, item in found["paths"].items()
        if "servers" not in item  # beside the API
        for method in item
        if method != "parameters"
    }


def names(found: Document, operation: Document) -> list[str]:
    """The names of an operation's parameters."""
    parameters = found["components"]["parameters"]
    return [
        parameters[each["$ref"].rpartition("/")[2]]["name"] if "$ref" in each else each["name"]
        for each in operation["parameters"]
    ]


def columns(found: Document, table: str) -> dict[str, Document]:
    return found["components"]["schemas"][table]["properties"]


def token(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens(client.application).issue('me')}"}
