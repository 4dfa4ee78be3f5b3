#!/bin/sh
# offsite.sh put|get: backups between BACKUP_DIR and OFFSITE_TARGET, which rclone reaches: object storage that speaks S3, or
# any other of its remotes. Runs in rclone's image, whose shell is busybox's.
#
#   OFFSITE_TARGET        remote:bucket/folder; the remote by RCLONE_CONFIG_REMOTE_TYPE and so on
#   BACKUP_DIR            where the files of backup.sh are, /backups
#   OFFSITE_KEEP_DAYS     for how many days every backup is kept there, 35; 0 removes nothing and leaves it to the bucket
#   OFFSITE_KEEP_MONTHS   for how many months the first backup of each is kept there besides, 12
#   OFFSITE_KEEP_LEAST    how many are kept there however old they are, 3
#
# put copies what is not there yet, the newest and what an earlier run could not copy, and ends well only when the newest
# is there with its checksum. get fetches the newest, with its checksum, for verify.sh or restore.sh.
set -eu

dir=${BACKUP_DIR:-/backups}
days=${OFFSITE_KEEP_DAYS:-35}
months=${OFFSITE_KEEP_MONTHS:-12}
least=${OFFSITE_KEEP_LEAST:-3}
target=${OFFSITE_TARGET:-}

refuse() { echo "$1" >&2; exit "$2"; }
number() { case $2 in '' | *[!0-9]*) refuse "$1 must be a number" 64 ;; esac; }

[ -n "$target" ] || refuse "OFFSITE_TARGET is required, for example offsite:bucket/uptime" 64
number OFFSITE_KEEP_DAYS "$days"
number OFFSITE_KEEP_MONTHS "$months"
number OFFSITE_KEEP_LEAST "$least"
[ "$least" -ge 1 ] || refuse "OFFSITE_KEEP_LEAST must be a number from 1" 64

NAME='uptime-[0-9]\{8\}T[0-9]\{6\}Z\.dump'
# Backups that are whole: their checksum, which goes last, is there. Names sort by time.
there() { rclone lsf --files-only "$target" | sed -n "s/^\($NAME\)\.sha256\$/\1/p" | sort; }

put() {
    [ -d "$dir" ] || refuse "BACKUP_DIR: there is no folder $dir" 66
    newest=$(find "$dir" -maxdepth 1 -name 'uptime-*.dump' | sed -n "s|^.*/\($NAME\)\$|\1|p" | sort | tail -n 1)
    [ -n "$newest" ] || refuse "there is no backup in $dir" 66
    # What is there already is not written over: --immutable makes another content under the same name an error.
    age=''
    [ "$days" -eq 0 ] || age="--max-age=${days}d"
    # shellcheck disable=SC2086
    rclone copy --immutable --checksum $age --include 'uptime-*.dump' "$dir" "$target"
    # shellcheck disable=SC2086
    rclone copy --immutable --checksum $age --include 'uptime-*.dump.sha256' "$dir" "$target"
    present=$(there)
    echo "$present" | grep -qx "$newest" || refuse "$newest is not at $target" 74
    size=$(rclone lsf --files-only --format s --include "$newest" "$target")
    [ "$size" = "$(wc -c <"$dir/$newest" | tr -d ' ')" ] || refuse "$newest has another size at $target: $size bytes" 74
    echo "$target/$newest: $size bytes"
    [ "$days" -eq 0 ] || retain "$present"
}

# Whether a backup is older than OFFSITE_KEEP_DAYS. Names sort by time.
is_old() { [ "$(printf '%s\n%s\n' "$1" "$since" | sort | tail -n 1)" = "$since" ]; }

# Of the names that are there, those that may go: older than OFFSITE_KEEP_DAYS, but for the first of each of the last
# OFFSITE_KEEP_MONTHS months, and OFFSITE_KEEP_LEAST in any case.
outdated() {
    month=$(date -u +%m)
    from=$(($(date -u +%Y) * 12 + ${month#0} - months))
    left=$(echo "$1" | wc -l)
    before=''
    echo "$1" | while IFS= read -r name; do
        [ "$left" -gt "$least" ] || break
        is_old "$name" || break
        stamp=${name#uptime-}
        this=${stamp%??T??????Z.dump}
        month=${this#????}
        number=$((${this%??} * 12 + ${month#0}))
        if [ "$this" = "$before" ] || [ "$number" -le "$from" ]; then
            echo "$name"
            left=$((left - 1))
        fi
        before=$this
    done
}

# What was broken off, in copying or in removing: files without a checksum that are as old. Newer ones may still get theirs.
broken_off() {
    rclone lsf --files-only "$target" | sed -n "s/^\($NAME\)\$/\1/p" | while IFS= read -r name; do
        if is_old "$name" && ! echo "$1" | grep -qx "$name"; then echo "$name"; fi
    done
}

retain() {
    since=$(date -u -d "@$(($(date -u +%s) - days * 86400))" +uptime-%Y%m%dT%H%M%SZ.dump)
    gone=$(outdated "$1" && broken_off "$1")
    [ -n "$gone" ] || return 0
    # The checksums first: what is without one counts for nothing.
    echo "$gone" | sed 's/$/.sha256/' | rclone delete --files-from - "$target"
    echo "$gone" | rclone delete --files-from - "$target"
    echo "$gone" | sed "s|^|$target/|; s|\$|: removed|"
}

get() {
    newest=$(there | tail -n 1)
    [ -n "$newest" ] || refuse "there is no backup at $target" 66
    mkdir -p "$dir"
    rclone copy --checksum --include "$newest" --include "$newest.sha256" "$target" "$dir"
    [ -f "$dir/$newest" ] && [ -f "$dir/$newest.sha256" ] || refuse "$newest could not be fetched from $target" 74
    echo "$dir/$newest: fetched from $target"
}

case ${1:-} in
put) put ;;
get) get ;;
*) refuse "usage: OFFSITE_TARGET=remote:bucket/folder offsite.sh put|get" 64 ;;
esac
