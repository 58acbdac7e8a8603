"""What a reader may change of a recipe: typed by its signature, within limits."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

MOST = 1000  # the greatest number
LONGEST = 60  # characters of a text


def _plain(text: str) -> str:
    """Text that Postgres can store. Raises ValueError."""
    if "\0" in text:
        raise ValueError
    return text


_TYPES: dict[Any, tuple[Any, str]] = {
    int: (Annotated[int, Field(ge=-MOST, le=MOST)], f"a whole number from -{MOST} to {MOST}"),
    Decimal: (
        Annotated[Decimal, Field(ge=-MOST, le=MOST, decimal_places=2)],
        f"a number from -{MOST} to {MOST} with up to two decimals",
    ),
    str: (
        Annotated[str, Field(max_length=LONGEST), AfterValidator(_plain)],
        f"text of up to {LONGEST} characters, without NUL",
    ),
    bool: (bool, "true or false"),
    date: (date, "a date like 2026-03-31"),
}


class BadParameter(ValueError):
    """Which parameter is wrong, and what it accepts."""


def model(function: Callable[..., Any]) -> type[BaseModel]:
    """The function's parameters and their defaults, as a model."""
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        kind, accepts = _kind(parameter.annotation)
        fields[name] = (kind, Field(parameter.default, description=accepts))
    return create_model("Parameters", __config__=ConfigDict(extra="forbid"), **fields)


def _kind(annotation: Any) -> tuple[Any, str]:
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return annotation, " or ".join(str(member.value) for member in annotation)
    return _TYPES[annotation]


def read(parameters: type[BaseModel], given: Mapping[str, str]) -> dict[str, Any]:
    """Take texts by name, give values for the function. Raises BadParameter."""
    try:
        return dict(parameters.model_validate(given))
    except ValidationError as error:
        detail = error.errors()[0]
        name = str(detail["loc"][0])
        if name not in parameters.model_fields:
            known = ", ".join(parameters.model_fields) or "none"
            raise BadParameter(
                f"{name}: this recipe has no such parameter; it has {known}"
            ) from None
        accepts = parameters.model_fields[name].description
        raise BadParameter(f"{name}: must be {accepts}") from None
