#!/usr/bin/env bash
# backup.sh: the database of DATABASE_URL into a file of its own in BACKUP_DIR, with its checksum beside it.
#
#   DATABASE_URL   postgres://user:password@host:5432/uptime
#   BACKUP_DIR     where the files go, /backups
#   BACKUP_KEEP    how many are kept, 14
#   BACKUP_RAW     whether single results are in it, true; rollups, incidents and all the rest always are
#
# A file appears under its name only when it is complete and can be read. The services may go on working: the
# dump is one snapshot. Needs pg_dump of the server's version or newer.
set -euo pipefail
# shellcheck source=deploy/backup/connection.sh
source "$(dirname "$0")/connection.sh"

dir=${BACKUP_DIR:-/backups}
keep=${BACKUP_KEEP:-14}
[[ $keep =~ ^[1-9][0-9]*$ ]] || { echo "BACKUP_KEEP must be a number from 1" >&2; exit 64; }
raw=()
case ${BACKUP_RAW:-true} in
true) ;;
false) raw=('--exclude-table-data=public.check_results_*' '--exclude-table-data=public.check_errors_*') ;;
*) echo "BACKUP_RAW must be true or false" >&2; exit 64 ;;
esac
[ -d "$dir" ] || { echo "BACKUP_DIR: there is no folder $dir" >&2; exit 66; }

umask 077
name=uptime-$(date -u +%Y%m%dT%H%M%SZ).dump
part=$dir/.$name.part
trap 'rm -f "$part" "$part.sha256"' EXIT
pg_dump --dbname="$URL" --format=custom --no-owner --no-privileges --lock-wait-timeout=60s "${raw[@]}" --file="$part"
pg_restore --list "$part" >/dev/null
sum=$(sha256sum <"$part")
printf '%s  %s\n' "${sum%% *}" "$name" >"$part.sha256"
sync "$part" "$part.sha256"
mv "$part.sha256" "$dir/$name.sha256"
mv "$part" "$dir/$name"
echo "$dir/$name: $(stat -c %s "$dir/$name") bytes"

# Names sort by time. Glob results are sorted, so the oldest come first.
files=("$dir"/uptime-????????T??????Z.dump)
for file in "${files[@]:0:$((${#files[@]} > keep ? ${#files[@]} - keep : 0))}"; do
    rm -f "$file" "$file.sha256"
    echo "$file: removed"
done
