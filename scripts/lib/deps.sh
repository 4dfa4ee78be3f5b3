# shellcheck shell=bash
# What the machine must have. System packages are installed through apt; tool chains are only checked.

installed() { # PACKAGE
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

MISSING=()
need() { # PACKAGE CHECK...: wanted unless the check succeeds
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || MISSING+=("$package")
}

compiles() { have cc && have c++ && have make; }

need_build_tools() {
    need build-essential compiles
    need perl have perl
    need pkg-config have pkg-config
    need zlib1g-dev installed zlib1g-dev
    need libssl-dev installed libssl-dev
}
need_postgres() { need postgresql postgres_bin; }
need_redis() { need redis-server have redis-server; }
need_kafka() {
    need openjdk-17-jre-headless java_17
    [ -f .kafka/stamp ] || need maven have mvn
}
need_chromium() { need chromium have chromium; }

# install_missing LOG: everything noted by need_*, at once.
install_missing() {
    [ ${#MISSING[@]} -gt 0 ] || return 0
    local log=$1 by_hand="apt-get update && apt-get install -y ${MISSING[*]}" as_root=() started
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || die "Missing: ${MISSING[*]}" "Neither root nor sudo is at hand. As root, install them with:" "  $by_hand"
        as_root=(sudo)
        by_hand="sudo apt-get update && sudo apt-get install -y ${MISSING[*]}"
    fi
    have apt-get || die "Missing: ${MISSING[*]}" "There is no apt-get here. Install what these Debian packages contain, then try again."
    say "Installing ${MISSING[*]} (apt-get, a minute or two; details in ${log#"$ROOT"/})"
    started=$(now_ms)
    # In the foreground, for sudo may ask for a password.
    if ! "${as_root[@]}" true; then
        die "sudo refused. Install the missing packages with:" "  $by_hand"
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update >>"$log" 2>&1 || note "apt-get update failed; trying with the package lists at hand"
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${MISSING[@]}" >>"$log" 2>&1; then
        show_tail "$log"
        die "apt-get could not install ${MISSING[*]}." "Install them by hand, then try again:" "  $by_hand"
    fi
    note "done in $(since "$started")"
    MISSING=()
    hash -r
}

at_least() { # VERSION WANTED
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]
}

need_rust() {
    local wanted version
    { have cargo && have rustc; } || die "Rust is missing." "Install it from https://rustup.rs, then try again."
    wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml | head -n1)
    version=$(rustc --version | awk '{ print $2 }')
    if [ -n "$wanted" ] && ! at_least "$version" "$wanted"; then
        die "Rust $wanted or newer is needed; this is $version." "Update it with: rustup update stable"
    fi
}

need_rust_component() { # COMMAND COMPONENT
    if ! cargo "$1" --version >/dev/null 2>&1; then
        have rustup || die "cargo $1 is missing." "Install the Rust component $2, then try again."
        say "Adding the Rust component $2"
        rustup component add "$2"
    fi
}

need_node() {
    local wanted version
    { have node && have npm; } || die "Node.js is missing." "Install Node.js 20 or newer with npm (https://nodejs.org), then try again."
    wanted=$(sed -n 's/.*"node": *">= *\([0-9.]*\).*/\1/p' dashboard/package.json | head -n1)
    version=$(node --version)
    at_least "${version#v}" "${wanted:-20}" || die "Node.js ${wanted:-20} or newer is needed; this is $version."
}

java_bin() {
    if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then
        printf '%s' "$JAVA_HOME/bin/java"
    else
        command -v java
    fi
}

java_17() {
    local java version
    java=$(java_bin) || return 1
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n1)
    [ "${version:-0}" -ge 17 ]
}
