#!/bin/sh
# `make passwords`: new passwords for the database's roles `web` and `owner`, while requests are
# answered. First the file has the new one: until the database has it too, `web` connects with the
# one before. To run it once more finishes what was interrupted.
set -eu

run() { docker compose run --rm --no-deps --pull never -T "$@"; }

renew() { # a role, and the group that may read its file
    run secrets python -m db_init.secret_files --renew /secrets "$1_password:$2"
    password=$(run db-init cat "/secrets/$1_password")
    # psql sends but a hash. It asks twice.
    printf '%s\n%s\n' "$password" "$password" |
        docker compose exec -T db psql --quiet --username=owner --dbname=retort \
            --command="\\password $1" >/dev/null
    printf 'passwords: %s has a new one\n' "$1"
}

renew web 20002
renew owner 20001
