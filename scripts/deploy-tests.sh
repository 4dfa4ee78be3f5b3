#!/usr/bin/env bash
# deploy-tests.sh [pytest's arguments]: checks what the product is deployed with: Dockerfile, compose, Kubernetes,
# Prometheus, Grafana, backup, settings. The last line is pytest's. Nothing is deployed and no container runs.
#
# What it needs it puts into .test/deploy: Python packages from PyPI; promtool, amtool and rclone out of Debian's packages,
# which are unpacked, not installed, for an installed Prometheus would start; kustomize through Go where kubectl is
# missing or too old; the loader of docker compose through Go where docker compose is missing. Backups are tested on TEST_DATABASE_URL, or on a PostgreSQL of their own.
source "$(dirname "$0")/lib/common.sh"
for lib in deps postgres python; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done
exec </dev/null

KUSTOMIZE_MINIMUM=5.0.0
COMPOSE_BUILT=v2.1.3 # of docker compose 2.28; needs Go 1.21
KUSTOMIZE_BUILT=v5.0.3 # the newest that Debian 12's Go builds

clean_up() {
    local code=$?
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    if [ -n "$CHILD" ]; then stop_session "$CHILD" 10; fi
    stop_postgres
    rm -rf "$TOOLS/postgres"
    exit "$code"
}

# from_debian PACKAGE PATH: the file in $TOOLS/bin, out of a package that is not installed.
from_debian() {
    local folder
    folder=$(mktemp -d "$TOOLS/deb.XXXXXX")
    (cd "$folder" && apt-get download "$1") >>"$LOG" 2>&1 &&
        dpkg-deb --fsys-tarfile "$folder"/*.deb | tar -x -C "$folder" ".$2" &&
        mv "$folder$2" "$TOOLS/bin/"
    local code=$?
    rm -rf "$folder"
    return "$code"
}

need_tool() { # COMMAND PACKAGE
    have "$1" && return 0
    note "$1, out of Debian's $2"
    # The lists may be missing or old.
    from_debian "$2" "/usr/bin/$1" || { as_root apt-get update >>"$LOG" 2>&1 && from_debian "$2" "/usr/bin/$1"; } || {
        show_tail "$LOG"
        die "$1 could not be had." "Install it by hand and try again."
    }
}

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

renders() { # VERSION OUTPUT: does it name a kustomize that is new enough?
    local version
    version=$(grep -oE 'v[0-9]+\.[0-9]+\.[0-9]+' <<<"$1" | tail -n1)
    [ -n "$version" ] && at_least "${version#v}" "$KUSTOMIZE_MINIMUM"
}

need_kustomize() {
    if [ -x "$TOOLS/bin/kustomize" ]; then
        export KUSTOMIZE=$TOOLS/bin/kustomize' build'
    elif have kustomize && renders "$(kustomize version 2>/dev/null)"; then
        export KUSTOMIZE='kustomize build'
    elif have kubectl && renders "$(kubectl version --client 2>/dev/null | grep -i kustomize)"; then
        export KUSTOMIZE='kubectl kustomize'
    else
        note "kustomize $KUSTOMIZE_BUILT, built from the Go module proxy"
        if ! have go; then
            need golang-go have go
            install_missing "$LOG"
        fi
        if ! GOBIN=$TOOLS/bin GOFLAGS='' CGO_ENABLED=0 go install "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE_BUILT" >>"$LOG" 2>&1; then
            show_tail "$LOG"
            die "kustomize could not be built." "Install kubectl 1.27 or newer, or kustomize 5, and try again."
        fi
        export KUSTOMIZE='kustomize build'
    fi
}

# What docker compose reads its file with: compose itself, which needs no daemon for that, or its loader alone. Without
# either the file is held against its schema only.
need_compose() {
    if docker compose version >/dev/null 2>&1; then
        export COMPOSE_LOADER='docker compose --profile * config --format json -f'
        return 0
    fi
    if [ ! -x "$TOOLS/bin/compose-spec" ]; then
        have go || return 0
        note "compose-go $COMPOSE_BUILT, built from the Go module proxy"
        mkdir -p "$TOOLS/go"
        if ! GOBIN=$TOOLS/go GOFLAGS='' CGO_ENABLED=0 go install "github.com/compose-spec/compose-go/v2/cmd@$COMPOSE_BUILT" >>"$LOG" 2>&1; then
            note "It could not be built; docker-compose.yml is not resolved."
            return 0
        fi
        mv "$TOOLS/go/cmd" "$TOOLS/bin/compose-spec"
    fi
    export COMPOSE_LOADER='compose-spec -format json'
}

own_tools deploy
mkdir -p "$TOOLS/bin"
trap clean_up EXIT
for name in INT TERM HUP PIPE; do
    # shellcheck disable=SC2064
    trap "exit $((128 + $(kill -l "$name")))" "$name"
done
PATH=$TOOLS/bin:$PATH

need_python
need_postgres
install_missing "$LOG"
need_tool promtool prometheus
need_tool amtool prometheus-alertmanager
need_tool rclone rclone
need_kustomize
need_compose

fetch_python_packages deploy/tests/requirements.txt

POSTGRES_BIN=$(postgres_bin)
if [ -z "${TEST_DATABASE_URL:-}" ]; then
    rm -rf "$TOOLS/postgres"
    prepare_postgres "$TOOLS/postgres" --auth-host=password --no-sync
    launch_postgres "$TOOLS/postgres" "$TOOLS/postgres.log" fsync=off
    await_postgres
    export TEST_DATABASE_URL=$POSTGRES_URL/postgres
fi
export PATH=$POSTGRES_BIN:$PATH

spawn "$ROOT" - "$TOOLS/venv/bin/python" -m pytest -q -p no:cacheprovider deploy/tests "$@"
CHILD=$SPAWNED
await "$CHILD"
