"""Filters, as the API writes them and as Python understands them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .samples import Sample

Truth: TypeAlias = bool | None


def kleene_not(truth: Truth) -> Truth:
    return None if truth is None else not truth


def kleene_any(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    return True if True in found else None if None in found else False


def kleene_all(truths: Iterable[Truth]) -> Truth:
    return kleene_not(kleene_any(map(kleene_not, truths)))


@dataclass(frozen=True)
class Comparison:
    """One column, one operator."""

    column: str
    operator: str
    values: tuple[Any, ...]
    quantifier: Literal["any", "all"] | None = None
    negated: bool = False

    def test(self, sample: Sample) -> Truth:
        here = sample[self.column]
        if self.operator == "is":
            truth = self._is(here)
        elif self.operator == "isdistinct":
            truth = here != self.values[0]
        else:
            truths = [self._one(here, value) for value in self.values]
            truth = kleene_all(truths) if self.quantifier == "all" else kleene_any(truths)
        return kleene_not(truth) if self.negated else truth

    def _is(self, here: Any) -> Truth:
        word = self.values[0]
        if word == "not_null":
            return here is not None
        return here is {"true": True, "false": False}.get(word)

    def _one(self, here: Any, value: Any) -> Truth:
        if here is None or value is None:
            return None
        if self.operator in ("like", "ilike"):
            return bool(like(value, ignore_case=self.operator == "ilike").fullmatch(here))
        return COMPARE[self.operator](here, value)

    def value(self, *, in_logic: bool) -> str:
        """What stands behind the column's name."""
        if self.operator == "in":
            value = f"({','.join(map(quoted, map(text, self.values)))})"
        elif self.quantifier:
            items = ("NULL" if one is None else quoted(text(one)) for one in self.values)
            value = "{" + ",".join(items) + "}"
        elif in_logic and self.operator != "is":
            value = quoted(text(self.values[0]))
        else:
            value = text(self.values[0])
        quantifier = f"({self.quantifier})" if self.quantifier else ""
        return f"{'not.' if self.negated else ''}{self.operator}{quantifier}.{value}"

    def inner(self) -> str:
        return f"{self.column}.{self.value(in_logic=True)}"

    def parameter(self) -> tuple[str, str]:
        return self.column, self.value(in_logic=False)


@dataclass(frozen=True)
class Logic:
    """`and` or `or` of conditions."""

    operator: Literal["and", "or"]
    conditions: tuple[Condition, ...]
    negated: bool = False

    def test(self, sample: Sample) -> Truth:
        truths = [condition.test(sample) for condition in self.conditions]
        truth = kleene_all(truths) if self.operator == "and" else kleene_any(truths)
        return kleene_not(truth) if self.negated else truth

    @property
    def name(self) -> str:
        return f"{'not.' if self.negated else ''}{self.operator}"

    def inner(self) -> str:
        return self.name + self.parameter()[1]

    def parameter(self) -> tuple[str, str]:
        return self.name, f"({','.join(condition.inner() for condition in self.conditions)})"


Condition: TypeAlias = Comparison | Logic

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "in": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def like(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """LIKE as a regular expression; `*` is `%` to the API."""
    parts: list[str] = []
    for escaped, any_, one, other in re.findall(r"\\(.)|([%*])|(_)|(.)", pattern, re.DOTALL):
        parts.append(".*" if any_ else "." if one else re.escape(escaped or other))
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))
