-- `make status`, for psql as the database's owner.
--
-- It shows no value of a client's. psycopg2 writes values into the text of a statement, so what
-- runs is shown as pg_stat_statements knows it, with $1 in their place, or else by its first word.
\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
\pset border 1
\pset format wrapped
\pset columns 100
-- What a statement is, in so many words: without the name that it was prepared by, and the columns.
\set short 'left(regexp_replace(regexp_replace(query, ''\\s+'', '' '', ''g''), ''^(PREPARE .*? AS )??SELECT .*? FROM '', ''SELECT ... FROM ''), 120)'
-- A table that is locked is left out of the sizes; this is for what locks one meanwhile.
SET lock_timeout = '1s';

-- The server knows the setting only if the library was loaded when it started. What is asked here
-- is not counted, where the owner may say so.
SELECT count(*) > 0 AS knows,
       CASE WHEN current_setting('is_superuser') = 'on'
            THEN set_config('pg_stat_statements.track', 'none', false) END AS track,
       coalesce(min(format('%I.pg_stat_statements', extnamespace::regnamespace)),
                '(VALUES (0, 0, '''')) AS none(dbid, queryid, query)') AS statements
FROM pg_extension
WHERE extname = 'pg_stat_statements'
  AND current_setting('pg_stat_statements.max', true) IS NOT NULL \gset

\pset tuples_only on
SELECT format('Postgres %s, up for %s. Database %s: %s.', current_setting('server_version'),
              date_trunc('second', now() - pg_postmaster_start_time()), current_database(),
              pg_size_pretty(pg_database_size(current_database())));
\pset tuples_only off

\echo Connections
SELECT usename AS role, application_name AS application, state, count(*),
       date_trunc('second', max(clock_timestamp() - state_change)) AS longest
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY usename, application_name, state
ORDER BY count(*) DESC, usename, state;

\echo Who waits for a lock
SELECT waiting.pid, activity.usename AS role,
       date_trunc('second', clock_timestamp() - waiting.waitstart) AS waits,
       CASE WHEN waiting.relation IS NULL THEN waiting.locktype
            ELSE format('%s: %s', waiting.locktype, waiting.relation::regclass) END AS "for",
       waiting.mode, array_to_string(pg_blocking_pids(waiting.pid), ', ') AS "held by"
FROM pg_locks AS waiting JOIN pg_stat_activity AS activity USING (pid)
WHERE NOT waiting.granted AND activity.datname = current_database()
ORDER BY waiting.waitstart;

\echo What runs, the longest first
SELECT activity.pid, usename AS role, state,
       date_trunc('second', clock_timestamp() - xact_start) AS transaction,
       date_trunc('second', clock_timestamp() - query_start) AS statement,
       coalesce(known.text, substring(query FROM '^\s*([A-Za-z]+)') || ' ...') AS text
FROM pg_stat_activity AS activity
LEFT JOIN (SELECT queryid, min(:short) AS text FROM :statements
           WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
           GROUP BY queryid) AS known ON known.queryid = activity.query_id
WHERE datname = current_database() AND state <> 'idle' AND activity.pid <> pg_backend_pid()
ORDER BY xact_start
LIMIT 10;

\echo The largest tables
SELECT relid::regclass AS "table", n_live_tup AS rows, n_dead_tup AS dead,
       pg_size_pretty(pg_table_size(relid)) AS size,
       pg_size_pretty(pg_indexes_size(relid)) AS indexes,
       date_trunc('second', greatest(last_vacuum, last_autovacuum)) AS vacuumed
FROM pg_stat_user_tables
WHERE relid NOT IN (SELECT coalesce(indrelid, relation)
                    FROM pg_locks LEFT JOIN pg_index ON indexrelid = relation
                    WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL)
ORDER BY pg_total_relation_size(relid) DESC
LIMIT 10;

\echo What took the most time
\if :knows
SELECT calls, round(total_exec_time / 1000) AS seconds,
       round((100 * total_exec_time / sum(total_exec_time) OVER ())::numeric, 1) AS "%",
       round(mean_exec_time::numeric, 2) AS "mean ms", round(max_exec_time::numeric) AS "max ms",
       round(rows::numeric / calls, 1) AS "rows each",
       :short AS statement
FROM :statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC
LIMIT 10;
\else
\echo ' This server does not tell: it has not loaded pg_stat_statements, or the database lacks it.'
\echo
\endif

\echo What needs attention
\pset tuples_only on
WITH found (line) AS (
    SELECT format('%s of %s connections are taken: lower WORKERS or THREADS, or raise max_connections.',
                  count(*), current_setting('max_connections'))
    FROM pg_stat_activity WHERE backend_type = 'client backend'
    HAVING count(*) > 0.8 * current_setting('max_connections')::int
UNION ALL
    SELECT format('Process %s keeps %s waiting for a lock: SELECT pg_terminate_backend(%1$s); ends it.',
                  blocker, count(DISTINCT pid))
    FROM pg_locks JOIN pg_stat_activity USING (pid), unnest(pg_blocking_pids(pid)) AS blocker
    WHERE NOT granted AND datname = current_database()
      AND waitstart < clock_timestamp() - interval '2 seconds'
    GROUP BY blocker
UNION ALL
    SELECT format('Process %s (%s) has a transaction open for %s, so no row that was deleted since '
                  'can be cleared away: SELECT pg_terminate_backend(%1$s); ends it.',
                  pid, application_name, date_trunc('second', clock_timestamp() - xact_start))
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND xact_start < clock_timestamp() - interval '5 minutes'
UNION ALL
    SELECT format('Index %s is not valid, and no query uses it: drop it, and make it again.',
                  indexrelid::regclass)
    FROM pg_index
    WHERE NOT indisvalid
      AND indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index)
UNION ALL
    SELECT format('Table %s has %s rows and %s dead ones: autovacuum does not keep up. VACUUM %1$s;',
                  relid::regclass, n_live_tup, n_dead_tup)
    FROM pg_stat_user_tables WHERE n_dead_tup > 10000 + 0.5 * n_live_tup
UNION ALL
    SELECT format('Sequence %I.%I has given %s %% of its numbers: give its column a larger type.',
                  schemaname, sequencename, (100 * last_value::numeric / max_value)::int)
    FROM pg_sequences WHERE last_value > 0.8 * max_value::numeric
UNION ALL
    SELECT format('Replication slot %s is not in use and keeps %s of WAL: if its standby is gone, '
                  'SELECT pg_drop_replication_slot(%1$L); gives the disk back.',
                  slot_name, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)))
    FROM pg_replication_slots WHERE NOT active AND restart_lsn IS NOT NULL
UNION ALL
    SELECT format('WAL is not archived since %s: the log of the server says why.',
                  date_trunc('second', last_failed_time))
    FROM pg_stat_archiver WHERE last_failed_time > coalesce(last_archived_time, '-infinity')
UNION ALL
    SELECT format('The oldest row of database %s is %s transactions old: VACUUM FREEZE; there, before '
                  'it is two thousand million.', datname, age(datfrozenxid))
    FROM pg_database WHERE age(datfrozenxid) > 1000000000
UNION ALL
    SELECT format('%s pages of database %s had a wrong checksum: mistrust the disk, and look for a '
                  'backup.', checksum_failures, datname)
    FROM pg_stat_database WHERE checksum_failures > 0
)
SELECT line FROM found
UNION ALL SELECT 'Nothing.' WHERE NOT EXISTS (SELECT FROM found);
