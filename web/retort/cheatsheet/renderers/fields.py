"""The inputs of a recipe's form, made of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from ..parameters import LONGEST, MOST
from ..recipe import Recipe
from . import wording

_KINDS: dict[Any, str] = {
    int: "number",
    Decimal: "number",
    bool: "checkbox",
    date: "date",
    str: "text",
}


@dataclass
class Field:
    """An input: its type in HTML, what is in it, and what is wrong with that."""

    name: str
    kind: str
    value: str
    accepts: str
    limits: dict[str, str]  # attributes that let the browser check
    options: list[str]
    error: str


def fields(recipe: Recipe, given: Mapping[str, str], error: str) -> list[Field]:
    """Take what was filled in, and an error about it that begins with the name; give the inputs."""
    return [
        Field(
            name,
            "select" if (options := _options(field.annotation)) else _KINDS[field.annotation],
            str(given.get(name, wording.plain(field.default))),
            field.description or "",
            _limits(field.annotation),
            options,
            error.removeprefix(f"{name}: ") if error.startswith(f"{name}: ") else "",
        )
        for name, field in recipe.parameters.model_fields.items()
    ]


def _options(kind: Any) -> list[str]:
    return [str(one.value) for one in kind] if issubclass(kind, Enum) else []


def _limits(kind: Any) -> dict[str, str]:
    if kind is str:
        return {"maxlength": str(LONGEST)}
    if kind in (int, Decimal):
        step = "1" if kind is int else "0.01"
        return {"min": f"-{MOST}", "max": str(MOST), "step": step, "required": ""}
    return {"required": ""} if kind is date else {}
