#!/bin/sh
# Makes a backup whenever the newest one is BACKUP_HOURS old, and keeps the newest BACKUP_KEEP. A try
# that failed leaves /tmp/failed, which the health check sees, and is repeated.
set -eu
for name in BACKUP_HOURS BACKUP_KEEP; do
    eval "value=\$$name"
    case $value in '' | 0* | *[!0-9]*) echo "$name: must be a number from 1 on" >&2 && exit 1 ;; esac
done

rm -rf /backups/.draft-* # what one that was killed has left
while :; do
    if [ -z "$(find /backups -name '*.tar' -mmin "-$((BACKUP_HOURS * 60))")" ]; then
        PGPASSWORD=$(cat /secrets/backup_password)
        export PGPASSWORD
        if backup.sh /backups; then
            rm -f /tmp/failed
            find /backups -name '*.tar' | sort -r | tail -n "+$((BACKUP_KEEP + 1))" | xargs -r rm
        else
            touch /tmp/failed
            sleep 50
        fi
    fi
    sleep 10
done
