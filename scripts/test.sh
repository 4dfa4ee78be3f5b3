#!/usr/bin/env bash
# make test: every check there is, against a PostgreSQL, a Redis and a real Kafka started for the purpose in
# .test/. The last line is "N passed, N failed" or "N passed, N failed, N skipped"; the logs of a failed run
# stay in .test/logs.
#
#   STEPS          the groups of steps to run, of "lint dashboard test deploy"; all by default
#   CI=true        what cannot be had (Kafka's jars) is an error instead of a reason to skip
#   STEP_TIMEOUT   after this long a step counts as hung, 45m
source "$(dirname "$0")/lib/common.sh"
for lib in deps postgres redis kafka servers; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done
exec </dev/null

TEST=$ROOT/.test
LOGS=$TEST/logs
STEP_TIMEOUT=${STEP_TIMEOUT:-45m}
STEPS=${STEPS:-lint dashboard test deploy}
case ${CI:-} in '' | 0 | false) CI='' ;; *) CI=true ;; esac

for name in $STEPS; do
    case $name in
    lint | dashboard | test | deploy) ;;
    *) die "There is no group of steps called $name." "There are: lint dashboard test deploy" ;;
    esac
done

wants() { [[ " $STEPS " == *" $1 "* ]]; }

# A clean clone is compiled once, and nobody looks at it with a debugger: what would make the second time faster, or tell
# the lines of a backtrace, only fills the disk.
if [ -n "$CI" ]; then export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=none; fi

# Most of a test is waiting: for Kafka, for a timeout, for an interval to pass.
cores=$(nproc)
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((cores < 4 ? cores * 3 : cores < 12 ? 12 : cores))}

# What a developer's shell has set must not leak into the tests.
unset DATABASE_URL REDIS_URL KAFKA_BROKERS PORT RUST_LOG

REPORT=() # a line per step
PASSED=0 FAILED=0 SKIPPED=0
INTERRUPTED=''

clean_up() {
    local code=$?
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    if [ -n "$CHILD" ]; then stop_session "$CHILD" 10; fi
    stop_servers "$TEST"
    if [ "$FAILED" -eq 0 ] && [ "$code" -ne 0 ]; then FAILED=1; fi
    [ -z "$INTERRUPTED" ] || fail "Interrupted; the figures are those so far."
    summary
    [ "$FAILED" -eq 0 ] || [ "$code" -ne 0 ] || code=1
    exit "$code"
}

summary() {
    local line
    rm -f "$TEST/fifo"
    say "Summary, after $(since "$STARTED_MS")"
    for line in "${REPORT[@]}"; do note "$line"; done
    if [ -s "$TEST/skipped.log" ]; then
        note "Skipped at run time:"
        head -n 20 "$TEST/skipped.log" | sed 's/^/      /'
    fi
    if [ "$FAILED" -eq 0 ]; then
        rm -rf "$LOGS" "$TEST/skipped.log"
    else
        note "The logs are in .test/logs."
    fi
    if [ "$SKIPPED" -gt 0 ]; then
        echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
    else
        echo "$PASSED passed, $FAILED failed"
    fi
}

plain() { sed -E 's/\x1b\[[0-9;?]*[ -\/]*[@-~]//g; s/\r//g' "$1"; }

# counts_of cargo|vitest|pytest LOG: "passed failed skipped", summed over the log.
counts_of() {
    case $1 in
    cargo)
        plain "$2" | grep -oE 'test result: (ok|FAILED)\. [0-9]+ passed; [0-9]+ failed; [0-9]+ ignored' |
            awk '{ p += $4; f += $6; s += $8 } END { print p + 0, f + 0, s + 0 }'
        ;;
    vitest)
        plain "$2" | grep -E '^[[:space:]]*Tests[[:space:]]+.*\([0-9]+\)[[:space:]]*$' | grep -oE '[0-9]+ (passed|failed|skipped|todo)' |
            awk '{ n[$2] += $1 } END { print n["passed"] + 0, n["failed"] + 0, n["skipped"] + n["todo"] + 0 }'
        ;;
    pytest)
        plain "$2" | tail -n 1 | grep -oE '[0-9]+ (passed|failed|errors?|skipped)' |
            awk '{ n[$2] += $1 } END { print n["passed"] + 0, n["failed"] + n["error"] + n["errors"] + 0, n["skipped"] + 0 }'
        ;;
    esac
}

# run KIND NAME COMMAND...: a step. KIND is "check", or whose summary to add up: "cargo", "vitest", "pytest".
run() {
    local kind=$1 name=$2 log started code=0 tee_pid took left counts passed=0 failed=0 skipped=0 verdict
    shift 2
    log=$LOGS/${name//[^a-z]/-}.log
    started=$(now_ms)
    say "$name: $*"
    rm -f "$TEST/fifo"
    mkfifo "$TEST/fifo"
    tee -i "$log" <"$TEST/fifo" &
    tee_pid=$!
    spawn "$ROOT" "$TEST/fifo" timeout -k 10 "$STEP_TIMEOUT" "$@"
    CHILD=$SPAWNED
    await "$CHILD" || code=$?
    left=$(session_pids "$CHILD" | wc -l)
    if [ "$left" -gt 0 ]; then
        stop_session "$CHILD" 5
        note "$name left processes behind ($left); they have been stopped."
    fi
    CHILD=''
    # Something that left the session may still hold the pipe.
    wait_gone "$tee_pid" 5 || kill "$tee_pid" 2>/dev/null || true
    wait "$tee_pid" 2>/dev/null || true

    took=$(since "$started")
    verdict=ok
    if [ "$code" -eq 124 ]; then
        verdict="FAILED (hung, stopped after $STEP_TIMEOUT)"
    elif [ "$code" -ne 0 ]; then
        verdict="FAILED (exit code $code)"
    fi
    if [ "$kind" != check ]; then
        counts=$(counts_of "$kind" "$log") || true
        read -r passed failed skipped <<<"${counts:-0 0 0}"
        verdict+=", $passed passed, $failed failed, $skipped skipped"
        if [ "$code" -eq 0 ] && [ $((passed + failed + skipped)) -eq 0 ]; then verdict+=" (no tests found)"; fi
    fi
    # A step that failed without a failed test: a crash, a compile error, a finding.
    if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    PASSED=$((PASSED + passed))
    FAILED=$((FAILED + failed))
    SKIPPED=$((SKIPPED + skipped))
    REPORT+=("$(printf '%-22s %-14s %s' "$name" "$took" "$verdict")")
    if [ "$code" -eq 0 ]; then note "$name: $verdict, $took"; else fail "$name: $verdict, $took"; fi
}

own_folder "$TEST"
take_lock "$TEST/lock" || {
    fail "make test is active in this checkout already."
    echo "0 passed, 1 failed"
    exit 1
}
trap clean_up EXIT
for name in INT TERM HUP PIPE; do
    # shellcheck disable=SC2064
    trap "INTERRUPTED=1; exit $((128 + $(kill -l "$name")))" "$name"
done
clear_servers "$TEST"
rm -rf "$LOGS" "$TEST/skipped.log"
mkdir -p "$LOGS"

# ---------------------------------------------------------------- what the machine must have

need_rust
host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
export "CARGO_TARGET_${host}_RUNNER=$ROOT/scripts/lib/test-threads.sh"
if wants lint; then
    need_rust_component fmt rustfmt
    need_rust_component clippy clippy
fi
need_node
need_build_tools
if wants test; then
    need_redis
    need_kafka
fi
if wants test || wants deploy; then need_postgres; fi
if grep -rqsE 'playwright|puppeteer|chromium' --include='*.rs' --include='*.ts' --include='*.tsx' --include='*.mjs' \
    --exclude-dir=node_modules --exclude-dir=dist dashboard e2e testkit; then
    need_chromium
fi
install_missing "$LOGS/apt.log"

# ---------------------------------------------------------------- servers

if wants test; then
    started=$(now_ms)
    kafka=''
    if fetch_kafka; then
        kafka=1
    elif [ -n "$CI" ]; then
        FAILED=$((FAILED + 1))
        REPORT+=("$(printf '%-22s %-14s %s' "Kafka" "$(since "$started")" "FAILED (Maven Central cannot be reached)")")
    else
        fail "Going on without Kafka: the tests that need it are skipped."
    fi

    start_servers "$TEST" "$LOGS" "$kafka" fsync=off synchronous_commit=off full_page_writes=off \
        autovacuum=off max_connections=300 max_wal_size=1GB
fi
export TEST_SKIP_LOG=$TEST/skipped.log
: >"$TEST_SKIP_LOG"

# ---------------------------------------------------------------- steps

if wants lint; then run check "cargo fmt" cargo fmt --all --check; fi

if [ -n "$CI" ] || ! scripts/dashboard.sh packages-current; then
    run check "dashboard packages" scripts/dashboard.sh packages
else
    note "dashboard packages: up to date"
fi
if wants test; then
    # Nothing is downloaded that is there, and it takes a second then.
    run check "provider packages" npm ci --prefix testkit/provider --no-audit --no-fund --loglevel=error --prefer-offline
    run check "ping clients" scripts/ping-clients.sh
fi
if wants dashboard; then
    run check "dashboard check" npm run --silent --prefix dashboard check
    run vitest "dashboard test" npm run --silent --prefix dashboard test
fi
# Before cargo, for the gateway embeds dashboard/dist.
run check "dashboard build" scripts/dashboard.sh build

if wants lint; then run check "cargo clippy" cargo clippy --workspace --all-targets --locked -- -D warnings; fi
if wants test; then
    # Before the tests, for some start the built services as processes.
    run check "cargo build" cargo build --workspace --all-targets --locked
    # As make run builds it: alone, it does not get the features that the tests' own dependencies switch on.
    run check "cargo build for run" cargo build -p all-in-one --locked
    run cargo "cargo test" cargo test --workspace --locked --no-fail-fast
    run cargo "schemathesis" scripts/schemathesis.sh
    run cargo "schedule oracles" scripts/schedule-oracles.sh
    if [ "${TEST_FULL:-}" = true ]; then run check "pages check" scripts/pages-check.sh; fi
fi
if wants deploy; then run pytest "deploy test" scripts/deploy-tests.sh; fi

# A test that found its server missing has passed in the eyes of cargo.
at_run_time=$(wc -l <"$TEST_SKIP_LOG")
PASSED=$((PASSED > at_run_time ? PASSED - at_run_time : 0))
SKIPPED=$((SKIPPED + at_run_time))
