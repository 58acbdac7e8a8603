#!/bin/sh
# backup.sh FOLDER: a backup of the database PGDATABASE as one file in the folder. RUN, if it is
# given, runs a program of Postgres' where these are, like `docker compose exec -T db`.
set -eu
umask 077
folder=$1

mkdir -p "$folder"
draft=$(mktemp -d "$folder/.draft-XXXXXX")
trap 'rm -rf "$draft"' EXIT
trap 'exit 1' HUP INT TERM
failed() { echo 'backup: failed, and nothing is kept of it; the lines above say why' >&2; exit 1; }

# Without the rights to what is Postgres' own, which changes from major to major: db-init sets them.
${RUN-} pg_dump --format=custom --exclude-schema=pg_catalog >"$draft/database.dump" </dev/null || failed
# What pg_dump leaves out: later, so that every role is there that has rights in the dump. Each stack
# has passwords of its own; only the upgrade of one takes them along.
${RUN-} pg_dumpall --database="$PGDATABASE" --roles-only ${PASSWORDS---no-role-passwords} \
    >"$draft/roles.sql" </dev/null || failed
# Reads it whole: its table of contents alone would be that of half a file, too.
${RUN-} pg_restore --file=/dev/null <"$draft/database.dump" || failed

tar -cf "$draft/whole" -C "$draft" roles.sql database.dump
sync "$draft/whole"
file=$folder/$PGDATABASE-$(date -u +%Y-%m-%dT%H-%M-%S).tar
mv "$draft/whole" "$file"
echo "backup: $file, $(du -h "$file" | cut -f 1)"
