"""A database's whole content as text, to compare: structure, rows, sequences, rights."""

from sqlalchemy import URL

from .postgres import execute

# Every schema but Postgres' own; those of temporary tables too.
OURS = "!~ '^(pg_catalog|information_schema|pg_toast.*)$'"

COLUMNS = f"""
SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable
FROM information_schema.columns WHERE table_schema {OURS} ORDER BY 1, 2, 3
"""
CONSTRAINTS = f"""
SELECT connamespace::regnamespace::text, conrelid::regclass::text, conname,
       pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace::regnamespace::text {OURS} ORDER BY 1, 2, 3
"""
INDEXES = f"SELECT indexdef FROM pg_indexes WHERE schemaname {OURS} ORDER BY 1"
TYPES = f"""
SELECT typnamespace::regnamespace::text, typname,
       array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY 1)
FROM pg_type t WHERE typnamespace::regnamespace::text {OURS} ORDER BY 1, 2
"""
RIGHTS = f"""
SELECT relnamespace::regnamespace::text, relname,
       array(SELECT acl::text FROM unnest(relacl) acl ORDER BY 1)
FROM pg_class WHERE relnamespace::regnamespace::text {OURS} AND relkind IN ('r', 'S')
ORDER BY 1, 2
"""
SEQUENCES = f"""
SELECT schemaname, sequencename, last_value
FROM pg_sequences WHERE schemaname {OURS} ORDER BY 1, 2
"""
TABLES = f"""
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename)
FROM pg_tables WHERE schemaname {OURS} ORDER BY 1
"""


def snapshot(url: URL) -> str:
    """Give the content of the database at `url`."""
    parts = [
        str(execute(url, query))
        for query in (COLUMNS, CONSTRAINTS, INDEXES, TYPES, RIGHTS, SEQUENCES)
    ]
    for (table,) in execute(url, TABLES):
        parts.append(str(execute(url, f"SELECT t::text FROM {table} t ORDER BY 1")))
    return "\n".join(parts)
