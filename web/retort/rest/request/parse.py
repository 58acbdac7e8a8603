"""Parses a query string into a tree and its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from ..errors import ApiError
from .headers import outside
from .parse_filter import JOINERS, OF_WRITES, Embeds, Joiner, parse_logic, parse_operation
from .parse_select import name_of, parse_path, parse_select
from .query import Condition, Embed, Field, Item, Order, Query, Slot
from .scanner import Scanner

INDEX = re.compile(r"(?<!\])(\[\d*\])+$")
WHOLE = re.compile(r"\d{1,18}")

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
    keys: dict[str, Slot] = field(default_factory=dict[str, Slot])
    """Those that the client chose for columns."""
    where: list[Condition] = field(default_factory=list[Condition])
    order: tuple[Order, ...] = ()
    limit: Slot | None = None
    offset: Slot | None = None

    @classmethod
    def of(cls, query: Query, values: Sequence[object]) -> _Part:
        part = cls(keys=_keys(query, values))
        for place, item in enumerate(query.select):
            if isinstance(item, Embed):
                part.embeds.setdefault(name_of(item, values), (place, item))
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


def _keys(query: Query, values: Sequence[object]) -> dict[str, Slot]:
    """The keys that the client chose for columns, be they of a spread, and their slots."""
    found: dict[str, Slot] = {}
    for item in query.select:
        if isinstance(item, Item) and isinstance(item.key, Slot):
            found[str(values[item.key])] = item.key
        elif isinstance(item, Embed) and item.spread:
            found |= _keys(item.query, values)
    return found


def _parse(parameters: Parameters) -> tuple[Query, tuple[object, ...]]:
    given = [(name, text) for name, text in parameters if name not in OF_WRITES]
    for name, text in given:
        check_text(name)
        check_text(text)
    values: list[object] = []
    selects = [text for name, text in given if name == "select"]
    query = parse_select(selects[0] if selects else "*", values)
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
        return replace(query, select=select)
    part = parts[path]
    return Query(select, tuple(part.where), part.order, part.limit, part.offset, query.twice)


def _parameter(parts: dict[Path, _Part], name: str, text: str, values: list[object]) -> None:
    key = Scanner("tree path", INDEX.sub("", name))  # react-admin numbers equal names
    quoted, words = key.peek('"'), [key.word()]
    while key.take("."):
        quoted = key.peek('"')
        words.append(key.word())
    steps = parse_path(key, values)
    key.need_end()
    last = words.pop()
    reserved = None if quoted or steps else last  # in quotes, each name is a column's
    negated = reserved in JOINERS and words[-1:] == ["not"]
    if negated:
        words.pop()
    path: Path = ()
    for word in words:
        place, embed = parts[path].embedded(word)
        path = (*path, place)
        if path not in parts:
            parts[path] = _Part.of(embed.query, values)
    part = parts[path]
    if reserved == "order":
        part.order = part.order or _order(part, text, values)
    elif reserved == "limit":
        part.limit = _whole(last, text, values)
    elif reserved == "offset":
        part.offset = _whole(last, text, values)
    elif reserved in JOINERS:
        joiner: Joiner = "and" if last == "and" else "or"
        scanner = Scanner("logic tree", text, before=f"not.{last}" if negated else last)
        part.where.append(parse_logic(part.embeds, scanner, joiner, negated, values))
        scanner.need_end()
    else:
        scanner = Scanner("filter", text)
        part.where.append(parse_operation(part.embeds, scanner, Field(last, steps), values))
        scanner.need_end()


def _whole(name: str, text: str, values: list[object]) -> Slot:
    if re.fullmatch(r"-\d+", text):
        raise outside(f"{name.capitalize()} should be greater than or equal to zero.")
    scanner = Scanner(name, text)
    if not scanner.match(WHOLE):
        raise scanner.error("a whole number")
    scanner.need_end("a whole number of at most 18 digits")
    values.append(int(text))
    return len(values) - 1


def _order(part: _Part, text: str, values: list[object]) -> tuple[Order, ...]:
    scanner = Scanner("order", text)
    orders: list[Order] = []
    while orders or not scanner.done:
        orders.append(_order_item(part, scanner, values))
        if not scanner.take(","):
            break
    return tuple(orders)


def _order_item(part: _Part, scanner: Scanner, values: list[object]) -> Order:
    name, there, keys, place = scanner.word(), None, part.keys, None
    if scanner.take("("):
        there, name = name, scanner.word()
    by = Field(name, parse_path(scanner, values))
    if there is not None:
        scanner.need(")")
        place, embed = part.embedded(there)
        keys = _keys(embed.query, values)
    descending = False
    nulls: Literal["first", "last"] | None = None
    after = 'letter, digit, "-", "->>", "->", delimiter (.), "," or end of input'
    if scanner.take("."):
        word = scanner.one_of("asc", "desc", "nullsfirst", "nullslast")
        if word in ("asc", "desc"):
            descending, after = word == "desc", 'delimiter (.), "," or end of input'
            if scanner.take("."):
                word = scanner.one_of("nullsfirst", "nullslast")
        if word in ("nullsfirst", "nullslast"):
            nulls, after = "first" if word == "nullsfirst" else "last", '"," or end of input'
    scanner.spaces()
    if not (scanner.done or scanner.peek(",")):
        raise scanner.error(after)
    return Order(by, keys.get(name), place, descending, nulls)
