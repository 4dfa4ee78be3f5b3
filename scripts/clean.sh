#!/usr/bin/env bash
# make clean: removes what was built and fetched. The data of `make run` in .run/ stays.
source "$(dirname "$0")/lib/common.sh"

for folder in .run .test; do
    if [ -f "$folder/lock" ] && ! flock -n "$folder/lock" true; then
        die "make ${folder#.} is active in this checkout; stop it first."
    fi
done
if [ -f .kafka/run.lock ] && ! flock -n .kafka/run.lock true; then
    die "make kafka is active in this checkout; stop it first."
fi
say "Removing target, .test, .kafka, dashboard/dist and the node_modules"
rm -rf target .test .kafka dashboard/dist dashboard/node_modules testkit/provider/node_modules gateway/tests/clients/node_modules
[ ! -d .run ] || note "The data of make run stays in .run/; rm -rf .run discards it."
