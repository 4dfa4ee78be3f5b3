#!/usr/bin/env bash
# make fmt: formats the Rust sources, and the dashboard's where it has a script named format.
source "$(dirname "$0")/lib/common.sh"
source scripts/lib/deps.sh

need_rust
need_rust_component fmt rustfmt
cargo fmt --all
if grep -qs '"format"[[:space:]]*:' dashboard/package.json; then
    need_node
    scripts/dashboard.sh --if-needed packages
    npm run --silent --prefix dashboard format
fi
