#!/usr/bin/env bash
# ping-clients.sh: fetches the clients of healthchecks.io that gateway/tests/ping_clients.rs runs: of PyPI and of
# crates.io into .test/ping-clients, of npm into gateway/tests/clients. Nothing is downloaded that is there.
source "$(dirname "$0")/lib/common.sh"
for lib in deps python; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done
exec </dev/null

CLIENTS=gateway/tests/clients

own_tools ping-clients
need_rust
need_node
need_python
need curl have curl
need wget have wget
install_missing "$LOG"

fetch_python_packages "$CLIENTS/requirements.txt"
npm ci --prefix "$CLIENTS" --no-audit --no-fund --loglevel=error --prefer-offline
cargo build --locked --manifest-path "$CLIENTS/rust/Cargo.toml" --target-dir "$TOOLS/target"
