#!/usr/bin/env bash
# schemathesis.sh: holds the answers of gateway and user-service against api/openapi.json, with requests that
# Schemathesis makes up. It is fetched from PyPI into .test/schemathesis. The servers are those of make test, named in
# TEST_DATABASE_URL and TEST_REDIS_URL; the workspace must have been built.
#
#   TEST_FULL=true   thirteen minutes instead of 75 s
source "$(dirname "$0")/lib/common.sh"
for lib in deps python; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done
exec </dev/null

own_tools schemathesis
need_rust
need_python
install_missing "$LOG"
fetch_python_packages e2e/requirements.txt

export SCHEMATHESIS=$TOOLS/venv/bin/schemathesis
cargo test --workspace --locked --test schemathesis -- --nocapture
