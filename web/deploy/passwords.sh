#!/bin/sh
# `make passwords`: new passwords for the database's roles `web`, `owner` and `web_backup`, while
# requests are answered. First the file has the new one: until the database has it too, `web` connects
# with the one before, and a backup tries again. To run it once more finishes what was interrupted.
set -eu

run() { docker compose run --rm --no-deps --pull never -T "$@"; }

renew() { # a role, its file, and the group that may read it
    run secrets python -m db_init.secret_files --renew /secrets "$2:$3"
    password=$(run db-init cat "/secrets/$2")
    # psql sends but a hash. It asks twice.
    printf '%s\n%s\n' "$password" "$password" |
        docker compose exec -T db psql --quiet --username=owner --dbname=retort \
            --command="\\password $1" >/dev/null
    printf 'passwords: %s has a new one\n' "$1"
}

renew web web_password 20002
renew owner owner_password 20001
renew web_backup backup_password 20004
