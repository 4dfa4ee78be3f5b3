#!/usr/bin/env bash
# make bench NAME=...: an optimised build, servers of its own in .test/bench, and the benchmark bench/src/bin/NAME.rs.
# The figures go to the terminal; docs/BENCHMARKS.md tells what they mean. ARGS are passed on.
source "$(dirname "$0")/lib/common.sh"
for lib in deps postgres redis kafka servers; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done

NAME=${NAME:-}
BENCH=$ROOT/.test/bench
case $NAME in
'' | *[!a-z_]*) die "make bench needs a name, for example make bench NAME=pinger." "There are: $(cd bench/src/bin && printf '%s ' *.rs | sed 's/\.rs//g')" ;;
esac
[ -f "bench/src/bin/$NAME.rs" ] || die "There is no benchmark $NAME." "There are: $(cd bench/src/bin && printf '%s ' *.rs | sed 's/\.rs//g')"

clean_up() {
    local code=$?
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    if [ -n "$CHILD" ]; then stop_session "$CHILD" 10; fi
    stop_servers "$BENCH"
    [ "$code" -ne 0 ] || rm -rf "$BENCH"
    exit "$code"
}

own_folder "$ROOT/.test"
mkdir -p "$BENCH"
take_lock "$BENCH/lock" || die "make bench is active in this checkout already."
trap clean_up EXIT
for name in INT TERM HUP PIPE; do
    # shellcheck disable=SC2064
    trap "exit $((128 + $(kill -l "$name")))" "$name"
done

need_rust
need_build_tools
need_postgres
need_redis
need_kafka
install_missing "$BENCH/apt.log"
say "Building (release)"
cargo build --release --locked -p bench -p pinger -p processor -p alerter
fetch_kafka || die "The benchmarks need Apache Kafka."
clear_servers "$BENCH"
start_servers "$BENCH" "$BENCH" kafka max_connections=100 shared_buffers=512MB max_wal_size=4GB
# Thousands of connections at a time.
ulimit -n "$(ulimit -Hn)"
say "$NAME"
# shellcheck disable=SC2086
"target/release/$NAME-bench" ${ARGS:-}
