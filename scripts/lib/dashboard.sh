# shellcheck shell=bash
# The dashboard's packages and its build, each skipped when nothing it depends on has changed.

DASHBOARD_STAMPS=dashboard/node_modules/.stamps

packages_hash() { { node --version && cat dashboard/package.json dashboard/package-lock.json; } | sha256sum; }

sources_hash() {
    find dashboard -type d \( -name node_modules -o -name dist -o -name coverage -o -name test-results \) -prune -o \
        -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

stamped() { [ "$(cat "$DASHBOARD_STAMPS/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$DASHBOARD_STAMPS" && printf '%s\n' "$2" >"$DASHBOARD_STAMPS/$1"; }

packages_current() { stamped packages "$(packages_hash)"; }
dashboard_current() { [ -f dashboard/dist/index.html ] && packages_current && stamped build "$(sources_hash)"; }

dashboard_packages() {
    rm -rf "$DASHBOARD_STAMPS"
    npm ci --prefix dashboard --no-audit --no-fund --loglevel=error || return
    stamp packages "$(packages_hash)"
}

dashboard_build() {
    local hash
    hash=$(sources_hash)
    npm run --silent --prefix dashboard build || return
    stamp build "$hash"
}
