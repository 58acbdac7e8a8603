"""The operators that a filter may have: each once, for the parser, the SQL and the pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operator:
    """The SQL operator of `column=name.value`. `words` is its label in a form, `negated` the label
    of `not.name`; a form does not offer what has no label."""

    sql: str
    words: str | None = None
    negated: str | None = None
    takes_quantifier: bool = False
    """Whether `name(any)` and `name(all)` compare with each item of a list."""
    quantifier: str | None = None
    """The quantifier that it always has."""
    query: str | None = None
    """Postgres' function that makes a text search's query of the value."""


OPERATORS = {
    "eq": Operator("=", "=", takes_quantifier=True),
    "neq": Operator("<>", "≠"),
    "gt": Operator(">", ">", takes_quantifier=True),
    "gte": Operator(">=", "≥", takes_quantifier=True),
    "lt": Operator("<", "<", takes_quantifier=True),
    "lte": Operator("<=", "≤", takes_quantifier=True),
    "like": Operator("LIKE", takes_quantifier=True),
    "ilike": Operator("ILIKE", "is like", "is not like", takes_quantifier=True),
    "match": Operator("~", takes_quantifier=True),
    "imatch": Operator("~*", takes_quantifier=True),
    "isdistinct": Operator("IS DISTINCT FROM"),
    "in": Operator("=", "is one of", quantifier="any"),
    "cs": Operator("@>", "contains"),
    "cd": Operator("<@"),
    "ov": Operator("&&"),
    "sl": Operator("<<"),
    "sr": Operator(">>"),
    "nxr": Operator("&<"),
    "nxl": Operator("&>"),
    "adj": Operator("-|-"),
    "fts": Operator("@@", query="to_tsquery"),
    "plfts": Operator("@@", query="plainto_tsquery"),
    "phfts": Operator("@@", query="phraseto_tsquery"),
    "wfts": Operator("@@", "has the words", query="websearch_to_tsquery"),
    "is": Operator("IS", "is NULL", "is not NULL"),
}
