#!/bin/sh
# `make signing-key`: the next key signs; the replicas that run are replaced one after the other.
set -eu

compose() { docker compose --file docker-compose.yml --file web/deploy/compose.yml "$@"; }
replicas='web web-2'
if [ -z "$(compose ps --quiet --status running web-2)" ]; then
    compose() { docker compose "$@"; }
    replicas=web
fi

compose run --rm --no-deps --pull never -T secrets python -m db_init.signing_key /secrets
for replica in $replicas; do
    compose up --detach --wait --no-deps --no-build --force-recreate "$replica"
    printf '%s\n' "signing-key: $replica has it"
done
