# shellcheck shell=bash
# A PostgreSQL server of our own: data under a given folder, 127.0.0.1 only, a generated password.
#
# The server refuses to run as root. Run by root, it therefore runs as the data folder's owner (at first: the
# user postgres); where that user may not enter the checkout, say under /root, it gets the one capability to.

# postgres_bin [MAJOR]: the folder with the binaries; the highest installed version unless one is named.
postgres_bin() {
    local dir found=''
    while IFS= read -r dir; do
        [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ] && found=$dir
    done < <(printf '%s\n' /usr/lib/postgresql/*/bin | grep -E "/${1:-[0-9]+}/bin$" | sort -V)
    [ -n "$found" ] || return 1
    printf '%s' "$found"
}

POSTGRES_PID=''
POSTGRES_URL='' # without a database's name at its end

postgres_user_setup() { # FOLDER: sets POSTGRES_AS, the prefix that drops root
    local folder=$1 uid gid
    POSTGRES_AS=()
    [ "$(id -u)" -eq 0 ] || return 0
    uid=$(stat -c %u "$folder")
    gid=$(stat -c %g "$folder")
    if [ "$uid" -eq 0 ]; then
        getent passwd postgres >/dev/null || die "The user postgres, whom the package postgresql creates, does not exist."
        uid=$(id -u postgres)
        gid=$(id -g postgres)
        chown "$uid:$gid" "$folder"
    fi
    POSTGRES_AS=(setpriv "--reuid=$uid" "--regid=$gid")
    if getent passwd "$uid" >/dev/null; then POSTGRES_AS+=(--init-groups); else POSTGRES_AS+=(--clear-groups); fi
    # Not `test -x`, which looks at the mode bits alone.
    if ! "${POSTGRES_AS[@]}" ls "$folder/." >/dev/null 2>&1; then
        POSTGRES_AS+=(--inh-caps=+dac_override --ambient-caps=+dac_override)
        "${POSTGRES_AS[@]}" ls "$folder/." >/dev/null 2>&1 ||
            die "The user postgres cannot enter $folder." "Move the checkout, for example under /srv, or run as an ordinary user."
    fi
}

# A server of this very data folder that an earlier run left behind.
postgres_orphan() { # FOLDER
    local data=$1/data pid=''
    [ -f "$data/postmaster.pid" ] || return 0
    read -r pid <"$data/postmaster.pid" || true
    if [[ $pid =~ ^[0-9]+$ ]] && alive "$pid" && [ "$(readlink "/proc/$pid/cwd")" = "$data" ]; then
        say "Stopping PostgreSQL (pid $pid), left behind by an earlier run"
        stop "$pid" INT 20
    fi
    # Its pid may belong to somebody else by now, which PostgreSQL would take for itself.
    rm -f "$data/postmaster.pid"
}

# prepare_postgres FOLDER [initdb's options]: creates the data folder unless it exists.
prepare_postgres() {
    local folder=$1 data=$1/data started
    shift
    mkdir -p "$folder"
    chmod 700 "$folder"
    postgres_user_setup "$folder"
    postgres_orphan "$folder"
    if [ -f "$data/PG_VERSION" ]; then
        POSTGRES_BIN=$(postgres_bin "$(cat "$data/PG_VERSION")") ||
            die "${data#"$ROOT"/} was made by PostgreSQL $(cat "$data/PG_VERSION"), which is not installed." "Install postgresql-$(cat "$data/PG_VERSION"), or remove ${folder#"$ROOT"/} to begin anew (its data is lost)."
        return 0
    fi
    POSTGRES_BIN=$(postgres_bin) || die "PostgreSQL is not installed under /usr/lib/postgresql."
    started=$(now_ms)
    say "Creating a PostgreSQL $(basename "$(dirname "$POSTGRES_BIN")") database in ${folder#"$ROOT"/}"
    rm -rf "$folder/data" "$folder/data.new"
    (umask 077 && random_hex 24 >"$folder/password")
    if [ "$(id -u)" -eq 0 ]; then chown --reference="$folder" "$folder/password"; fi
    if ! (cd "$folder" && "${POSTGRES_AS[@]}" "$POSTGRES_BIN/initdb" -D "$folder/data.new" -U postgres --pwfile="$folder/password" \
        --encoding=UTF8 --locale=C.UTF-8 --no-instructions "$@") >"$folder/initdb.log" 2>&1; then
        show_tail "$folder/initdb.log"
        die "PostgreSQL's initdb failed."
    fi
    mv "$folder/data.new" "$folder/data"
    note "done in $(since "$started")"
}

# launch_postgres FOLDER LOG [NAME=VALUE...]: starts it with these settings; await_postgres waits for it.
launch_postgres() {
    local folder=$1 log=$2 setting options=()
    shift 2
    free_port
    POSTGRES_PORT=$FREE_PORT
    POSTGRES_LOG=$log
    for setting in "$@"; do options+=(-c "$setting"); done
    spawn "$folder" "$log" "${POSTGRES_AS[@]}" "$POSTGRES_BIN/postgres" -D "$folder/data" \
        -c listen_addresses=127.0.0.1 -c "port=$POSTGRES_PORT" -c unix_socket_directories='' "${options[@]}"
    POSTGRES_PID=$SPAWNED
    POSTGRES_PASSWORD=$(cat "$folder/password")
    POSTGRES_URL="postgres://postgres:$POSTGRES_PASSWORD@127.0.0.1:$POSTGRES_PORT"
}

await_postgres() {
    if ! wait_until 60 "$POSTGRES_PID" "$POSTGRES_BIN/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT" -d postgres; then
        show_tail "$POSTGRES_LOG"
        die "PostgreSQL did not start."
    fi
}

postgres_sql() { # SQL, as the superuser
    PGPASSWORD=$POSTGRES_PASSWORD "$POSTGRES_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres -d postgres -c "$1"
}

# postgres_database NAME PASSWORD: a database and its owner of the same name, made unless they exist.
postgres_database() {
    if [ -z "$(postgres_sql "SELECT 1 FROM pg_roles WHERE rolname = '$1'")" ]; then
        postgres_sql "CREATE ROLE \"$1\" LOGIN"
    fi
    postgres_sql "ALTER ROLE \"$1\" PASSWORD '$2'"
    if [ -z "$(postgres_sql "SELECT 1 FROM pg_database WHERE datname = '$1'")" ]; then
        postgres_sql "CREATE DATABASE \"$1\" OWNER \"$1\""
    fi
}

stop_postgres() {
    [ -n "$POSTGRES_PID" ] || return 0
    stop "$POSTGRES_PID" INT 20 # SIGINT is PostgreSQL's fast shutdown
    POSTGRES_PID=''
}
