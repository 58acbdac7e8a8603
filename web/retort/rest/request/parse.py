"""Parses a query string into a tree and its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from ..errors import ApiError
from .parse_filter import JOINERS, OF_WRITES, Embeds, Joiner, parse_logic, parse_operation
from .parse_select import parse_path, parse_select
from .query import Condition, Embed, Field, Item, Order, Query, Slot
from .scanner import Scanner

INDEX = re.compile(r"(?<!\])(\[\d*\])+$")
WHOLE = re.compile(r"\d{1,18}$")

# Characters. Gunicorn accepts hardly longer addresses. The same holds for a select or an order in a
# body, since each name in it takes a thousand times as long as a value.
MAX_URL = 8000

Parameters: TypeAlias = tuple[tuple[str, str], ...]
Path: TypeAlias = tuple[int, ...]  # places in one select after another

REMEMBERED = 500  # characters of parameters whose tree is kept; longer ones would fill the memory


def check_text(text: str) -> None:
    """Raises ApiError 22021 for a text that Postgres cannot store."""
    if "\0" in text:
        raise ApiError(400, "22021", 'invalid byte sequence for encoding "UTF8": 0x00')
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ApiError(400, "22021", "a lone surrogate is not a character") from None


def parse(parameters: Parameters) -> tuple[Query, list[object]]:
    """Take the parameters of a query string, decoded; give the tree, and the values that
    its slots count. Raises ApiError: PGRST100 where a parameter does not parse, PGRST108
    where it is about a resource that is not embedded."""
    length = sum(len(name) + len(text) for name, text in parameters)
    query, values = (_parse if length > REMEMBERED else _parse_once)(parameters)
    return query, list(values)


@dataclass
class _Part:
    """One query in the tree, while parameters other than `select` are placed in it."""

    embeds: Embeds = field(default_factory=Embeds)
    """Those of its select and their places, by alias or else by resource."""
    named: dict[str, int] = field(default_factory=dict[str, int])
    """The places of other items, by alias."""
    where: list[Condition] = field(default_factory=list[Condition])
    order: tuple[Order, ...] = ()
    limit: Slot | None = None
    offset: Slot | None = None

    @classmethod
    def of(cls, query: Query, values: Sequence[object]) -> _Part:
        part = cls()
        for place, item in enumerate(query.select):
            if isinstance(item, Embed):
                name = values[item.key] if isinstance(item.key, Slot) else item.key
                part.embeds.setdefault(str(name), (place, item))
            elif isinstance(item, Item) and item.alias is not None:
                part.named[str(values[item.alias])] = place
        for place, item in enumerate(query.select):
            if isinstance(item, Embed):
                part.embeds.setdefault(item.target, (place, item))
        return part

    def embedded(self, name: str) -> tuple[int, Embed]:
        """The embed of that name, and its place. Raises ApiError PGRST108."""
        if name not in self.embeds:
            raise ApiError(
                400,
                "PGRST108",
                f"'{name}' is not an embedded resource in this request",
                hint=f"Verify that '{name}' is included in the 'select' query parameter.",
            )
        return self.embeds[name]


def _parse(parameters: Parameters) -> tuple[Query, tuple[object, ...]]:
    given = [(name, text) for name, text in parameters if name not in OF_WRITES]
    for name, text in given:
        check_text(name)
        check_text(text)
    values: list[object] = []
    selects = [text for name, text in given if name == "select"]
    query = parse_select(selects[-1] if selects else "*", values)
    parts = {(): _Part.of(query, values)}
    for name, text in given:
        if name != "select":
            _parameter(parts, name, text, values)
    return _joined(parts, query, ()), tuple(values)


# Measured, to parse again takes 15 % of the time of a row with an embed.
_parse_once = lru_cache(512)(_parse)


def _joined(parts: dict[Path, _Part], query: Query, path: Path) -> Query:
    """The query, and those that it embeds, with what was placed in each."""
    select = tuple(
        replace(item, query=_joined(parts, item.query, (*path, place)))
        if isinstance(item, Embed)
        else item
        for place, item in enumerate(query.select)
    )
    if path not in parts:
        return Query(select)
    part = parts[path]
    return Query(select, tuple(part.where), part.order, part.limit, part.offset)


def _parameter(parts: dict[Path, _Part], name: str, text: str, values: list[object]) -> None:
    key = Scanner("the parameter", INDEX.sub("", name))  # react-admin numbers equal names
    words = [key.word("a column")]
    while key.take("."):
        words.append(key.word("a column"))
    steps = parse_path(key, values)
    key.need_end()
    last = words.pop()
    negated = last in JOINERS and words[-1:] == ["not"]
    if negated:
        words.pop()
    path: Path = ()
    for word in words:
        place, embed = parts[path].embedded(word)
        path = (*path, place)
        if path not in parts:
            parts[path] = _Part.of(embed.query, values)
    part, scanner = parts[path], Scanner(name, text)
    if steps or last not in ("order", "limit", "offset", *JOINERS):
        part.where.append(parse_operation(part.embeds, scanner, Field(last, steps), values))
    elif last == "order":
        part.order = _order(part, text, values)
        return
    elif last == "limit":
        part.limit = _whole(name, text, values)
        return
    elif last == "offset":
        part.offset = _whole(name, text, values)
        return
    else:
        joiner: Joiner = "and" if last == "and" else "or"
        part.where.append(parse_logic(part.embeds, scanner, joiner, negated, values))
    scanner.need_end()


def _whole(name: str, text: str, values: list[object]) -> Slot:
    if re.fullmatch(r"-\d+", text):
        raise ApiError(
            416, "PGRST103", "Requested range not satisfiable", f"{name} must not be negative"
        )
    if not WHOLE.match(text):
        raise Scanner(name, text).error("a whole number")
    values.append(int(text))
    return len(values) - 1


def _order(part: _Part, text: str, values: list[object]) -> tuple[Order, ...]:
    scanner = Scanner("order", text)
    orders: list[Order] = []
    while not scanner.done:
        orders.append(_order_item(part, scanner, values))
        if not scanner.take(","):
            break
    scanner.need_end()
    return tuple(orders)


def _order_item(part: _Part, scanner: Scanner, values: list[object]) -> Order:
    name = scanner.word("a column")
    embed = None
    by: Field | int
    if scanner.take("("):
        embed, _ = part.embedded(name)
        by = Field(scanner.word("a column"), parse_path(scanner, values))
        scanner.need(")")
    elif name in part.named:
        by = part.named[name]
    else:
        by = Field(name, parse_path(scanner, values))
    descending = False
    nulls: Literal["first", "last"] | None = None
    while scanner.take("."):
        word = scanner.word("asc, desc, nullsfirst or nullslast")
        if word in ("asc", "desc"):
            descending = word == "desc"
        elif word in ("nullsfirst", "nullslast"):
            nulls = "first" if word == "nullsfirst" else "last"
        else:
            scanner.at -= len(word)
            raise scanner.error("asc, desc, nullsfirst or nullslast")
    return Order(by, embed, descending, nulls)
