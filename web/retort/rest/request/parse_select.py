"""`select=`: columns, JSON paths, casts, aggregates, embeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast, get_args

from ..errors import ApiError
from .query import Aggregate, Embed, Field, Item, Query, Slot, Star, Step
from .scanner import FIELD, Scanner

MAX_DEPTH = 8  # embeds in embeds, or conditions in conditions
MAX_BRACKETS = 100  # embeds and aggregates in one request
MAX_STEPS = 50  # into the JSON of one column
MAX_NAME = 63  # bytes of a name that every row repeats: as many as Postgres' own names have

NUMBER = re.compile(r"\d{1,9}")
KEY = re.compile(r"(?:[^(:.,>)-]|-(?!>))+")

# What may stand behind something, in PostgREST's words.
AFTER_FIELD = 'letter, digit, "-", "->>", "->", "::", ".", ")", "," or end of input'
AFTER_INDEX = 'digit, "->", "::", ".", "," or end of input'


def parse_select(text: str, values: list[object]) -> Query:
    """Parse a whole `select`. Raises ApiError PGRST100."""
    scanner = Scanner("select parameter", text)
    if text.count("(") > MAX_BRACKETS:
        raise scanner.error(f"at most {MAX_BRACKETS} embeds and aggregates")
    query = _items(scanner, values, 0) if text.strip() else Query()
    scanner.need_end(AFTER_FIELD)
    return query


def _items(scanner: Scanner, values: list[object], depth: int) -> Query:
    select: list[Star | Item | Embed] = []
    scanner.spaces()
    while not (scanner.done or scanner.peek(")")):
        select.append(_item(scanner, values, depth))
        if not scanner.take_spaced(","):
            break
        if scanner.done or scanner.peek(")"):
            raise scanner.error(FIELD)
    names = [name_of(item, values) for item in select if isinstance(item, Embed)]
    twice = next((f"{name}_{depth + 1}" for name in names if names.count(name) > 1), None)
    return Query(tuple(select), twice=twice)


def name_of(embed: Embed, values: Sequence[object]) -> str:
    """What other parameters call it."""
    return str(values[embed.key]) if isinstance(embed.key, Slot) else embed.key


def _item(scanner: Scanner, values: list[object], depth: int) -> Star | Item | Embed:
    if scanner.take("*"):
        return Star()
    spread = scanner.take("...")
    name = scanner.word()
    key: str | Slot = name
    if not spread and scanner.peek(":") and not scanner.peek("::"):
        _check_name(name)
        scanner.take(":")
        values.append(name)
        key, name = len(values) - 1, scanner.word()
    if scanner.peek("!") or (scanner.peek("(") and name != "count"):
        return _embed(scanner, values, depth, key, name, spread)
    if spread:
        raise scanner.error('"("')
    return _column(scanner, values, key, name)


def _check_name(name: str) -> None:
    if len(name.encode()) > MAX_NAME:
        raise ApiError(
            400,
            "PGRST100",
            f'the name "{name[:MAX_NAME]}…" in select is too long',
            hint=f"Give it at most {MAX_NAME} bytes",
        )


def _embed(
    scanner: Scanner,
    values: list[object],
    depth: int,
    key: str | Slot,
    target: str,
    spread: bool,
) -> Embed:
    if depth == MAX_DEPTH:
        raise scanner.error(f"at most {MAX_DEPTH} embeds in one another")
    hint, inner = None, False
    while scanner.take("!"):
        word = scanner.word()
        if word == "inner":
            inner = True
        elif word != "left":
            hint = word
    scanner.need("(")
    query = _items(scanner, values, depth + 1)
    if not scanner.take(")"):
        raise scanner.error('"," or ")"')
    return Embed(key, target, query, hint, inner, spread)


def _column(scanner: Scanner, values: list[object], key: str | Slot, name: str) -> Item:
    if name == "count" and scanner.take("()"):
        return Item(key, None, None, "count", _cast(scanner))
    has_alias = isinstance(key, Slot)
    column = Field(name, parse_path(scanner, values))
    if column.path and not has_alias:  # named after the last key that is not an index
        names = [step.key for step in column.path if not step.is_index]
        key = names[-1] if names else name
        if names:
            _check_name(str(values[names[-1]]))
    cast_ = _cast(scanner)
    aggregate = None
    if scanner.take("."):
        aggregate = cast(Aggregate, scanner.one_of(*get_args(Aggregate)))
        scanner.need("()")
        if not has_alias:
            key = aggregate
    return Item(key, column, cast_, aggregate, _cast(scanner) if aggregate else None)


def _cast(scanner: Scanner) -> str | None:
    return scanner.word("letter or digit").lower() if scanner.take("::") else None


def parse_path(scanner: Scanner, values: list[object]) -> tuple[Step, ...]:
    """Parse `->key->>key…`, as far as it goes."""
    steps: list[Step] = []
    while scanner.peek("->"):
        if len(steps) == MAX_STEPS:
            raise scanner.error(f"at most {MAX_STEPS} steps into JSON")
        operator = "->>" if scanner.take("->>") else "->"
        if operator == "->":
            scanner.take("->")
        key = _key(scanner)
        values.append(key)
        steps.append(Step(operator, isinstance(key, int), len(values) - 1))
    return tuple(steps)


def _key(scanner: Scanner) -> str | int:
    """A key of an object, or a place in a list, which may be counted from its end."""
    quoted = scanner.maybe_quoted()
    if quoted is not None:
        return quoted
    if scanner.take("-"):
        number = scanner.match(NUMBER)
        if number is None:
            raise scanner.error("digit")
        if not (scanner.done or any(map(scanner.peek, ("->", "::", ".", ",", ")")))):
            raise scanner.error(AFTER_INDEX)
        return -int(number[0])
    found = scanner.match(KEY)
    if found is None:
        raise scanner.error('"-", digit or any non reserved character different from: .,>()')
    key = found[0].strip()
    return int(key) if NUMBER.fullmatch(key) else key
