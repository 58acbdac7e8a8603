"""A page's address: what of it the form shows, and the address of each other view."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from ..parse import OTHERS
from ..reader import NAME
from ..resources import Resource

Parameters = list[tuple[str, str]]

DEFAULT_LIMIT = 25

# The API's operators that the form offers, and how it calls them.
OPERATORS = {
    "eq": "=",
    "neq": "≠",
    "gt": ">",
    "gte": "≥",
    "lt": "<",
    "lte": "≤",
    "ilike": "is like",
    "not.ilike": "is not like",
    "in": "is one of",
    "cs": "contains",
    "wfts": "has the words",
    "is.null": "is NULL",
    "not.is.null": "is not NULL",
}
OPERATION = re.compile(
    "(?:" + "|".join(re.escape(name) for name in OPERATORS if name.endswith("null")) + ")|"
    "(" + "|".join(re.escape(name) for name in OPERATORS if not name.endswith("null")) + r")\.(.*)",
    re.DOTALL,
)
RESERVED = {"select", "order", "limit", "offset", "and", "or", *OTHERS}

# What the form sends: names that no column is likely to have.
COLUMN, OPERATOR, VALUE = "~column", "~operator", "~value"


def quoted(name: str) -> str:
    """A name as the API's grammar has it."""
    if NAME.fullmatch(name) and name == name.strip():
        return name
    return _in_quotes(name)


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parameter(column: str, operator: str, value: str = "") -> tuple[str, str]:
    """A filter as a parameter of the API."""
    if operator.endswith(".null"):
        operation, value = operator.rpartition(".")[::2]
    elif operator == "in" and not value.startswith("("):
        operation, value = operator, f"({value})"
    else:
        operation = operator
    if column not in RESERVED:
        return quoted(column), f"{operation}.{value}"
    value = value if operation == "in" else _in_quotes(value)
    return "and", f"({_in_quotes(column)}.{operation}.{value})"


def query(parameters: Sequence[tuple[str, str]]) -> str:
    """The parameters behind a question mark, as readable as may be."""
    return "?" + urlencode(parameters, safe="*(),:!") if parameters else ""


@dataclass(frozen=True)
class Condition:
    """A filter that the form can show, or else just a parameter."""

    name: str
    text: str
    column: str | None
    operator: str
    value: str
    without: str
    """The address of the view without it."""


class Address:
    def __init__(self, resource: Resource, given: Parameters) -> None:
        self.resource, self.given = resource, given
        self.is_form = any(name in (COLUMN, OPERATOR, VALUE) for name, _ in given)
        named = dict(given)
        self.order = named.get("order")
        self.limit = named.get("limit", str(DEFAULT_LIMIT))
        # A page has to have an order, for the next one to go on where it ends. What is
        # selected by name may be groups, which have none by the key.
        is_whole = named.get("select", "*").startswith("*")
        if self.order is None and is_whole and {*resource.key} <= {*resource.columns}:
            self.order = ",".join(quoted(name) for name in resource.key) or None

    @property
    def parameters(self) -> Parameters:
        """What to ask the API for."""
        asked = [(name, text) for name, text in self.given if name not in ("order", "limit")]
        if self.order is not None:
            asked.append(("order", self.order))
        return [*asked, ("limit", self.limit)]

    @property
    def conditions(self) -> list[Condition]:
        columns = {quoted(name): name for name in self.resource.columns}
        found: list[Condition] = []
        for place, (name, text) in enumerate(self.given):
            if name in ("select", "order", "limit", "offset", *OTHERS):
                continue
            column, operator, value = columns.get(name), text, ""
            operation = OPERATION.fullmatch(text)
            if operation is None:
                column = None
            elif operation[1]:
                operator, value = operation[1], operation[2]
            if operator == "in":
                value = value.removeprefix("(").removesuffix(")")
            without = self._url([*self.given[:place], *self.given[place + 1 :]])
            found.append(Condition(name, text, column, operator, value, without))
        return found

    @property
    def hidden(self) -> Parameters:
        """What the form has no field for but passes on."""
        others = [(c.name, c.text) for c in self.conditions if c.column is None]
        return others + [(n, text) for n, text in self.given if n in ("select", "order")]

    def of_form(self) -> str:
        """The address that a form that was sent means."""
        fields = {
            field: [text for name, text in self.given if name == field]
            for field in (COLUMN, OPERATOR, VALUE)
        }
        filters = [
            parameter(column, operator, value)
            for column, operator, value in zip(*fields.values(), strict=False)
            if column
        ]
        kept = [(name, text) for name, text in self.given if name not in fields]
        return self._url(filters + [one for one in kept if one != ("limit", str(DEFAULT_LIMIT))])

    def sorting(self, column: str) -> tuple[str | None, str]:
        """How the view is sorted by the column, as aria-sort has it, and the address of
        the next way: ascending, descending, not at all."""
        name = quoted(column)
        found = re.match(re.escape(name) + r"((?:\.[a-z]+)*)(?:,|$)", self.order or "")
        if found is None:
            return None, self._changed("order", f"{name}.asc")
        if ".desc" in found[1]:
            return "descending", self._changed("order", None)
        return "ascending", self._changed("order", f"{name}.desc")

    def at(self, offset: int) -> str:
        """The address of the page that begins there."""
        return self._changed("offset", str(offset) if offset > 0 else None)

    def _changed(self, name: str, text: str | None) -> str:
        kept = [(n, t) for n, t in self.given if n != name]
        return self._url([*kept, (name, text)] if text is not None else kept, name)

    def _url(self, parameters: Parameters, changed: str = "") -> str:
        """The address with these parameters; anything but a turned page begins anew."""
        kept = [(n, t) for n, t in parameters if n != "offset" or changed == "offset"]
        return url_for("tables.table", table=self.resource.label) + query(kept)
