"""`select=`: columns, JSON paths, casts, aggregates, embeds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast, get_args

from .reader import QUOTED, Reader
from .tree import Aggregate, Condition, Embed, Field, Item, Order, Query, Slot, Star, Step

MAX_DEPTH = 8  # embeds in embeds, or conditions in conditions
MAX_BRACKETS = 100  # embeds and aggregates in one request
MAX_STEPS = 50  # into JSON

INDEX = re.compile(r"-?\d{1,9}$")


@dataclass
class DraftEmbed:
    """An embed while filters may still be added to it."""

    name: str
    embed: Embed
    draft: Draft


@dataclass
class Draft:
    """A query while its parameters are still being read."""

    select: list[Star | Item | DraftEmbed] = field(default_factory=lambda: [Star()])
    where: list[Condition] = field(default_factory=list[Condition])
    order: tuple[Order, ...] = ()
    limit: Slot | None = None
    offset: Slot | None = None
    items: dict[str, int] = field(default_factory=dict[str, int])

    def embed(self, name: str) -> tuple[int, DraftEmbed] | None:
        """The embed that the client calls `name`, by alias or else by resource, and its
        place in the select."""
        embeds = [(i, item) for i, item in enumerate(self.select) if isinstance(item, DraftEmbed)]
        by_name = [found for found in embeds if found[1].name == name]
        by_target = [found for found in embeds if found[1].embed.target == name]
        return next(iter(by_name + by_target), None)

    def finish(self) -> Query:
        return Query(
            tuple(
                Embed(
                    item.embed.key,
                    item.embed.target,
                    item.draft.finish(),
                    item.embed.hint,
                    item.embed.inner,
                    item.embed.spread,
                )
                if isinstance(item, DraftEmbed)
                else item
                for item in self.select
            ),
            tuple(self.where),
            self.order,
            self.limit,
            self.offset,
        )


def parse_select(text: str, values: list[object]) -> Draft:
    """Read the whole of a `select`. Raises ApiError where it does not parse."""
    reader = Reader("select", text)
    if QUOTED.sub("", text).count("(") > MAX_BRACKETS:
        raise reader.error(f"at most {MAX_BRACKETS} embeds and aggregates")
    draft = _items(reader, values, 0) if text.strip() else Draft()
    reader.need_end()
    return draft


def _items(reader: Reader, values: list[object], depth: int) -> Draft:
    draft = Draft([])
    while not (reader.done or reader.peek(")")):
        _item(reader, values, depth, draft)
        if not reader.take(","):
            break
        if reader.done or reader.peek(")"):
            raise reader.error("a column")
    return draft


def _item(reader: Reader, values: list[object], depth: int, draft: Draft) -> None:
    if reader.take("*"):
        draft.select.append(Star())
        return
    spread = reader.take("...")
    name = reader.word("a column or a resource")
    alias = None
    if not spread and reader.peek(":") and not reader.peek("::"):
        reader.take(":")
        alias, name = name, reader.word("a column or a resource")
    key: str | Slot = name
    if alias is not None:
        values.append(alias)
        key = len(values) - 1
    if reader.peek("!") or (reader.peek("(") and not (name == "count" and reader.peek("()"))):
        draft.select.append(_embed(reader, values, depth, alias or name, key, name, spread))
    elif spread:
        raise reader.error('"("')
    else:
        if alias is not None:
            draft.items[alias] = len(draft.select)
        draft.select.append(_column(reader, values, key, name, alias is not None))


def _embed(
    reader: Reader,
    values: list[object],
    depth: int,
    name: str,
    key: str | Slot,
    target: str,
    spread: bool,
) -> DraftEmbed:
    if depth == MAX_DEPTH:
        raise reader.error(f"at most {MAX_DEPTH} embeds in one another")
    hint, inner = None, False
    while reader.take("!"):
        word = reader.word("a hint, inner or left")
        if word == "inner":
            inner = True
        elif word != "left":
            hint = word
    reader.need("(")
    draft = _items(reader, values, depth + 1)
    reader.need(")")
    return DraftEmbed(name, Embed(key, target, Query(), hint, inner, spread), draft)


def _column(
    reader: Reader, values: list[object], key: str | Slot, name: str, has_alias: bool
) -> Item:
    if name == "count" and reader.take("()"):
        return Item(key, None, None, "count", _cast(reader))
    column = Field(name, parse_path(reader, values))
    if column.path and not has_alias:  # named after the last key that is not an index
        names = [step.key for step in column.path if not step.is_index]
        key = names[-1] if names else name
    cast_ = _cast(reader)
    aggregate = None
    if reader.take("."):
        word = reader.word("an aggregate")
        if word not in get_args(Aggregate):
            raise reader.error("avg(), count(), max(), min() or sum()")
        aggregate = cast(Aggregate, word)
        reader.need("()")
        if not has_alias:
            key = aggregate
    return Item(key, column, cast_, aggregate, _cast(reader) if aggregate else None)


def _cast(reader: Reader) -> str | None:
    return reader.word("a type").lower() if reader.take("::") else None


def parse_path(reader: Reader, values: list[object]) -> tuple[Step, ...]:
    """`->key->>key…`, as far as it goes."""
    steps: list[Step] = []
    while reader.peek("->"):
        if len(steps) == MAX_STEPS:
            raise reader.error(f"at most {MAX_STEPS} steps into JSON")
        operator = "->>" if reader.take("->>") else "->"
        if operator == "->":
            reader.take("->")
        quoted = reader.peek('"')
        key = reader.word("a key")
        is_index = not quoted and bool(INDEX.match(key))
        values.append(int(key) if is_index else key)
        steps.append(Step(operator, is_index, len(values) - 1))
    return tuple(steps)
