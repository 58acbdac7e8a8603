"""A filter finds what the same filter finds among Python objects, NULLs included."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ..lab import Stack, sane
from .conditions import Comparison, Condition, Logic
from .examples import no_cover, quick
from .samples import NUMBERS, SAMPLES, WORDS

pytestmark = no_cover

numbers = st.sampled_from([number for number in NUMBERS if number is not None] + [7, -(2**62)])
words = st.sampled_from([word for word in WORDS if word is not None]) | st.text(
    'aAb%_*\\,."(){}[] :!', max_size=4
)
patterns = st.lists(
    st.sampled_from(["a", "A", "b", "%", "*", "_", ",", '"', "(", ")", "\\%", "\\_", "\\\\"]),
    max_size=4,
).map("".join)
flags = st.booleans()
VALUES: dict[str, st.SearchStrategy[Any]] = {"number": numbers, "word": words, "flag": flags}


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    column = draw(st.sampled_from(sorted(VALUES)))
    operators = ["is", "isdistinct", "in", "eq", "neq", "gt", "gte", "lt", "lte"]
    operator_ = draw(st.sampled_from(operators + ["like", "ilike"] * 2 * (column == "word")))
    values = patterns if operator_ in ("like", "ilike") else VALUES[column]
    quantifier = None
    if operator_ == "is":
        words_ = ["null", "not_null"] + ["true", "false", "unknown"] * (column == "flag")
        given_ = [draw(st.sampled_from(words_))]
    elif operator_ == "in":
        given_ = draw(st.lists(values, max_size=4))
    else:
        given_ = [draw(values)]
        if operator_ not in ("neq", "isdistinct"):
            quantifier = draw(st.sampled_from([None, "any", "all"]))
        if quantifier:
            given_ = draw(st.lists(values | st.none(), max_size=4))
    return Comparison(column, operator_, tuple(given_), quantifier, draw(st.booleans()))  # type: ignore[arg-type]


def logics(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    conditions = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(Logic, st.sampled_from(["and", "or"]), conditions, st.booleans())  # type: ignore[arg-type]


filters = st.lists(st.recursive(comparisons(), logics, max_leaves=6), min_size=1, max_size=3)


@quick
@given(filters)
def test_a_filter_finds_what_it_finds_in_python(
    shared: Stack, conditions: Sequence[Condition]
) -> None:
    client = shared.lab.test_client()
    query = [condition.parameter() for condition in conditions]
    expected = [
        sample for sample in SAMPLES if all(condition.test(sample) for condition in conditions)
    ]
    found = sane(client.get("/api/samples", query_string=[*query, ("order", "id")]))
    assert found.get_json() == expected
    headers = {"Prefer": "tx=rollback,return=representation,count=exact"}
    changed = sane(
        client.patch("/api/samples", query_string=query, json={"word": "new"}, headers=headers)
    )
    assert {row["id"] for row in changed.get_json()} == {row["id"] for row in expected}
    gone = sane(client.delete("/api/samples", query_string=query, headers=headers))
    assert gone.headers["Content-Range"] == f"*/{len(expected)}"
    assert sorted(gone.get_json(), key=operator.itemgetter("id")) == expected
