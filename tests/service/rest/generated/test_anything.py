"""Anything at all may be asked for: every answer is a sane one."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from ..lab import Stack, sane
from .examples import no_cover, quick

pytestmark = no_cover

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
                    "timezone=Europe/Berlin",
                    "timezone=Nowhere",
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
