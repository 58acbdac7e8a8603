"""The FETCH method: a query in a JSON body, turned into the parameters it stands for."""

from __future__ import annotations

from typing import Any, cast

from .errors import ApiError
from .parse import MAX_URL, Parameters, array_literal
from .payload import bad_body, parse_json

# As parameters these mean something else than a column.
RESERVED = {"select", "order", "limit", "offset", "and", "or", "columns", "on_conflict"}

KEYS = ("where", "select", "orderby", "limit", "offset")


def fetch_parameters(body: bytes) -> Parameters:
    """Take `{"where": {"name": "admin"}, "orderby": "email desc", "limit": 10,
    "offset": 2}`, each optional; give parameters. Raises ApiError."""
    document = parse_json(body or b"{}")
    if not isinstance(document, dict):
        raise bad_body("The body must be an object", f"with {', '.join(KEYS)}, each optional")
    given = cast(dict[str, Any], document)
    for name in given:
        if name not in KEYS:
            raise bad_body(f"Unknown key '{name}'", f"known are {', '.join(KEYS)}")
    where = given.get("where", {})
    if not isinstance(where, dict):
        raise bad_body("'where' must be an object of columns and values")
    found = [_condition(name, value) for name, value in cast(dict[str, Any], where).items()]
    if "select" in given:
        found.append(("select", _text("select", given["select"])))
    if "orderby" in given:
        found.append(("order", _order(_text("orderby", given["orderby"]))))
    for name in ("limit", "offset"):
        if name in given:
            if not isinstance(given[name], int) or isinstance(given[name], bool):
                raise bad_body(f"'{name}' must be a whole number")
            found.append((name, str(given[name])))
    return tuple(found)


def _condition(name: str, value: Any) -> tuple[str, str]:
    column = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        operation = "is.null"
    elif isinstance(value, list):
        items = array_literal([_scalar(name, item) for item in cast(list[Any], value)])
        operation = f"in.({items[1:-1]})"
    elif name in RESERVED:
        operation = f"eq.{array_literal([_scalar(name, value)])[1:-1]}"
    else:
        operation = f"eq.{_scalar(name, value)}"
    return ("and", f"({column}.{operation})") if name in RESERVED else (column, operation)


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list) or value is None:
        raise bad_body(f"'where': {name}: must be a value, null, or a list of values")
    return str(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise bad_body(f"'{name}' must be a text")
    if len(value) > MAX_URL:
        raise bad_body(f"'{name}' must be no longer than {MAX_URL} characters")
    return value


def _order(text: str) -> str:
    """`email desc, name` to `email.desc,name`."""
    items = [item.split() for item in text.split(",")]
    for item in items:
        if not item or [word.lower() for word in item[1:]] not in ([], ["asc"], ["desc"]):
            raise ApiError(
                400,
                "PGRST100",
                f'failed to parse orderby "{text[:200]}"',
                "as in: email desc, name",
            )
    return ",".join(".".join([item[0], *(word.lower() for word in item[1:])]) for item in items)
