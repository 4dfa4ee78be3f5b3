#!/usr/bin/env bash
# make fresh: the two commands of the README as a newcomer meets them: in a clone of HEAD, with empty caches of Cargo,
# npm, Maven, pip and Go. Takes as long as a first `make run` and a first `make test` together. What has been
# installed by apt stays installed: run it on a machine, or in a container, that has only the tool chains.
#
#   FRESH   the folder for the clone and the caches, .fresh; it is made anew, and removed after a success
source "$(dirname "$0")/lib/common.sh"
exec </dev/null

FRESH=${FRESH:-$ROOT/.fresh}
CLONE=$FRESH/clone
FIRST_CHECK_SECONDS=15

clean_up() {
    local code=$?
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    if [ -n "$CHILD" ]; then stop_session "$CHILD" 60; fi
    [ "$code" -ne 0 ] || rm -rf "$FRESH"
    exit "$code"
}

rm -rf "$FRESH"
own_folder "$FRESH"
trap clean_up EXIT
for name in INT TERM HUP PIPE; do
    # shellcheck disable=SC2064
    trap "exit $((128 + $(kill -l "$name")))" "$name"
done
git clone --quiet --no-hardlinks "$ROOT" "$CLONE"
export CARGO_HOME=$FRESH/cargo npm_config_cache=$FRESH/npm PIP_CACHE_DIR=$FRESH/pip GOPATH=$FRESH/go GOCACHE=$FRESH/go-build
export MAVEN_OPTS="${MAVEN_OPTS:-} -Dmaven.repo.local=$FRESH/maven" GOFLAGS=-modcacherw
unset CARGO_TARGET_DIR

free_port
port=$FREE_PORT
say "make run, with empty caches"
spawn "$CLONE" "$FRESH/run.log" make run "PORT=$port"
CHILD=$SPAWNED
ready() { grep -q 'Uptime Monitor is ready' "$FRESH/run.log"; }
wait_until 2400 "$CHILD" ready || {
    show_tail "$FRESH/run.log" 40
    die "make run did not become ready."
}
note "ready after $(since "$STARTED_MS")"
node scripts/lib/first-check.mjs "http://127.0.0.1:$port" "$FIRST_CHECK_SECONDS"
# As Ctrl-C in a terminal: to make and to all that it has started.
kill -INT -- "-$CHILD"
wait_gone "$CHILD" 60 || die "make run did not end within 60 s of an interrupt."
note "make run ended on an interrupt"
CHILD=''

say "make test, with empty caches"
started=$(now_ms)
code=0
(cd "$CLONE" && CI=true make test) 2>&1 | tee "$FRESH/test.log" || code=$?
note "make test took $(since "$started")"
[ "$code" -eq 0 ] || die "make test failed; the clone and its logs stay in ${FRESH#"$ROOT"/}."
tail -n 1 "$FRESH/test.log"
