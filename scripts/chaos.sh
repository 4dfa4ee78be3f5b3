#!/usr/bin/env bash
# make chaos: the fault tests, ROUNDS times (20) instead of the 3 of make test, on servers of their own.
source "$(dirname "$0")/lib/common.sh"
for lib in deps postgres redis kafka servers; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done

CHAOS=$ROOT/.test/chaos

with_servers_in "$CHAOS" "make chaos"
fetch_kafka || die "The fault tests need Apache Kafka."
say "Building"
cargo build --workspace --bins --test chaos --locked
clear_servers "$CHAOS"
start_servers "$CHAOS" "$CHAOS" kafka max_connections=300 max_wal_size=4GB
export TEST_ROUNDS=${ROUNDS:-20}
say "The fault tests, $TEST_ROUNDS rounds each"
# By convention a fault test's file is called chaos.rs; one at a time, so that a round is not disturbed by another's load.
cargo test --workspace --locked --no-fail-fast --test 'chaos' -- --test-threads=1 --show-output
