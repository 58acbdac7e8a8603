"""A page's address: what the form shows of it, and the addresses of the views that it links to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from ..rest.catalog.resource import Resource
from ..rest.operators import OPERATORS as ALL
from ..rest.request.parse_filter import OF_WRITES, filter_parameter, parameter_name
from ..rest.request.scanner import quoted
from .sight import Seen, columns, star

Parameters = list[tuple[str, str]]

DEFAULT_LIMIT = 25

# Those that the form offers, with their labels; `is` only to look for NULL.
OPERATORS = {
    f"{no}{name}{'.null' if name == 'is' else ''}": words
    for name, operator in ALL.items()
    for no, words in (("", operator.words), ("not.", operator.negated))
    if words is not None
}
OPERATION = re.compile(
    "(?:" + "|".join(re.escape(name) for name in OPERATORS if name.endswith("null")) + ")|"
    "(" + "|".join(re.escape(name) for name in OPERATORS if not name.endswith("null")) + r")\.(.*)",
    re.DOTALL,
)

# What the form sends: names that no column is likely to have.
COLUMN, OPERATOR, VALUE = "~column", "~operator", "~value"


def parameter(column: str, operator: str, value: str = "") -> tuple[str, str]:
    """A filter of the form as a parameter of the API."""
    if operator.endswith(".null"):
        operator, value = operator.rpartition(".")[::2]
    elif operator == "in" and not value.startswith("("):
        value = f"({value})"
    return filter_parameter(column, operator, value)


def query(parameters: Sequence[tuple[str, str]]) -> str:
    """The parameters behind a question mark, as readable as may be."""
    return "?" + urlencode(parameters, safe="*(),:!") if parameters else ""


@dataclass(frozen=True)
class Condition:
    """A filter that the form can show, or, without a `column`, a parameter as it is."""

    name: str
    text: str
    column: str | None
    operator: str
    value: str
    without: str
    """The address of the view without it."""


class Address:
    def __init__(self, resource: Resource, given: Parameters, seen: Seen) -> None:
        self.resource, self.given = resource, given
        self.star = star(resource, seen)
        self.is_form = any(name in (COLUMN, OPERATOR, VALUE) for name, _ in given)
        named = dict(given)
        self.order = named.get("order")
        self.limit = named.get("limit", str(DEFAULT_LIMIT))
        # Pages need an order, so that the next one goes on where this one ends. If columns are
        # selected by name, rows may be groups, which cannot be ordered by the key.
        is_whole = named.get("select", "*").startswith("*")
        shows_key = bool(resource.key) and {*resource.key} <= {*columns(resource, seen)}
        if self.order is None and is_whole and shows_key:
            self.order = ",".join(quoted(name) for name in resource.key)

    @property
    def parameters(self) -> Parameters:
        """What to ask the API for."""
        asked = [(name, text) for name, text in self.given if name not in ("order", "limit")]
        if self.star != "*" and "select" not in dict(asked):
            asked.append(("select", self.star))
        if self.order is not None:
            asked.append(("order", self.order))
        return [*asked, ("limit", self.limit)]

    @property
    def conditions(self) -> list[Condition]:
        columns = {parameter_name(name): name for name in self.resource.fields}
        found: list[Condition] = []
        for place, (name, text) in enumerate(self.given):
            if name in ("select", "order", "limit", "offset", *OF_WRITES):
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
        """The parameters that the form passes on without showing a field for them."""
        others = [(c.name, c.text) for c in self.conditions if c.column is None]
        return others + [(n, text) for n, text in self.given if n in ("select", "order")]

    def of_form(self) -> str:
        """The address to which a form leads that was sent."""
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
        """How the view is sorted by the column, in the words of aria-sort, and the address that
        sorts it the next way: ascending, descending, not at all."""
        name = quoted(column)
        found = re.match(re.escape(name) + r"((?:\.[a-z]+)*)(?:,|$)", self.order or "")
        if found is None:
            return None, self._changed("order", f"{name}.asc")
        if ".desc" in found[1]:
            return "descending", self._changed("order", None)
        return "ascending", self._changed("order", f"{name}.desc")

    def at(self, offset: int) -> str:
        """The address of the page that begins at this offset."""
        return self._changed("offset", str(offset) if offset > 0 else None)

    def _changed(self, name: str, text: str | None) -> str:
        kept = [(n, t) for n, t in self.given if n != name]
        return self._url([*kept, (name, text)] if text is not None else kept, name)

    def _url(self, parameters: Parameters, changed: str = "") -> str:
        """The address with these parameters. Unless the offset is what changed, it is left out."""
        kept = [(n, t) for n, t in parameters if n != "offset" or changed == "offset"]
        return url_for("tables.table_page", table=self.resource.label) + query(kept)
