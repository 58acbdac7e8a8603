"""A schema with a value of every type of Postgres, and of every kind that somebody can make."""

from __future__ import annotations

import re

from sqlalchemy.exc import NotSupportedError

from ..postgres import Database

# A value of each type of Postgres' own, as a text.
SAMPLES = {
    "aclitem": "=r/pg_monitor",
    "bit": "1",
    "bool": "t",
    "box": "(3,4),(1,2)",
    "bpchar": "ab",
    "bytea": r"\x00ff",
    "char": "c",
    "cid": "7",
    "cidr": "10.1.0.0/16",
    "circle": "<(1,2),3>",
    "date": "2026-02-28",
    "datemultirange": "{[2026-01-01,2026-02-01)}",
    "daterange": "[2026-01-01,2026-02-01)",
    "float4": "1.5",
    "float8": "0.1",
    "inet": "10.1.2.3/8",
    "int2": "-2",
    "int4": "4",
    "int4multirange": "{[1,5),[7,9)}",
    "int4range": "[1,5)",
    "int8": "9007199254740993",
    "int8multirange": "{[1,5)}",
    "int8range": "[1,)",
    "interval": "1 day 02:00:00",
    "json": '{"a": [1, null]}',
    "jsonb": '{"a": [1, "b"]}',
    "jsonpath": '$."a"[*]',
    "line": "{1,2,3}",
    "lseg": "[(1,2),(3,4)]",
    "macaddr": "08:00:2b:01:02:03",
    "macaddr8": "08:00:2b:01:02:03:04:05",
    "money": "$1,234.50",
    "name": "a name",
    "numeric": "12345678901234567890.123",
    "nummultirange": "{[1.5,2.5)}",
    "numrange": "(1.5,2.5]",
    "oid": "25",
    "oidvector": "1 2",
    "path": "((1,2),(3,4))",
    "pg_lsn": "16/B374D848",
    "pg_snapshot": "10:20:10,14",
    "point": "(1.5,-2)",
    "polygon": "((1,2),(3,4),(5,6))",
    "refcursor": "a cursor",
    "regclass": "pg_class",
    "regcollation": '"C"',
    "regconfig": "english",
    "regdictionary": "simple",
    "regnamespace": "pg_catalog",
    "regoper": "||/",
    "regoperator": "=(integer,integer)",
    "regproc": "boolin",
    "regprocedure": "lower(text)",
    "regrole": "pg_monitor",
    "regtype": "integer",
    "text": 'a, "b"\\ \n%',
    "tid": "(1,2)",
    "time": "12:30:00.5",
    "timestamp": "2026-02-28 12:30:00",
    "timestamptz": "2026-02-28 12:30:00+00",
    "timetz": "12:30:00+02",
    "tsmultirange": '{["2026-01-01 00:00:00","2026-02-01 00:00:00")}',
    "tsquery": "'a' & 'b'",
    "tsrange": '["2026-01-01 00:00:00",)',
    "tstzmultirange": '{["2026-01-01 00:00:00+00",)}',
    "tstzrange": '(,"2026-01-01 00:00:00+00")',
    "tsvector": "'a':1 'b':2",
    "txid_snapshot": "10:20:10,14",
    "uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "varbit": "1011",
    "varchar": "a",
    "xid": "7",
    "xid8": "8",
    "xml": "<a>1</a>",
}
# What nobody can write, since it has no text that Postgres reads, or is not for tables.
UNREADABLE = {
    "gtsvector",
    "int2vector",  # of JSON, Postgres makes one whose first index is 1, which equals no other
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_dependencies",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
}
OWN = (
    'CREATE SCHEMA "Odd types"',
    """CREATE TYPE "Odd types"."Mood: 100%" AS ENUM ('so, so', 'o''k', '"well"')""",
    """CREATE TYPE "Odd types"."Row" AS
    ("A point" point, moods "Odd types"."Mood: 100%"[], t text)""",
    """CREATE TYPE "Odd types".nested AS (one "Odd types"."Row", many "Odd types"."Row"[])""",
    """CREATE TYPE "Odd types".span AS RANGE
    (subtype = text, multirange_type_name = "Odd types".spans)""",
    """CREATE DOMAIN "Odd types"."Short" AS text CHECK (length(VALUE) < 9)""",
    """CREATE DOMAIN "Odd types".row_of AS "Odd types"."Row" """,
    """CREATE DOMAIN "Odd types".of_row AS "Odd types".row_of""",
    """CREATE DOMAIN "Odd types".points AS point[]""",
    """CREATE DOMAIN "Odd types".of_domain AS "Odd types".points""",
)
# The same for types of somebody's own, in a schema that is not in the search path.
OF_OWN = {
    '"Mood: 100%"': "'so, so'",
    '"Row"': """ROW('(1,2)', '{"so, so",o''k}', 'a, "b" \\ ''c')""",
    "nested": """ROW(ROW('(1,2)', NULL, ''),
    ARRAY[ROW(NULL, '{}', 'x')::"Odd types"."Row", NULL])""",
    "span": "'[a,b)'",
    "spans": "'{[a,b),[c,d)}'",
    '"Short"': "'a b'",
    "of_row": """'(,,x)'""",
    "row_of": """ROW('(1,2)', NULL, 'x')::"Odd types"."Row" """,
    "points": """'{"(1,2)",NULL}'""",
    "of_domain": """'{"(1,2)"}'""",
}
QUALIFIED = {f'"Odd types".{name}': value for name, value in OF_OWN.items()}


def literal(text: str) -> str:
    # The colons, because what follows one would be a parameter.
    return "'" + text.replace("'", "''").replace(":", "\\:") + "'"


# Those of an extension, which not every server has.
OF_LTREE = {
    "ltree": "Top.Science",
    "lquery": "*.Sci*{1,2}.!b|c@",
    "ltxtquery": "Top & !Sci*@",
}
PLAIN = {f'pg_catalog."{name}"': literal(text) for name, text in SAMPLES.items()} | QUALIFIED


def table(name: str, columns: dict[str, tuple[str, str]]) -> list[str]:
    """A table in the odd schema with one row; `columns` are type and value, by name."""
    parts = [f'"{column}" {type_} NOT NULL' for column, (type_, _) in columns.items()]
    values = [f"({value})::{type_}" for type_, value in columns.values()]
    return [
        f'CREATE TABLE "Odd types".{name} (id int PRIMARY KEY, {", ".join(parts)})',
        f'INSERT INTO "Odd types".{name} VALUES (1, {", ".join(values)})',
    ]


def named(type_: str) -> str:
    return re.sub(r"pg_catalog\.|public\.|Odd types\.", "", type_.replace('"', ""))


def tables(plain: dict[str, str]) -> list[str]:
    """One with a column of each type; others with arrays, domains and composites of them."""
    domains = [
        f'CREATE DOMAIN "Odd types"."d_{named(type_)}" AS {type_} NOT NULL' for type_ in plain
    ]
    fields = ", ".join(f'"{named(type_)}" {type_}' for type_ in plain)
    values = ", ".join(f"({value})::{type_}" for type_, value in plain.items())
    whole = f'ROW({values})::"Odd types"."Whole"'
    composites = {
        "whole": ('"Odd types"."Whole"', whole),
        "many": ('"Odd types"."Whole"[]', f"ARRAY[{whole}, NULL]"),
        "none": ('"Odd types"."Whole"[]', "'{}'"),
    }
    return [
        *table("plain", {named(type_): (type_, value) for type_, value in plain.items()}),
        *table(
            "arrays",
            {
                named(type_): (f"{type_}[]", f"ARRAY[({value})::{type_}, NULL]")
                for type_, value in plain.items()
                if type_ not in NOT_IN_ARRAYS
            },
        ),
        *domains,
        *table(
            "domains",
            {
                named(type_): (f'"Odd types"."d_{named(type_)}"', f"({value})::{type_}")
                for type_, value in plain.items()
                if type_ not in NOT_IN_DOMAINS
            },
        ),
        f'CREATE TYPE "Odd types"."Whole" AS ({fields})',
        *table("composites", composites),
    ]


def types_of(database: Database) -> dict[str, str]:
    """Those that the server has: Postgres may be built without xml, and come without ltree."""
    types = dict(PLAIN)
    try:
        database.execute("SELECT '<a/>'::xml")
    except NotSupportedError:
        del types['pg_catalog."xml"']
    try:
        database.execute("CREATE EXTENSION ltree SCHEMA public")
    except NotSupportedError:
        return types
    return types | {f"public.{name}": literal(text) for name, text in OF_LTREE.items()}


# Postgres itself does not make these of JSON: it takes lists in a list for an array of two
# dimensions, and looks at the value of a domain in a binary form, which aclitem does not have.
NOT_IN_ARRAYS = (
    'pg_catalog."oidvector"',
    '"Odd types".points',
    '"Odd types".of_domain',
)
NOT_IN_DOMAINS = ('pg_catalog."aclitem"',)
FORMS = ("plain", "arrays", "domains", "composites")
