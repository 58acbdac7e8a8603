-- How many rows each table has, and what each sequence has given last.
SELECT format('SELECT %L, count(*) FROM %I.%I', oid::regclass, relnamespace::regnamespace, relname)
FROM pg_class
WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
ORDER BY oid::regclass::text
\gexec
SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2;
