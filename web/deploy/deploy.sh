#!/bin/sh
# `make deploy`: the code that runs is replaced by what is here, and requests are answered meanwhile.
set -eu

compose() { docker compose --file docker-compose.yml --file web/deploy/compose.yml "$@"; }
step() { printf '%s\n' "deploy: $*"; }
running() { compose ps --quiet --status running "$1"; }
healthy() { compose ps --format '{{.Health}}' "$1" | grep --quiet --line-regexp healthy; }

exec 9<"$0"
flock --nonblock 9 || { step 'another deploy is under way: wait for its end' >&2; exit 1; }
compose build --quiet
if [ -z "$(running db)" ] || [ -z "$(running proxy)" ]; then
    step 'everything is started'
    compose up --wait --no-build
    exit
fi

# Which code has to go on working after the migrations; with GAP=1, none.
expected() { compose exec -T "$1" python -c 'from retort.schema import HEAD; print(HEAD)'; }
code=
for replica in web web-2; do
    if [ -z "${GAP-}" ] && [ -n "$(running "$replica")" ]; then
        code="$code $(expected "$replica")"
    fi
done
compose run --rm --no-deps -T secrets
compose run --rm --no-deps -T db-init python -m db_init $code

# First the one that nobody would miss, where an earlier deploy was not finished.
first=web second=web-2
if ! healthy web-2; then first=web-2 second=web; fi
for replica in "$first" "$second"; do
    step "$replica is replaced"
    compose up --detach --wait --no-deps --no-build "$replica" || {
        compose logs --tail 5 "$replica" >&2
        compose stop "$replica"
        step "$replica does not become ready and is stopped; the other one goes on." \
            'Its last lines are above: mend the cause, or go back to the version before, and deploy' >&2
        exit 1
    }
done

# A changed Caddyfile takes effect without a gap; what its container is given, like SITE or BIND, with one.
compose up --detach --wait --no-deps --no-build proxy
compose exec -T proxy caddy reload --config - --adapter caddyfile <web/deploy/Caddyfile
step 'done'
