#!/usr/bin/env bash
# schemathesis.sh: holds the answers of gateway and user-service against api/openapi.json, with requests that
# Schemathesis makes up. It is fetched from PyPI into .test/schemathesis. The servers are those of make test, named in
# TEST_DATABASE_URL and TEST_REDIS_URL; the workspace must have been built.
#
#   TEST_FULL=true   thirteen minutes instead of 75 s
source "$(dirname "$0")/lib/common.sh"
# shellcheck source=/dev/null
source scripts/lib/deps.sh
exec </dev/null

TOOLS=$ROOT/.test/schemathesis
LOG=$TOOLS/tools.log

own_folder "$ROOT/.test"
mkdir -p "$TOOLS"
exec {LOCK_FD}>>"$TOOLS/lock"
flock "$LOCK_FD"
: >"$LOG"

need_rust
need python3 have python3
need python3-venv python3 -c 'import ensurepip'
install_missing "$LOG"

wanted=$(sha256sum <e2e/requirements.txt)
if [ "$(cat "$TOOLS/venv/stamp" 2>/dev/null)" != "$wanted" ]; then
    note "Python packages, from PyPI"
    rm -rf "$TOOLS/venv"
    if ! { python3 -m venv "$TOOLS/venv" && "$TOOLS/venv/bin/pip" install -q -r e2e/requirements.txt; } >>"$LOG" 2>&1; then
        show_tail "$LOG"
        die "Schemathesis could not be had from PyPI."
    fi
    printf '%s\n' "$wanted" >"$TOOLS/venv/stamp"
fi

export SCHEMATHESIS=$TOOLS/venv/bin/schemathesis
cargo test --workspace --locked --test schemathesis -- --nocapture
