#!/bin/sh
# restore.sh FILE: makes the database PGDATABASE what backup.sh put into the file, or leaves it as it
# was. With REPLACE=1, also if it has something. RUN is as in backup.sh.
set -eu
file=$1
new=${PGDATABASE}_restored
before=${PGDATABASE}_before

refuse() { printf '%s\n' "restore: $*" >&2; exit 1; }
sql() { ${RUN-} psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 "$@"; }
ask() { sql "$PGDATABASE" --command="$1" </dev/null; }
dump() { tar -xOf "$file" database.dump; }
script() { dump | ${RUN-} pg_restore --file=- "$@"; }

[ -f "$file" ] || refuse "say which backup: make restore f=backups/... ($file is no file)"
# tar tells what is cut. pg_restore alone may not: tar fills it with zeros, which end a table.
parts=$(tar -tf "$file" 2>/dev/null) && [ "$(echo $parts)" = 'roles.sql database.dump' ] ||
    refuse "$file is no backup of make backup, or not a whole one"
dump | ${RUN-} pg_restore --file=/dev/null || refuse "$file is damaged, or of a newer Postgres"
dump | ${RUN-} pg_restore --list | grep -qx ";     dbname: $PGDATABASE" ||
    refuse "$file is of another database than $PGDATABASE"

users=$(ask "SELECT string_agg(DISTINCT usename, ', ') FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL")
[ -z "$users" ] || refuse "the database is in use, by $users: stop what uses it" \
    "(docker compose stop web, and web-2 if it is there; or make run), then restore"
made=$(ask "SELECT count(*) FROM (SELECT 'pg_class'::regclass, oid FROM pg_class
    UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc) AS made (class, id)
    WHERE id >= 16384 AND NOT EXISTS -- what is not Postgres' own, nor an extension's
    (SELECT FROM pg_depend WHERE classid = class AND objid = id AND deptype = 'e')")
[ "$made" = 0 ] || [ -n "${REPLACE-}" ] ||
    refuse "the database has tables already: REPLACE=1 make restore f=$file puts the backup in their place"

# Into a database of its own, in one transaction with the roles. Without its last line nothing is
# committed. Then this one takes the other's place.
undo() { sql postgres --command="DROP DATABASE IF EXISTS $new WITH (FORCE)" </dev/null 2>/dev/null; }
undo
trap undo EXIT
trap 'exit 1' HUP INT TERM
script --create --schema-only | sed -n "s/^CREATE DATABASE .* WITH TEMPLATE/CREATE DATABASE $new WITH TEMPLATE/p" |
    head -n 1 | sql postgres
{
    echo 'BEGIN; SET client_min_messages = warning;'
    tar -xOf "$file" roles.sql |
        sed 's/^CREATE ROLE .*;$/DO $$ BEGIN & EXCEPTION WHEN duplicate_object THEN NULL; END $$;/'
    script && echo "COMMIT; SELECT 'restored';"
} | sql "$new" | tail -n 1 | grep -qx restored || refuse 'failed; nothing was changed'
{
    echo "BEGIN; ALTER DATABASE $PGDATABASE RENAME TO $before; ALTER DATABASE $new RENAME TO $PGDATABASE;"
    script --create --schema-only | awk '/^-- Name: .*; Type: / {
        its = /; Type: DATABASE PROPERTIES;/ || /^-- Name: DATABASE .*; Type: (ACL|COMMENT);/ } its && !/^\\/'
    echo 'COMMIT;'
} | sql postgres >/dev/null || refuse 'failed; nothing was changed but the roles'
sql postgres --command="DROP DATABASE $before" </dev/null
${RUN-} vacuumdb --analyze-only --quiet </dev/null
echo "restore: $PGDATABASE is what it was in $file"
without=$(ask "SELECT string_agg(rolname, ', ') FROM pg_authid
    WHERE rolcanlogin AND rolpassword IS NULL AND rolname <> current_user")
[ -z "$without" ] || echo "restore: no password yet: $without; the next start gives those of the stack theirs"
