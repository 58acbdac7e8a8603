"""Filters: what stands after `column=`, and `and=(…)`, `or=(…)`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

from ..operators import OPERATORS
from .parse_select import MAX_DEPTH, name_of, parse_path
from .query import Condition, Embed, EmbedIsNull, Field, Filter, Logic
from .scanner import FIELD, Scanner, alike, in_quotes, quoted

IS = ("null", "not_null", "true", "false", "unknown")

IS_WORD = re.compile("|".join(IS), re.IGNORECASE)
# The longer first: `isdistinct` begins with `is`.
OPERATOR = re.compile("|".join(sorted(OPERATORS, key=len, reverse=True)))
LANGUAGE = re.compile(r"[^()]+")
BRACES = re.compile(r'\{(?:[^{}"]|"(?:[^"\\]|\\.)*"|\{[^{}]*\})*\}', re.DOTALL)
JOINED = re.compile(r"(and|or)(?=\s*\()")
BARE = re.compile(r"[^,)]*", re.DOTALL)

# What may stand somewhere, in PostgREST's words.
EXPECTED = "operator (eq, gt, ...)"
LOGIC = "logic operator (and, or)"

Joiner = Literal["and", "or"]
JOINERS: tuple[Joiner, ...] = get_args(Joiner)
OF_WRITES = {"columns", "on_conflict"}  # for writes; they say nothing of the query
# A parameter with one of these names is not about a column.
RESERVED = {"select", "order", "limit", "offset", *JOINERS, *OF_WRITES}

Embeds: TypeAlias = dict[str, tuple[int, Embed]]  # by name, with the place in the select


def filter_parameter(column: str, operator: str, value: str) -> tuple[str, str]:
    """A filter as a parameter, whatever the column is called and the value has in it."""
    return parameter_name(column), f"{operator}.{value}"


def parameter_name(column: str) -> str:
    """What a filter's parameter is called: in quotes, a reserved name is a column's too."""
    return in_quotes(column) if column in RESERVED else quoted(column)


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
    negated = scanner.take("not.")
    found = scanner.match(OPERATOR)
    if found is None:
        if scanner.take("not"):
            raise scanner.error("delimiter (.)")
        raise scanner.error(EXPECTED if negated else f'"not" or {EXPECTED}')
    name = found[0]
    quantifier: Literal["any", "all"] | None = None
    language = None
    if OPERATORS[name].query and scanner.take("("):
        given = scanner.match(LANGUAGE)
        if given is None:
            raise scanner.error(EXPECTED)
        values.append(given[0])
        language = len(values) - 1
        scanner.need(")")
    elif OPERATORS[name].takes_quantifier and scanner.take("("):
        if not (scanner.peek("any)") or scanner.peek("all)")):
            raise scanner.error(EXPECTED)
        quantifier = "any" if scanner.take("any)") else "all"
        scanner.take("all)")
    if not scanner.take("."):
        raise scanner.error(EXPECTED)
    if name == "is":
        return _is(embeds, scanner, field, values, negated)
    if name == "in":
        value: object = array_literal(_list(scanner))
    else:
        value = _value(scanner, in_logic)
        if name in ("like", "ilike"):
            value = str(value).replace("*", "%")
    values.append(value)
    return Filter(field, name, len(values) - 1, negated, quantifier, language)


def _is(
    embeds: Embeds, scanner: Scanner, field: Field, values: list[object], negated: bool
) -> Condition:
    found = scanner.match(IS_WORD)
    if found is None:
        scanner.at += max(alike(scanner.text[scanner.at :].lower(), word) for word in IS)
        raise scanner.error(f"isVal: ({', '.join(IS)})")
    word = found[0].lower()
    if word == "not_null":
        word, negated = "null", not negated
    if word == "null" and not field.path and field.column in embeds:
        place, embed = embeds[field.column]
        # Where it has an alias, its own name may be a column's, and is that.
        if name_of(embed, values) == field.column:
            return EmbedIsNull(place, negated)
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
    scanner.need_spaced("(")
    items: list[str] = []
    if scanner.take_spaced(")"):
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
            scanner.need_spaced(")", '"," or ")"')
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
    scanner.need_spaced("(")
    conditions = [_condition(embeds, scanner, values, depth)]
    while scanner.take_spaced(","):
        conditions.append(_condition(embeds, scanner, values, depth))
    scanner.need_spaced(")", '"," or ")"')
    return Logic(joiner, tuple(conditions), negated)


def _condition(embeds: Embeds, scanner: Scanner, values: list[object], depth: int) -> Condition:
    negated = scanner.take("not.")
    if joined := scanner.match(JOINED):
        joiner: Joiner = "and" if joined[1] == "and" else "or"
        return parse_logic(embeds, scanner, joiner, negated, values, depth + 1)
    start = scanner.at
    name = scanner.word(LOGIC if negated else f"{FIELD}, negation operator (not) or {LOGIC}")
    field = Field(name, parse_path(scanner, values))
    scanner.spaces()
    if scanner.peek("("):
        scanner.at = start
        if scanner.take("and") or scanner.take("or"):
            raise scanner.error('"("')
        raise scanner.error(LOGIC)
    if not scanner.take("."):
        raise scanner.error('letter, digit, "-", "->>", "->" or delimiter (.)')
    found = parse_operation(embeds, scanner, field, values, in_logic=True)
    return replace(found, negated=not found.negated) if negated else found
