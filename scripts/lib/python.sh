# shellcheck shell=bash
# Python packages from PyPI, for tools that only tests need. Sourced after common.sh and deps.sh.

need_python() {
    need python3 have python3
    need python3-venv python3 -c 'import ensurepip'
}

# own_tools NAME: .test/NAME is this script's for as long as it runs. Sets TOOLS, and LOG for what it fetches.
own_tools() {
    TOOLS=$ROOT/.test/$1
    LOG=$TOOLS/tools.log
    own_folder "$ROOT/.test"
    mkdir -p "$TOOLS"
    exec {LOCK_FD}>>"$TOOLS/lock"
    flock "$LOCK_FD"
    : >"$LOG"
}

# fetch_python_packages REQUIREMENTS: those of the file, in $TOOLS/venv. Nothing is fetched that is there.
fetch_python_packages() {
    local wanted
    wanted=$(sha256sum <"$1")
    [ "$(cat "$TOOLS/venv/stamp" 2>/dev/null)" != "$wanted" ] || return 0
    note "Python packages, from PyPI"
    rm -rf "$TOOLS/venv"
    if ! { python3 -m venv "$TOOLS/venv" && "$TOOLS/venv/bin/pip" install -q -r "$1"; } >>"$LOG" 2>&1; then
        show_tail "$LOG"
        die "The Python packages of $1 could not be had from PyPI."
    fi
    printf '%s\n' "$wanted" >"$TOOLS/venv/stamp"
}
