# shellcheck shell=bash
# What every script here shares: messages, processes, ports, secrets. Sourced, never run.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$ROOT"

# make's own variables must not reach the makefiles of C dependencies, nor a user's PGHOST our psql.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
unset "${!PG@}"

case ":$PATH:" in
*":$HOME/.cargo/bin:"*) ;;
*) PATH="$PATH:$HOME/.cargo/bin" ;;
esac

# ---------------------------------------------------------------- messages

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    BOLD=$'\e[1m' RED=$'\e[31m' RESET=$'\e[0m'
else
    # Logs are read as text; GitHub's pages show colours.
    [ -n "${GITHUB_ACTIONS:-}" ] || export NO_COLOR=1
    BOLD='' RED='' RESET=''
fi

now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t%???}"; }
STARTED_MS=$(now_ms)

# seconds MS: "3.4 s", or "2 min 5 s".
seconds() {
    if [ "$1" -lt 100000 ]; then
        printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100))
    else
        printf '%d min %d s' $(($1 / 60000)) $(($1 / 1000 % 60))
    fi
}
since() { seconds $(($(now_ms) - $1)); }

say() { printf '%s==> %s%s\n' "$BOLD" "$*" "$RESET"; }
note() { printf '    %s\n' "$*"; }
fail() { printf '%s==> %s%s\n' "$RED" "$*" "$RESET" >&2; }
die() {
    fail "$1"
    shift
    if [ $# -gt 0 ]; then printf '    %s\n' "$@" >&2; fi
    exit 1
}

# show_tail FILE [LINES]: the end of a log, indented, on stderr.
show_tail() {
    [ -s "$1" ] || return 0
    printf '    The end of %s:\n' "${1#"$ROOT"/}" >&2
    tail -n "${2:-20}" "$1" | sed $'s/\e\\[[0-9;]*m//g; s/^/    | /' >&2
}

# listed A B C: "A, B, C".
listed() {
    local IFS=,
    local all="$*"
    printf '%s' "${all//,/, }"
}

# show_head FILE [LINES]: its beginning, for tools that end an error with pages of usage.
show_head() {
    [ -s "$1" ] || return 0
    printf '    The beginning of %s:\n' "${1#"$ROOT"/}" >&2
    head -n "${2:-20}" "$1" | sed 's/^/    | /' >&2
}

have() { command -v "$1" >/dev/null 2>&1; }

# ---------------------------------------------------------------- secrets

random_hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
random_base64() { head -c "$1" /dev/urandom | base64 -w0; }

# ---------------------------------------------------------------- locks

# own_folder FOLDER: make it, and see to it that what is in it is ours to change.
own_folder() {
    { mkdir -p "$1" && [ -w "$1" ]; } 2>/dev/null ||
        die "${1#"$ROOT"/} cannot be written." "The checkout belongs to another user; run as that user."
    if [ "$(id -u)" -ne 0 ] && [ -n "$(find "$1" -maxdepth 2 ! -user "$(id -u)" -print -quit 2>/dev/null)" ]; then
        die "${1#"$ROOT"/} was made by another user, or by root." "Run as that user, or remove it (what it holds is lost): sudo rm -rf '$1'"
    fi
}

LOCK_FD=''
# take_lock FILE: succeeds when nobody else holds it; held until this script ends.
take_lock() {
    exec {LOCK_FD}>>"$1"
    flock -n "$LOCK_FD"
}

# ---------------------------------------------------------------- processes
#
# A started process lives in a session of its own: a Ctrl-C in the terminal reaches only the script, which
# decides who stops when. It is remembered in a pid file as "pid, start time, boot": together these name one
# process for ever, so a recycled pid is never mistaken for ours. Its working directory must match as well,
# because a pid file may have been copied along with the checkout.

process_start() { # PID → start time in ticks since boot
    local stat
    { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=${stat##*) }
    # shellcheck disable=SC2086
    set -- $stat
    [ "$1" != Z ] || return 1
    printf '%s' "${20}"
}

alive() { process_start "$1" >/dev/null; }

process_name() { # PID → its command line, shortened
    local line
    line=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") || line=''
    printf '%.120s' "${line:-pid $1}"
}

SPAWNED=''
# spawn DIR LOG COMMAND...: start it in DIR, in a session of its own; LOG "-" keeps our stdout and stderr.
# Its pid, which is its session's id as well, is in SPAWNED.
spawn() {
    local dir=$1 log=$2
    shift 2
    (
        [ -z "$LOCK_FD" ] || exec {LOCK_FD}>&-
        cd "$dir" || exit 126
        [ "$log" = - ] || exec >>"$log" 2>&1
        # Background jobs of a script start with SIGINT ignored; give them the usual handling back.
        exec setsid env --default-signal=INT,QUIT,HUP,TERM,PIPE "$@"
    ) </dev/null &
    SPAWNED=$!
}

remember() { # PIDFILE PID
    local start
    start=$(process_start "$2") || return 0
    printf '%s %s %s\n' "$2" "$start" "$(cat /proc/sys/kernel/random/boot_id)" >"$1.new"
    mv -f "$1.new" "$1"
}

# ours PIDFILE DIR: prints the pid if the remembered process still runs, in that working directory.
ours() {
    local pid start boot
    [ -s "$1" ] || return 1
    read -r pid start boot <"$1" || return 1
    [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 1
    [ "$(process_start "$pid")" = "$start" ] || return 1
    [ "$(readlink "/proc/$pid/cwd")" = "$2" ] || return 1
    printf '%s' "$pid"
}

# wait_gone PID SECONDS: true once the process has ended.
wait_gone() {
    local deadline=$(($(now_ms) + $2 * 1000))
    while alive "$1"; do
        [ "$(now_ms)" -lt "$deadline" ] || return 1
        { sleep 0.05; } 2>/dev/null
    done
}

# stop PID SIGNAL SECONDS: ask, wait, and only then insist.
stop() {
    kill "-$2" "$1" 2>/dev/null || return 0
    wait_gone "$1" "$3" && return 0
    fail "$(process_name "$1") (pid $1) did not stop within $3 s; killing it."
    kill -KILL "$1" 2>/dev/null || true
    wait_gone "$1" 5 || true
}

# stop_orphan NAME PIDFILE DIR SIGNAL SECONDS: a process of ours that an earlier, killed run left behind.
stop_orphan() {
    local pid
    if pid=$(ours "$2" "$3"); then
        say "Stopping $1 (pid $pid), left behind by an earlier run"
        stop "$pid" "$4" "$5"
    fi
    rm -f "$2"
}

session_pids() { # SESSION → the pids of all its live processes
    local file stat pid
    for file in /proc/[0-9]*/stat; do
        { IFS= read -r stat <"$file"; } 2>/dev/null || continue
        pid=${stat%% *}
        stat=${stat##*) }
        # shellcheck disable=SC2086
        set -- "$1" $stat
        if [ "$5" = "$1" ] && [ "$2" != Z ]; then printf '%s\n' "$pid"; fi
    done
}

# stop_session SESSION SECONDS: everything a step has started.
stop_session() {
    local pids pid deadline
    pids=$(session_pids "$1")
    [ -n "$pids" ] || return 0
    for pid in $pids; do kill -TERM "$pid" 2>/dev/null || true; done
    deadline=$(($(now_ms) + $2 * 1000))
    while pids=$(session_pids "$1") && [ -n "$pids" ] && [ "$(now_ms)" -lt "$deadline" ]; do sleep 0.1; done
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
}

# await PID: its exit code, although traps interrupt `wait`.
await() {
    local code=0
    while :; do
        code=0
        wait "$1" || code=$?
        alive "$1" || break
    done
    # An interrupted wait reports the signal; the process's own status is still to be had.
    if [ "$code" -gt 128 ]; then
        code=0
        wait "$1" 2>/dev/null || code=$?
    fi
    return "$code"
}

CHILD=''
# step LABEL COMMAND...: run it to its end in a session of its own, with a heartbeat while it is silent.
# Its output goes to $STEP_LOG when that is set, else to the terminal.
step() {
    local label=$1 started code=0 beat=''
    shift
    started=$(now_ms)
    say "$label"
    spawn "$ROOT" "${STEP_LOG:--}" "$@"
    CHILD=$SPAWNED
    if [ -n "${STEP_LOG:-}" ]; then
        heartbeat "$started" "$CHILD" &
        beat=$!
    fi
    await "$CHILD" || code=$?
    CHILD=''
    if [ -n "$beat" ]; then
        kill "$beat" 2>/dev/null || true
        wait "$beat" 2>/dev/null || true
    fi
    [ "$code" -ne 0 ] || note "done in $(since "$started")"
    return "$code"
}

heartbeat() { # STARTED_MS PID
    local ticks=0
    [ -z "$LOCK_FD" ] || exec {LOCK_FD}>&-
    while alive "$2"; do
        sleep 1
        ticks=$((ticks + 1))
        [ $((ticks % 10)) -ne 0 ] || ! alive "$2" || note "still at it, $(since "$1")"
    done
}

# ---------------------------------------------------------------- ports

# listening PORT: does anything listen on it, on any address?
listening() {
    local hex
    hex=$(printf ':%04X' "$1")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1; exit } END { exit !found }'
}

# free_port: a port of 127.0.0.1 that nobody listens on, below the range of outgoing connections.
declare -A PORTS_GIVEN=()
FREE_PORT=''
free_port() {
    local port tries
    for ((tries = 0; tries < 500; tries++)); do
        port=$((20000 + SRANDOM % 12000))
        [ -z "${PORTS_GIVEN[$port]:-}" ] || continue
        listening "$port" && continue
        PORTS_GIVEN[$port]=1
        FREE_PORT=$port
        return 0
    done
    die "No free port between 20000 and 31999."
}

# holder PORT: who listens there, if that can be known.
holder() {
    have ss || return 0
    ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p' | sort -u | paste -sd, -
}

# check_port PORT: complain usefully unless it is free.
check_port() {
    local who
    case $1 in
    '' | *[!0-9]*) die "PORT must be a number, not \"$1\"." ;;
    esac
    { [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; } || die "PORT must lie between 1 and 65535, not $1."
    if listening "$1"; then
        who=$(holder "$1")
        die "Port $1 is taken${who:+ by $who}." "Choose another one, for example: make run PORT=$(next_free "$1")"
    fi
}

next_free() {
    local port=$1
    while listening "$port" && [ "$port" -lt 65535 ]; do port=$((port + 1)); done
    printf '%s' "$port"
}

# http_status PORT PATH: the status code of a GET on 127.0.0.1, without curl; the body is left in HTTP_BODY.
HTTP_BODY=''
http_status() {
    local answer
    answer=$(timeout 3 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$0" || exit 1
        printf "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n" "$1" "$0" >&3
        cat <&3' "$1" "$2" 2>/dev/null | tr -d '\0\r') || true
    HTTP_BODY=${answer#*$'\n\n'}
    HTTP_STATUS=0
    [[ $answer =~ ^HTTP/1\.[01]\ ([0-9]{3}) ]] && HTTP_STATUS=${BASH_REMATCH[1]}
    [ "$HTTP_STATUS" != 0 ]
}

# wait_until SECONDS PID COMMAND...: poll until it succeeds; gives up early when PID has ended.
wait_until() {
    local deadline=$(($(now_ms) + $1 * 1000)) pid=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        alive "$pid" || return 1
        [ "$(now_ms)" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}
