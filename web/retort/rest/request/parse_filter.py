"""Filters: what stands after `column=`, and `and=(…)`, `or=(…)`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

from ..operators import OPERATORS
from .parse_select import MAX_DEPTH, parse_path
from .query import Condition, Embed, EmbedIsNull, Field, Filter, Logic
from .scanner import Scanner, in_quotes, quoted

IS = {"null", "not_null", "true", "false", "unknown"}

OPERATOR = re.compile(r"(not\.)?([a-z]+)(?:\(([^()]*)\))?\.")
BRACES = re.compile(r'\{(?:[^{}"]|"(?:[^"\\]|\\.)*"|\{[^{}]*\})*\}', re.DOTALL)
BARE = re.compile(r"[^,)]*", re.DOTALL)

Joiner = Literal["and", "or"]
JOINERS: tuple[Joiner, ...] = get_args(Joiner)
OF_WRITES = {"columns", "on_conflict"}  # for writes; they say nothing of the query
# A parameter with one of these names is not about a column.
RESERVED = {"select", "order", "limit", "offset", *JOINERS, *OF_WRITES}

Embeds: TypeAlias = dict[str, tuple[int, Embed]]  # by name, with the place in the select


def filter_parameter(column: str, operator: str, value: str) -> tuple[str, str]:
    """A filter as a parameter, whatever the column is called and the value has in it."""
    if column not in RESERVED:
        return quoted(column), f"{operator}.{value}"
    if operator.removeprefix("not.") not in ("in", "is"):
        value = in_quotes(value)
    return "and", f"({in_quotes(column)}.{operator}.{value})"


def array_literal(items: Sequence[str]) -> str:
    """Postgres' text form of an array, in which every item is quoted."""
    return "{" + ",".join(in_quotes(item) for item in items) + "}"


def parse_operation(
    embeds: Embeds,
    scanner: Scanner,
    field: Field,
    values: list[object],
    *,
    in_logic: bool = False,
) -> Condition:
    """Parse `not.eq(any).value`, of a field, which may be one of `embeds` instead of a column."""
    found = scanner.match(OPERATOR)
    if not found or found[2] not in OPERATORS:
        scanner.at = found.start(2) if found else scanner.at
        raise scanner.error("an operator (eq, gt, lt, like, in, is, …) and a dot")
    negated, name, argument = bool(found[1]), found[2], found[3]
    if name == "is":
        return _is(embeds, scanner, field, negated, in_logic)
    quantifier: Literal["any", "all"] | None = None
    language = None
    if argument is not None:
        if OPERATORS[name].query:
            values.append(argument)
            language = len(values) - 1
        elif OPERATORS[name].takes_quantifier and argument in ("any", "all"):
            quantifier = "any" if argument == "any" else "all"
        else:
            scanner.at = found.start(3)
            takes = OPERATORS[name].takes_quantifier
            raise scanner.error("any or all" if takes else f"no argument of {name}")
    if name == "in":
        value: object = array_literal(_list(scanner))
    else:
        value = _value(scanner, in_logic)
        if name in ("like", "ilike"):
            value = str(value).replace("*", "%")
    values.append(value)
    return Filter(field, name, len(values) - 1, negated, quantifier, language)


def _is(embeds: Embeds, scanner: Scanner, field: Field, negated: bool, in_logic: bool) -> Condition:
    start = scanner.at
    word = _value(scanner, in_logic).lower()
    if word not in IS:
        scanner.at = start
        raise scanner.error(", ".join(sorted(IS)))
    if word == "not_null":
        word, negated = "null", not negated
    if word == "null" and not field.path and field.column in embeds:
        return EmbedIsNull(embeds[field.column][0], negated)
    return Filter(field, "is", word, negated)


def _value(scanner: Scanner, in_logic: bool) -> str:
    """The rest of a parameter; inside `and=(…)`, up to the next comma or bracket."""
    if not in_logic:
        return scanner.rest()
    quoted_ = scanner.maybe_quoted()
    if quoted_ is not None:
        return quoted_
    found = scanner.match(BRACES) or scanner.match(BARE)
    return found[0] if found else ""


def _list(scanner: Scanner) -> list[str]:
    """Parse `("a,b",c)`. In a word that begins with no quote, a quote is like any character."""
    scanner.need("(")
    items: list[str] = []
    if scanner.take(")"):
        return items
    while True:
        start = scanner.at
        item = scanner.maybe_quoted()
        if item is not None and not (scanner.peek(",") or scanner.peek(")")):
            scanner.at, item = start, None
        if item is None:
            bare = scanner.match(BARE)
            item = bare[0] if bare else ""
        items.append(item)
        if not scanner.take(","):
            scanner.need(")")
            return items


def parse_logic(
    embeds: Embeds,
    scanner: Scanner,
    joiner: Joiner,
    negated: bool,
    values: list[object],
    depth: int = 0,
) -> Logic:
    """Parse `(condition,condition)`."""
    if depth == MAX_DEPTH:
        raise scanner.error(f"at most {MAX_DEPTH} conditions in one another")
    scanner.need("(")
    conditions = [_condition(embeds, scanner, values, depth)]
    while scanner.take(","):
        conditions.append(_condition(embeds, scanner, values, depth))
    scanner.need(")")
    return Logic(joiner, tuple(conditions), negated)


def _condition(embeds: Embeds, scanner: Scanner, values: list[object], depth: int) -> Condition:
    while scanner.take(" "):
        pass
    negated = scanner.take("not.")
    for joiner in JOINERS:
        if scanner.peek(f"{joiner}("):
            scanner.take(joiner)
            return parse_logic(embeds, scanner, joiner, negated, values, depth + 1)
    field = Field(scanner.word("a column, and(…) or or(…)"), parse_path(scanner, values))
    scanner.need(".")
    found = parse_operation(embeds, scanner, field, values, in_logic=True)
    return replace(found, negated=not found.negated) if negated else found
