#!/usr/bin/env bash
# make lint: what `make test` checks besides the tests, and shellcheck where it is installed.
source "$(dirname "$0")/lib/common.sh"
source scripts/lib/deps.sh

need_rust
need_rust_component fmt rustfmt
need_rust_component clippy clippy
need_node

failed=()
lint() { # NAME COMMAND...
    local name=$1 started
    started=$(now_ms)
    shift
    say "$name"
    if "$@"; then note "ok, $(since "$started")"; else failed+=("$name"); fi
}

lint "cargo fmt" cargo fmt --all --check
scripts/dashboard.sh packages-current || lint "dashboard packages" scripts/dashboard.sh packages
lint "dashboard check" npm run --silent --prefix dashboard check
[ -f dashboard/dist/index.html ] || lint "dashboard build" scripts/dashboard.sh build
lint "cargo clippy" cargo clippy --workspace --all-targets --locked -- -D warnings
if have shellcheck; then
    lint "shellcheck" shellcheck -x scripts/*.sh scripts/lib/*.sh deploy/backup/*.sh deploy/release/*.sh deploy/prometheus/*.sh .ci/run
else
    note "shellcheck is not installed; the scripts were not checked."
fi
[ ${#failed[@]} -eq 0 ] || die "Failed: $(printf '%s, ' "${failed[@]}" | sed 's/, $//')"
