"""A database's whole content as text, to compare: structure, rows, sequences, rights."""

from sqlalchemy import URL, NullPool, create_engine, text

# Every schema but Postgres' own; those of temporary tables too.
OURS = "!~ '^(pg_catalog|information_schema|pg_toast.*)$'"

SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1"
COLUMNS = f"""
SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable,
       domain_name, generation_expression, identity_generation, identity_start,
       identity_increment, identity_maximum, identity_minimum, identity_cycle,
       numeric_precision, numeric_scale, character_maximum_length
FROM information_schema.columns WHERE table_schema {OURS} ORDER BY 1, 2, 3
"""
COMMENTS = f"""
SELECT objoid::regclass::text, attname, description
FROM pg_description JOIN pg_class c ON c.oid = objoid AND classoid = 'pg_class'::regclass
LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
WHERE relnamespace::regnamespace::text {OURS} ORDER BY 1, 2
"""
CONSTRAINTS = f"""
SELECT connamespace::regnamespace::text, conrelid::regclass::text, conname,
       pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace::regnamespace::text {OURS} ORDER BY 1, 2, 3
"""
INDEXES = f"SELECT indexdef FROM pg_indexes WHERE schemaname {OURS} ORDER BY 1"
TYPES = f"""
SELECT typnamespace::regnamespace::text, typname, typnotnull, typdefault,
       array(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
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
    queries = [SCHEMAS, COLUMNS, COMMENTS, CONSTRAINTS, INDEXES, TYPES, RIGHTS, SEQUENCES]
    with create_engine(url, poolclass=NullPool).connect() as connection:
        tables = connection.scalars(text(TABLES)).all()
        queries += [f"SELECT t::text FROM {table} t ORDER BY 1" for table in tables]
        return "\n".join(str(connection.execute(text(query)).all()) for query in queries)
