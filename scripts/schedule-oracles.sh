#!/usr/bin/env bash
# schedule-oracles.sh: holds thousands of made-up schedules against cronsim and oncalendar, which are fetched from PyPI
# into .test/schedules. It prints which differences there are and why (docs/SCHEDULES.md); one without a reason fails.
#
#   TEST_SEED        the seed of the part that is another one each time
#   TEST_FULL=true   60,000 of those instead of 1,500
source "$(dirname "$0")/lib/common.sh"
for lib in deps python; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done
exec </dev/null

own_tools schedules
need_rust
need_python
install_missing "$LOG"
fetch_python_packages schedules/tests/oracles/requirements.txt

export SCHEDULE_ORACLES=$TOOLS/venv/bin/python
cargo test --workspace --locked --test oracles -- --nocapture --test-threads=1
