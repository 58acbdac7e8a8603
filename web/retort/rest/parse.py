"""A query string to a tree and its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from .errors import ApiError
from .parse_select import MAX_DEPTH, Draft, DraftEmbed, parse_path, parse_select
from .reader import Reader
from .tree import Condition, EmbedIsNull, Field, Filter, Logic, Order, Query, Slot, Step

COMPARISONS = {"eq", "neq", "gt", "gte", "lt", "lte", "isdistinct"}
PATTERNS = {"like", "ilike", "match", "imatch"}
RANGES = {"cs", "cd", "ov", "sl", "sr", "nxl", "nxr", "adj"}
SEARCHES = {"fts", "plfts", "phfts", "wfts"}
QUANTIFIED = {"eq", "gt", "gte", "lt", "lte"} | PATTERNS
IS = {"null", "not_null", "true", "false", "unknown"}
OPERATORS = COMPARISONS | PATTERNS | RANGES | SEARCHES | {"in", "is"}

OPERATOR = re.compile(r"(not\.)?([a-z]+)(?:\(([^()]*)\))?\.")
BRACES = re.compile(r'\{(?:[^{}"]|"(?:[^"\\]|\\.)*"|\{[^{}]*\})*\}', re.DOTALL)
BARE = re.compile(r"[^,)]*", re.DOTALL)
INDEX = re.compile(r"(?<!\])(\[\d*\])+$")
WHOLE = re.compile(r"\d{1,18}$")

Joiner = Literal["and", "or"]
JOINERS: tuple[Joiner, ...] = get_args(Joiner)
# Characters: Gunicorn takes hardly more, and a select or an order in a body may not be longer
# either, since each name in it costs a thousand times what a value does.
MAX_URL = 8000

# Parameters of writes, read elsewhere.
OTHERS = {"columns", "on_conflict"}

Parameters: TypeAlias = tuple[tuple[str, str], ...]

REMEMBERED = 500  # characters; longer ones would only fill the memory


def parse(parameters: Parameters) -> tuple[Query, list[object]]:
    """Take the parameters of a query string, decoded; give the tree, and the values that
    its slots count. Raises ApiError: PGRST100 where a parameter does not parse, PGRST108
    where it is about a resource that is not embedded."""
    length = sum(len(name) + len(text) for name, text in parameters)
    query, values = (_parse if length > REMEMBERED else _parse_once)(parameters)
    return query, list(values)


def _parse(parameters: Parameters) -> tuple[Query, tuple[object, ...]]:
    given = [(name, text) for name, text in parameters if name not in OTHERS]
    for name, text in given:
        check_text(name)
        check_text(text)
    values: list[object] = []
    selects = [text for name, text in given if name == "select"]
    draft = parse_select(selects[-1] if selects else "*", values)
    for name, text in given:
        if name != "select":
            _parameter(draft, name, text, values)
    return draft.finish(), tuple(values)


_parse_once = lru_cache(512)(_parse)


def check_text(text: str) -> None:
    """Refuse what no text of Postgres can hold."""
    if "\0" in text:
        raise ApiError(400, "22021", 'invalid byte sequence for encoding "UTF8": 0x00')
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ApiError(400, "22021", "a lone surrogate is not a character") from None


def _parameter(draft: Draft, name: str, text: str, values: list[object]) -> None:
    key = Reader("the parameter", INDEX.sub("", name))  # react-admin counts equal names
    words = [key.word("a column")]
    while key.take("."):
        words.append(key.word("a column"))
    path = parse_path(key, values)
    key.need_end()
    last = words.pop()
    negated = last in ("and", "or") and words[-1:] == ["not"]
    if negated:
        words.pop()
    for word in words:
        draft = _embedded(draft, word)[1].draft
    if path or last not in ("order", "limit", "offset", "and", "or"):
        draft.where.append(_filter(draft, name, last, path, text, values))
    elif last == "order":
        draft.order = _order(draft, text, values)
    elif last == "limit":
        draft.limit = _whole(name, text, values)
    elif last == "offset":
        draft.offset = _whole(name, text, values)
    else:
        reader = Reader(name, text)
        joiner: Joiner = "and" if last == "and" else "or"
        draft.where.append(_logic(draft, reader, joiner, negated, values, 0))
        reader.need_end()


def _embedded(draft: Draft, name: str) -> tuple[int, DraftEmbed]:
    found = draft.embed(name)
    if found is None:
        raise ApiError(
            400,
            "PGRST108",
            f"'{name}' is not an embedded resource in this request",
            hint=f"Verify that '{name}' is included in the 'select' query parameter.",
        )
    return found


def _whole(name: str, text: str, values: list[object]) -> Slot:
    if re.fullmatch(r"-\d+", text):
        raise ApiError(
            416, "PGRST103", "Requested range not satisfiable", f"{name} must not be negative"
        )
    if not WHOLE.match(text):
        raise Reader(name, text).error("a whole number")
    values.append(int(text))
    return len(values) - 1


def _filter(
    draft: Draft, name: str, column: str, path: tuple[Step, ...], text: str, values: list[object]
) -> Condition:
    reader = Reader(name, text)
    field = Field(column, path)
    condition = _operation(draft, reader, field, values, in_logic=False)
    reader.need_end()
    return condition


def _operation(
    draft: Draft, reader: Reader, field: Field, values: list[object], *, in_logic: bool
) -> Condition:
    found = reader.match(OPERATOR)
    if not found or found[2] not in OPERATORS:
        reader.at = found.start(2) if found else reader.at
        raise reader.error("an operator (eq, gt, lt, like, in, is, …) and a dot")
    negated, operator, argument = bool(found[1]), found[2], found[3]
    if operator == "is":
        return _is(draft, reader, field, negated, in_logic)
    quantifier: Literal["any", "all"] | None = None
    language = None
    if argument is not None:
        if operator in SEARCHES:
            values.append(argument)
            language = len(values) - 1
        elif operator in QUANTIFIED and argument in ("any", "all"):
            quantifier = "any" if argument == "any" else "all"
        else:
            reader.at = found.start(3)
            raise reader.error(f"no such argument of {operator}")
    if operator == "in":
        value: object = array_literal(_list(reader))
    else:
        value = _value(reader, in_logic)
        if operator in ("like", "ilike"):
            value = str(value).replace("*", "%")
    values.append(value)
    return Filter(field, operator, len(values) - 1, negated, quantifier, language)


def _is(draft: Draft, reader: Reader, field: Field, negated: bool, in_logic: bool) -> Condition:
    start = reader.at
    word = _value(reader, in_logic).lower()
    if word not in IS:
        reader.at = start
        raise reader.error(", ".join(sorted(IS)))
    if word == "not_null":
        word, negated = "null", not negated
    if word == "null" and not field.path and (embed := draft.embed(field.column)):
        return EmbedIsNull(embed[0], negated)
    return Filter(field, "is", word, negated)


def _value(reader: Reader, in_logic: bool) -> str:
    """The rest of a parameter; in `and=(…)` as far as the next comma or bracket."""
    if not in_logic:
        rest = reader.text[reader.at :]
        reader.at = len(reader.text)
        return rest
    quoted = reader.maybe_quoted()
    if quoted is not None:
        return quoted
    found = reader.match(BRACES) or reader.match(BARE)
    return found[0] if found else ""


def _list(reader: Reader) -> list[str]:
    """`("a,b",c)`. A quote within a word that does not begin with one is itself."""
    reader.need("(")
    items: list[str] = []
    if reader.take(")"):
        return items
    while True:
        start = reader.at
        item = reader.maybe_quoted()
        if item is not None and not (reader.peek(",") or reader.peek(")")):
            reader.at, item = start, None
        if item is None:
            bare = reader.match(BARE)
            item = bare[0] if bare else ""
        items.append(item)
        if not reader.take(","):
            reader.need(")")
            return items


def array_literal(items: Sequence[str]) -> str:
    """Postgres' text form of an array, in which every item is quoted."""
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def _logic(
    draft: Draft,
    reader: Reader,
    operator: Joiner,
    negated: bool,
    values: list[object],
    depth: int,
) -> Logic:
    if depth == MAX_DEPTH:
        raise reader.error(f"at most {MAX_DEPTH} conditions in one another")
    reader.need("(")
    conditions = [_condition(draft, reader, values, depth)]
    while reader.take(","):
        conditions.append(_condition(draft, reader, values, depth))
    reader.need(")")
    return Logic(operator, tuple(conditions), negated)


def _condition(draft: Draft, reader: Reader, values: list[object], depth: int) -> Condition:
    while reader.take(" "):
        pass
    negated = reader.take("not.")
    for operator in JOINERS:
        if reader.peek(f"{operator}("):
            reader.take(operator)
            return _logic(draft, reader, operator, negated, values, depth + 1)
    field = Field(reader.word("a column, and(…) or or(…)"), parse_path(reader, values))
    reader.need(".")
    found = _operation(draft, reader, field, values, in_logic=True)
    return replace(found, negated=not found.negated) if negated else found


def _order(draft: Draft, text: str, values: list[object]) -> tuple[Order, ...]:
    reader = Reader("order", text)
    orders: list[Order] = []
    while not reader.done:
        orders.append(_order_item(draft, reader, values))
        if not reader.take(","):
            break
    reader.need_end()
    return tuple(orders)


def _order_item(draft: Draft, reader: Reader, values: list[object]) -> Order:
    name = reader.word("a column")
    embed = None
    by: Field | int
    if reader.take("("):
        embed = _embedded(draft, name)[0]
        by = Field(reader.word("a column"), parse_path(reader, values))
        reader.need(")")
    elif name in draft.items:
        by = draft.items[name]
    else:
        by = Field(name, parse_path(reader, values))
    descending = False
    nulls: Literal["first", "last"] | None = None
    while reader.take("."):
        word = reader.word("asc, desc, nullsfirst or nullslast")
        if word in ("asc", "desc"):
            descending = word == "desc"
        elif word in ("nullsfirst", "nullslast"):
            nulls = "first" if word == "nullsfirst" else "last"
        else:
            reader.at -= len(word)
            raise reader.error("asc, desc, nullsfirst or nullslast")
    return Order(by, embed, descending, nulls)
