"""The FETCH method: a query in a JSON body, turned into the parameters it stands for."""

from __future__ import annotations

from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from ..errors import ApiError
from .body import bad_body, validated
from .parse import MAX_URL, Parameters
from .parse_filter import array_literal, filter_parameter


def _short(text: str) -> str:
    if len(text) > MAX_URL:
        raise ValueError(f"must be no longer than {MAX_URL} characters")
    return text


ShortText = Annotated[str, AfterValidator(_short)]


class Fetch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    where: Annotated[dict[str, Any], Field(max_length=200)] = {}
    """Columns, and what they must be: a value, null, or one of a list of values."""
    select: ShortText | None = None
    orderby: ShortText | None = None
    limit: int | None = None
    offset: int | None = None


ADAPTER = TypeAdapter(Fetch)


def fetch_parameters(body: bytes) -> Parameters:
    """Take `{"where": {"name": "admin"}, "orderby": "email desc", "limit": 10,
    "offset": 2}`, each optional; give parameters. Raises ApiError."""
    what = f"an object with {', '.join(Fetch.model_fields)}, each optional"
    given = validated(ADAPTER, body or b"{}", what)
    found = [_condition(name, value) for name, value in given.where.items()]
    others = {
        "select": given.select,
        "order": None if given.orderby is None else _order(given.orderby),
        "limit": given.limit,
        "offset": given.offset,
    }
    return (*found, *((name, str(value)) for name, value in others.items() if value is not None))


def _condition(column: str, value: Any) -> tuple[str, str]:
    if value is None:
        return filter_parameter(column, "is", "null")
    if isinstance(value, list):
        items = array_literal([_scalar(column, item) for item in cast(list[Any], value)])
        return filter_parameter(column, "in", f"({items[1:-1]})")
    return filter_parameter(column, "eq", _scalar(column, value))


def _scalar(column: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list) or value is None:
        raise bad_body(f"'where': {column}: must be a value, null, or a list of values")
    return str(value)


def _order(text: str) -> str:
    """`email desc, name` to `email.desc,name`."""
    items = [item.split() for item in text.split(",")]
    for item in items:
        if not item or [word.lower() for word in item[1:]] not in ([], ["asc"], ["desc"]):
            raise ApiError(
                400,
                "PGRST100",
                f'"failed to parse orderby ({text[:200]})"',
                "as in: email desc, name",
            )
    return ",".join(".".join([item[0], *(word.lower() for word in item[1:])]) for item in items)
