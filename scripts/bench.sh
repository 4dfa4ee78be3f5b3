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

with_servers_in "$BENCH" "make bench"
say "Building (release)"
cargo build --release --locked -p bench -p pinger -p processor -p alerter -p gateway -p user-service
fetch_kafka || die "The benchmarks need Apache Kafka."
clear_servers "$BENCH"
start_servers "$BENCH" "$BENCH" kafka max_connections=100 shared_buffers=512MB max_wal_size=4GB
# Thousands of connections at a time.
ulimit -n "$(ulimit -Hn)"
say "$NAME"
# shellcheck disable=SC2086
"target/release/$NAME-bench" ${ARGS:-}
