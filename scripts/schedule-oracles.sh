#!/usr/bin/env bash
# schedule-oracles.sh: holds thousands of made-up schedules against cronsim and oncalendar, which are fetched from PyPI
# into .test/schedules. It prints which differences there are and why (docs/SCHEDULES.md); one without a reason fails.
#
#   TEST_SEED        the seed of the part that is another one each time
#   TEST_FULL=true   60,000 of those instead of 1,500
source "$(dirname "$0")/lib/common.sh"
# shellcheck source=/dev/null
source scripts/lib/deps.sh
exec </dev/null

TOOLS=$ROOT/.test/schedules
LOG=$TOOLS/tools.log
REQUIREMENTS=schedules/tests/oracles/requirements.txt

own_folder "$ROOT/.test"
mkdir -p "$TOOLS"
exec {LOCK_FD}>>"$TOOLS/lock"
flock "$LOCK_FD"
: >"$LOG"

need_rust
need python3 have python3
need python3-venv python3 -c 'import ensurepip'
install_missing "$LOG"

wanted=$(sha256sum <$REQUIREMENTS)
if [ "$(cat "$TOOLS/venv/stamp" 2>/dev/null)" != "$wanted" ]; then
    note "Python packages, from PyPI"
    rm -rf "$TOOLS/venv"
    if ! { python3 -m venv "$TOOLS/venv" && "$TOOLS/venv/bin/pip" install -q -r $REQUIREMENTS; } >>"$LOG" 2>&1; then
        show_tail "$LOG"
        die "cronsim and oncalendar could not be had from PyPI."
    fi
    printf '%s\n' "$wanted" >"$TOOLS/venv/stamp"
fi

export SCHEDULE_ORACLES=$TOOLS/venv/bin/python
cargo test --workspace --locked --test oracles -- --nocapture --test-threads=1
