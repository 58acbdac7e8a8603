"""A database's whole content as text, to compare: structure, rows, sequences, rights."""

from sqlalchemy import URL

from .postgres import execute

COLUMNS = """
SELECT table_name, column_name, data_type, column_default, is_nullable
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
TYPES = """
SELECT typname, array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY 1)
FROM pg_type t WHERE typnamespace = 'public'::regnamespace ORDER BY 1
"""
RIGHTS = """
SELECT relname, array(SELECT acl::text FROM unnest(relacl) acl ORDER BY 1)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') ORDER BY 1
"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def snapshot(url: URL) -> str:
    """Give the content of the database at `url`."""
    parts = [
        str(execute(url, query))
        for query in (COLUMNS, CONSTRAINTS, INDEXES, TYPES, RIGHTS, f"{SEQUENCES} ORDER BY 1")
    ]
    for (table,) in execute(url, TABLES):
        parts.append(str(execute(url, f"SELECT t::text FROM {table} t ORDER BY 1")))
    return "\n".join(parts)
