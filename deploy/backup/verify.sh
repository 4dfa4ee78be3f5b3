#!/usr/bin/env bash
# verify.sh: whether the newest backup in BACKUP_DIR comes back. It is restored into a PostgreSQL that exists for this alone,
# by restore.sh, as in an emergency. Ends with 0 only when all of it is there and it is not too old.
#
#   BACKUP_DIR         where the files of backup.sh are, /backups
#   VERIFY_DIR         where the server has its files and its socket, /scratch; nothing of it is left
#   VERIFY_MAX_HOURS   how old the backup may be, 36
#   VERIFY_USERS       how many accounts it must have at the least, 1: an empty database is a backup of nothing
set -euo pipefail

dir=${BACKUP_DIR:-/backups}
work=${VERIFY_DIR:-/scratch}
hours=${VERIFY_MAX_HOURS:-36}
users=${VERIFY_USERS:-1}
[[ $hours =~ ^[1-9][0-9]*$ ]] || { echo "VERIFY_MAX_HOURS must be a number from 1" >&2; exit 64; }
[[ $users =~ ^[0-9]+$ ]] || { echo "VERIFY_USERS must be a number" >&2; exit 64; }
[ -d "$dir" ] || { echo "there is no folder $dir" >&2; exit 66; }

files=("$dir"/uptime-????????T??????Z.dump)
file=${files[-1]}
[ -f "$file" ] || { echo "there is no backup in $dir" >&2; exit 66; }
stamp=${file##*/uptime-}
stamp=${stamp%.dump}
taken=$(date -u -d "${stamp:0:8} ${stamp:9:2}:${stamp:11:2}:${stamp:13:2}" +%s)
age=$((($(date -u +%s) - taken) / 3600))
[ "$age" -le "$hours" ] || { echo "$file is $age hours old" >&2; exit 75; }

started=$SECONDS
data=$work/data
stop() {
    local code=$?
    [ ! -f "$data/postmaster.pid" ] || pg_ctl -D "$data" -m immediate -w stop >/dev/null || true
    rm -rf "$data" "$work"/.s.PGSQL.*
    exit "$code"
}
trap stop EXIT
mkdir -p "$work"
initdb -D "$data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
# No port: nobody else can reach it. What it holds is gone in a moment, so nothing has to reach the disk.
pg_ctl -D "$data" -w -t 120 -l "$work/log" start \
    -o "-c listen_addresses='' -c unix_socket_directories='$work' -c fsync=off -c full_page_writes=off -c autovacuum=off" >/dev/null ||
    { tail "$work/log" >&2; exit 74; }
ask() { psql --no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname="postgres://postgres@/$1?host=$work" --command="$2"; }
ask postgres "CREATE DATABASE restored" >/dev/null
DATABASE_URL="postgres://postgres@/restored?host=$work" bash "$(dirname "$0")/restore.sh" "$file"

accounts=$(ask restored "SELECT count(*) FROM users")
[ "$accounts" -ge "$users" ] || { echo "$file has $accounts accounts" >&2; exit 65; }
# Of a schema that the services would take: what was migrated is written down with it.
migrations=$(ask restored "SELECT count(*) FROM refinery_schema_history")
[ "$migrations" -gt 0 ] || { echo "$file has no migrations" >&2; exit 65; }
broken=$(ask restored "SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index WHERE NOT indisvalid")
[ -z "$broken" ] || { echo "$file has indexes that are not valid: $broken" >&2; exit 65; }
echo "$file of $age hours ago comes back: $accounts accounts, $migrations migrations, $((SECONDS - started)) s"
