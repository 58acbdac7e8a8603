#!/bin/sh
# `make deploy`: what is here replaces what runs, and no request fails meanwhile.
set -eu

compose() { docker compose --file docker-compose.yml --file web/deploy/compose.yml "$@"; }
step() { printf '%s\n' "deploy: $*"; }

compose build --quiet
if [ -z "$(compose ps --quiet proxy)" ]; then
    step 'the first one starts everything'
    compose up --wait --no-build
    exit
fi

compose run --rm --no-deps -T secrets
# Without GAP=1, it migrates only if the code that runs goes on working.
compose run --rm --no-deps -T db-init python -m db_init $([ -n "${GAP-}" ] || echo --no-gap)
for replica in web web-2; do
    step "$replica is replaced"
    compose up --detach --wait --no-deps --no-build "$replica" || {
        step "$replica does not become ready, and the other one goes on: see what its log says," \
            "then deploy a version that works: $(compose logs --tail 1 "$replica")" >&2
        exit 1
    }
done
step 'done'
