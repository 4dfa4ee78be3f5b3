#!/usr/bin/env bash
# dashboard.sh [--if-needed] packages|build|all: npm's packages, and the dashboard's build in dashboard/dist.
# dashboard.sh current|packages-current: succeeds when that would change nothing.
source "$(dirname "$0")/lib/common.sh"
source scripts/lib/dashboard.sh

only_if_needed=''
if [ "${1:-}" = --if-needed ]; then
    only_if_needed=1
    shift
fi

# One at a time: `make run` and `make test` share dashboard/.
case ${1:-} in packages | build)
    exec {LOCK_FD}<dashboard
    flock "$LOCK_FD"
    ;;
esac

case ${1:-} in
packages)
    [ -n "$only_if_needed" ] && packages_current && exit 0
    dashboard_packages
    ;;
build)
    [ -n "$only_if_needed" ] && dashboard_current && exit 0
    dashboard_build
    ;;
all)
    "$ROOT/scripts/dashboard.sh" ${only_if_needed:+--if-needed} packages
    "$ROOT/scripts/dashboard.sh" ${only_if_needed:+--if-needed} build
    ;;
current) dashboard_current ;;
packages-current) packages_current ;;
*) die "usage: scripts/dashboard.sh [--if-needed] packages|build|all, or current|packages-current" ;;
esac
