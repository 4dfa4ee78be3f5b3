#!/usr/bin/env bash
# pages-check.sh: looks at sample status pages in Chromium, at two widths and in both themes: axe, contrast, overflow,
# errors, requests to others, what can be seen without JavaScript, size and first paint. The packages are those of
# pages/check.
#
#   SHOTS   a folder for screenshots; none are taken without it
source "$(dirname "$0")/lib/common.sh"
for lib in deps python; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done
exec </dev/null

own_tools pages-check
need_rust
need_node
need_chromium
install_missing "$LOG"
npm ci --prefix pages/check --no-audit --no-fund --loglevel=error --prefer-offline

rm -rf "$TOOLS/gallery"
cargo run --quiet --locked -p pages --example gallery -- "$TOOLS/gallery"
CHROMIUM=$(command -v chromium)
export CHROMIUM
node pages/check/check.mjs "$TOOLS/gallery" ${SHOTS:+"$SHOTS"}
