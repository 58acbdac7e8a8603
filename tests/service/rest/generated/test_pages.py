"""Pages hold each row once, in the order that Python finds."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from ..lab import Stack, sane
from .conditions import Comparison
from .examples import no_cover, quick
from .samples import SAMPLES, Sample

pytestmark = no_cover

Key: TypeAlias = tuple[str, bool, Literal["first", "last"] | None]

keys = st.lists(
    st.tuples(
        st.sampled_from(["number", "word", "flag"]),
        st.booleans(),
        st.sampled_from([None, "first", "last"]),
    ),
    min_size=1,
    max_size=3,
)
# Enough to have several pages.
broad = st.sampled_from(
    [
        Comparison("id", "gt", (0,)),
        Comparison("word", "is", ("not_null",)),
        Comparison("flag", "is", ("true",), negated=True),
        Comparison("number", "in", (0, 1, -1), negated=True),
    ]
)


def ordered(samples: Iterable[Sample], order: Sequence[Key]) -> list[Sample]:
    """By stable sorts, the last key first; to Postgres NULL is more than anything."""
    found = list(samples)
    for column, descending, nulls in reversed(order):
        valued = [one for one in found if one[column] is not None]
        valued.sort(key=operator.itemgetter(column), reverse=descending)  # stable both ways
        null = [one for one in found if one[column] is None]
        first = nulls == "first" if nulls else descending
        found = null + valued if first else valued + null
    return found


@settings(quick, max_examples=60)
@given(order=keys, size=st.integers(20, 90), by_range=st.booleans(), filter_=broad)
def test_pages_hold_each_row_once_in_order(
    shared: Stack, order: Sequence[Key], size: int, by_range: bool, filter_: Comparison
) -> None:
    client = shared.lab.test_client()
    expected = ordered((one for one in SAMPLES if filter_.test(one)), order)
    words_ = [
        f"{column}.{'desc' if descending else 'asc'}{f'.nulls{nulls}' if nulls else ''}"
        for column, descending, nulls in order
    ]
    query = [filter_.parameter(), ("order", ",".join([*words_, "id"]))]
    found: list[Sample] = []
    for offset in range(0, len(expected) + 1, size):
        headers, page = {"Prefer": "count=exact"}, list(query)
        if by_range:
            headers["Range"] = f"{offset}-{offset + size - 1}"
        else:
            page += [("limit", str(size)), ("offset", str(offset))]
        response = sane(client.get("/api/samples", query_string=page, headers=headers))
        rows = response.get_json()
        assert response.headers["Content-Range"].endswith(f"/{len(expected)}")
        assert response.status_code == (206 if len(rows) < len(expected) else 200)
        found += rows
    assert found == expected
