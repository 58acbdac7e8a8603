#!/bin/sh
# `make upgrade-postgres`: moves the data to another version of Postgres, in a volume of its own. The
# volume with the old data is kept; if anything fails, it serves again, as before.
set -eu
[ -n "${v-}" ] || { echo 'upgrade: say to which version: make upgrade-postgres v=19' >&2; exit 1; }

step() { printf '%s\n' "upgrade: $*"; }
db() { docker compose exec -T --env PGUSER=owner --env PGDATABASE=retort db "$@"; }
serve() { docker compose up --detach --wait --no-deps db; }
counts() { db psql -qAtX <db-init/keep/counts.sql; }
export PGDATABASE=retort RUN='docker compose exec -T --env PGUSER=owner --env PGDATABASE=retort db'

# The files that the stack was started with, like those of make deploy.
container=$(docker compose ps --quiet db)
label() { docker inspect --format "{{index .Config.Labels \"com.docker.compose.$1\"}}" "$container"; }
COMPOSE_FILE=$(label project.config_files)
COMPOSE_PROJECT_NAME=$(label project)
export COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PATH_SEPARATOR=,
mounted=$(docker inspect --format \
    '{{range .Mounts}}{{if eq .Destination "/var/lib/postgresql"}}{{.Name}}{{end}}{{end}}' "$container")
volume=data-$v
if docker volume inspect "${COMPOSE_PROJECT_NAME}_$volume" >/dev/null 2>&1; then
    step "the volume ${COMPOSE_PROJECT_NAME}_$volume is there already: remove it, or take another version" >&2
    exit 1
fi
docker image inspect "postgres:$v" >/dev/null 2>&1 || docker pull --quiet "postgres:$v" ||
    { step "there is no image postgres:$v; nothing was changed" >&2; exit 1; }

umask 077
mkdir -p backups
draft=$(mktemp -d backups/.upgrade-XXXXXX)
backup=$(docker compose ps --quiet --status running backup 2>/dev/null || true)
others=$(docker compose ps --quiet --status running | grep -v "^$container" || true)
each() { [ -z "$others" ] || docker "$1" $others >/dev/null; }
back() {
    unset POSTGRES_VERSION DATA_VOLUME
    step "failed; goes back to $mounted, which is as it was" >&2
    serve || true
    each start
    docker volume rm "${COMPOSE_PROJECT_NAME}_$volume" >/dev/null 2>&1 || true
}
trap 'rm -rf "$draft"; [ -n "${done-}" ] || back' EXIT
trap 'exit 1' HUP INT TERM

step 'all but the database stops: requests fail until this ends'
each stop
PASSWORDS='' sh db-init/keep/backup.sh "$draft"
counts >"$draft/before"

step "Postgres $v starts, and gets the data"
export POSTGRES_VERSION="$v" DATA_VOLUME="$volume"
serve
sh db-init/keep/restore.sh "$draft"/*.tar
counts >"$draft/after"
diff "$draft/before" "$draft/after"
# The rights that are the server's; by the image that is there, whatever the checkout has by now.
docker compose run --rm --no-deps -T --pull never db-init

# From now on, .env says what is true.
touch .env
{ grep -v -e '^POSTGRES_VERSION=' -e '^DATA_VOLUME=' .env || true; } >"$draft/env"
printf 'POSTGRES_VERSION=%s\nDATA_VOLUME=%s\n' "$v" "$volume" >>"$draft/env"
cat "$draft/env" >.env
done=yes
each start
# It has the pg_dump of the Postgres before.
[ -z "$backup" ] || docker compose up --detach --no-deps backup
step "done, and .env names Postgres $v and its volume. The old data is in the volume $mounted: when you do" \
    "not need it any more, docker volume rm $mounted"
