"""Requests that nobody thought of: every answer is a sane one, and a filter finds what the
same filter finds among Python objects, NULLs included."""

from __future__ import annotations

import itertools
import json
import operator
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..postgres import Server
from .lab import Stack, sane, stack

# The same code a thousand times over, of which the other tests measure the coverage.
pytestmark = pytest.mark.no_cover

# The same examples each time, no files, no clock.
quick = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

NUMBERS = (None, -1, 0, 1, 2**40)
WORDS = (None, "", "a", "A", "ab", "a%", "a_b", "b,c", 'q"x', "\\", "(x)", "null", "a.b", "{a}")
FLAGS = (None, True, False)

Sample: TypeAlias = dict[str, Any]
Truth: TypeAlias = bool | None

SAMPLES: list[Sample] = [
    {"id": place, "number": number, "word": word, "flag": flag}
    for place, (number, word, flag) in enumerate(itertools.product(NUMBERS, WORDS, FLAGS), 1)
]


@pytest.fixture(scope="module")
def shared(server: Server) -> Generator[Stack]:
    with stack(server) as shared:
        shared.database.execute(
            "INSERT INTO samples SELECT * FROM json_to_recordset(:rows) "
            "AS x(id bigint, number bigint, word text, flag boolean)",
            rows=json.dumps(SAMPLES),
        )
        yield shared


# -- filters, as the API writes them and as Python understands them


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


# -- order and pages

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


# -- anything at all

COLUMNS = ["id", "name", "email", "manager_id", "tags", "profile", "version", "created_at"]
TABLES = [
    "persons",
    "projects",
    "orders",
    "notes",
    "accounts",
    "persons_projects",
    "persons!manager",
]
OPERATORS = [
    *("eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch", "in", "is"),
    *("isdistinct", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj"),
    *("fts", "plfts", "phfts", "wfts", "like(any)", "eq(all)", "fts(english)", "not.eq", "not.in"),
]
# No surrogates: a URL cannot hold them, and a server gives headers as Latin-1.
wild = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    "()\"',.:!*->{}[]\\%_&= \0ax1", max_size=12
)
header = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20)
name = st.sampled_from([*COLUMNS, "amount", "status", "text", "owner"])
column = name | st.builds("{}->{}".format, name, name | wild) | wild
scalar = wild | st.sampled_from(["1", "-1", "null", "true", "(1,2)", "{1,2}", '{"a":1}', "[1,2)"])
condition = st.builds("{}.{}".format, st.sampled_from(OPERATORS), scalar) | wild
inner_condition = st.builds("{}.{}".format, column, condition)
logic = st.recursive(
    inner_condition,
    lambda inner: st.builds(
        "{}({})".format,
        st.sampled_from(["and", "or", "not.and", "not.or"]),
        st.lists(inner, max_size=3).map(",".join),
    ),
    max_leaves=5,
)
item = st.one_of(
    column,
    st.just("*"),
    st.builds("{}:{}".format, wild, column),
    st.builds("{}::{}".format, column, st.sampled_from(["text", "int", "jsonb", "date"]) | wild),
    st.builds("{}.{}()".format, column, st.sampled_from(["sum", "count", "max"]) | wild),
    st.just("count()"),
)
selects = st.recursive(
    st.lists(item, max_size=4).map(",".join),
    lambda inner: st.builds(
        "{},{}{}{}({})".format,
        item,
        st.sampled_from(["", "...", "x:"]),
        st.sampled_from(TABLES) | wild,
        st.sampled_from(["", "!inner", "!left"]),
        inner,
    ),
    max_leaves=3,
)
orders = st.lists(
    st.builds("{}{}".format, column, st.sampled_from(["", ".desc", ".asc.nullsfirst", ".x"])),
    max_size=3,
).map(",".join)
path = st.sampled_from(["", "orders.", "manager.", "orders.persons."])
parameters = st.lists(
    st.one_of(
        st.tuples(column, condition),
        st.tuples(st.builds("{}{}".format, path, column), condition),
        st.tuples(st.just("select"), selects),
        st.tuples(st.builds("{}order".format, path), orders),
        st.tuples(st.sampled_from(["limit", "offset", "orders.limit"]), scalar),
        st.tuples(
            st.sampled_from(["or", "and", "not.or", "orders.or"]),
            st.builds("({})".format, st.lists(logic, max_size=3).map(",".join)),
        ),
        st.tuples(st.sampled_from(["columns", "on_conflict"]), orders),
        st.tuples(wild, wild),
    ),
    max_size=4,
)
anything = st.text(max_size=6)  # surrogates too
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=6,
)
rows = st.dictionaries(name | anything, json_value, max_size=4)
fetched = st.fixed_dictionaries(
    {},
    optional={
        "where": st.dictionaries(name | anything, json_value, max_size=3) | json_value,
        "select": selects | json_value,
        "orderby": orders | json_value,
        "limit": json_value,
        "offset": json_value,
        "x": json_value,
    },
)
METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "FETCH"]
batched = st.lists(
    st.fixed_dictionaries(
        {"path": st.builds("/{}?{}".format, st.sampled_from(TABLES) | anything, anything)},
        optional={
            "method": st.sampled_from(METHODS) | json_value,
            "headers": st.dictionaries(
                st.sampled_from(["Prefer", "Accept", "Range", "If-Match"]) | anything,
                anything,
                max_size=2,
            )
            | json_value,
            "body": rows | json_value,
            "x": json_value,
        },
    )
    | json_value,
    max_size=3,
)
documents = rows | st.lists(rows, max_size=3) | fetched | batched | json_value
bodies = st.one_of(
    documents.map(lambda document: json.dumps(document).encode()),
    st.binary(max_size=20),
    st.lists(st.lists(wild, max_size=3).map(",".join), max_size=3).map("\n".join).map(str.encode),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Accept": st.sampled_from(
            [
                "text/csv",
                "application/vnd.pgrst.object+json",
                "application/vnd.pgrst.array+json;nulls=stripped",
                "application/x-ndjson",
            ]
        )
        | header,
        "Prefer": st.lists(
            st.sampled_from(
                [
                    "return=representation",
                    "return=headers-only",
                    "count=exact",
                    "count=planned",
                    "count=estimated",
                    "resolution=merge-duplicates",
                    "resolution=ignore-duplicates",
                    "missing=default",
                    "handling=strict",
                    "max-affected=1",
                ]
            )
            | header,
            max_size=4,
        ).map(",".join),
        "Range": st.builds("{}-{}".format, st.integers(0), st.integers(0)) | header,
        "Content-Type": st.sampled_from(["text/csv", "text/plain"]) | header,
        "If-Match": st.just('"1"') | header,
        "If-None-Match": st.sampled_from(["*", '"1"']) | header,
    },
)
addresses = st.one_of(
    st.sampled_from(["persons", "projects", "orders", "notes", "persons/1", "orders/x", "login"]),
    st.builds("{}/{}".format, st.sampled_from(["persons", "orders"]), wild.map(quote)),
    st.just(""),
)


@settings(quick, max_examples=200)
@given(
    method=st.sampled_from(METHODS),
    address=addresses,
    query=parameters,
    body=bodies,
    given_headers=headers,
    has_token=st.booleans(),
)
def test_every_answer_is_a_sane_one(
    shared: Stack,
    method: str,
    address: str,
    query: list[tuple[str, str]],
    body: bytes,
    given_headers: dict[str, str],
    has_token: bool,
) -> None:
    if address == "":
        method = "POST"  # a batch
    token = shared.header() if has_token else {}
    prefer = ",".join(["tx=rollback", given_headers.get("Prefer", "")])
    response = shared.app.test_client().open(
        f"/api/{address}",
        method=method,
        query_string=query,
        data=body,
        headers={"Content-Type": "application/json"} | given_headers | {"Prefer": prefer} | token,
    )
    sane(response)
