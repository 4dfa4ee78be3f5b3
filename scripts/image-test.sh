#!/usr/bin/env bash
# image-test.sh [FOLDER]: what can be done of the images without a daemon and without a registry. The steps of the stages
# that compile are run in a copy of what they copy, where `cargo check` stands for `cargo build --release`. The last
# stages are built with buildah and run; two things are not the real ones: Debian's base image is made by debootstrap,
# and the programs are those in FOLDER (target/debug) instead of the build stage's. Needs root, buildah and debootstrap,
# 1 GB of disk and five minutes, so make test leaves it out.
source "$(dirname "$0")/lib/common.sh"

PROGRAMS=${1:-target/debug}
BASE=docker.io/library/debian:bookworm-slim
SERVICES=(pinger processor alerter user-service gateway)
# admin is the image of uptime-admin, and all-in-one that of the whole product.
IMAGES=("${SERVICES[@]}" admin all-in-one)
program_of() { if [ "$1" = admin ]; then echo uptime-admin; else echo "$1"; fi; }

for tool in buildah debootstrap; do
    have "$tool" || die "$tool is missing." "apt-get install buildah debootstrap"
done
[ "$(id -u)" -eq 0 ] || die "debootstrap needs root."
for name in "${IMAGES[@]}"; do
    [ -x "$PROGRAMS/$(program_of "$name")" ] || die "There is no $PROGRAMS/$(program_of "$name")." "cargo build -p $name"
done

WORK=$(mktemp -d)
# Images and layers go where they are removed with the rest.
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
images() { buildah --root "$WORK/storage" --runroot "$WORK/run" "$@"; }
clean_up() {
    local code=$?
    images rm --all >/dev/null 2>&1
    rm -rf "$WORK"
    exit "$code"
}
trap clean_up EXIT

# The RUN of a stage, on one line.
steps_of() { sed -n "/^FROM .* AS $1\$/,/^FROM /p" Dockerfile | sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' | sed -n 's/^RUN //p'; }

say "The stages that compile, with cargo check"
mkdir "$WORK/src"
# As .dockerignore says, near enough: what it keeps out is not needed, which the next lines would show.
git ls-files -z -- '*/*' Cargo.toml Cargo.lock clippy.toml rustfmt.toml ':!deploy' ':!docs' ':!k8s' | xargs -0 cp --parents -t "$WORK/src"
cp -r "$WORK/src" "$WORK/deps"
packages=$(sed -n 's/^ARG PACKAGES="\(.*\)"$/\1/p' Dockerfile)
compiles() { # WHAT
    # shellcheck disable=SC2086
    (cd "$WORK/deps" && CARGO_TARGET_DIR=$ROOT/target cargo check --locked $packages) >"$WORK/log" 2>&1 ||
        { tail "$WORK/log"; die "$1 would not be built."; }
    note "$1: would be built"
}
steps=$(steps_of manifests)
[ -n "$steps" ] || die "The Dockerfile has no stage of manifests."
(cd "$WORK/deps" && sh -c "$steps") || die "The stage of manifests fails."
[ "$(find "$WORK/deps" -name '*.rs' -size +1 | wc -l)" -eq 0 ] || die "The stage of manifests keeps sources."
compiles "the dependencies"
cp -r "$WORK/src/." "$WORK/deps"
mkdir -p "$WORK/deps/dashboard/dist"
find "$WORK/deps" -name '*.rs' -exec touch {} +
compiles "the programs"
rm -rf "$WORK/src" "$WORK/deps"

say "A base image by debootstrap"
debootstrap --variant=minbase bookworm "$WORK/root" >"$WORK/log" 2>&1 || { tail "$WORK/log"; die "debootstrap has failed."; }
rm -rf "$WORK/root/var/cache/apt/archives"/*.deb
container=$(images from scratch)
images copy -q "$container" "$WORK/root" / >/dev/null
images commit -q "$container" "$BASE" >/dev/null
images rm "$container" >/dev/null
rm -rf "$WORK/root"

# The Dockerfile from its last part on, with programs of this checkout in the place of the build stage's.
mkdir "$WORK/context"
{
    echo "ARG DEBIAN_IMAGE=$BASE"
    sed -n '/^FROM ${DEBIAN_IMAGE} /,$p' Dockerfile | sed -E 's|^COPY --from=build[a-z-]* /out/|COPY |'
} >"$WORK/context/Dockerfile"

fail() { die "$1: $2"; }
for name in "${IMAGES[@]}"; do
    say "$name"
    program=$(program_of "$name")
    cp "$PROGRAMS/$program" "$WORK/context/$program"
    strip "$WORK/context/$program"
    images build -q --pull-never --layers --format docker --target "$name" -t "uptime/$name" "$WORK/context" >"$WORK/log" 2>&1 ||
        { tail "$WORK/log"; fail "$name" "its image is not built"; }
    rm "$WORK/context/$program"
    container=$(images from --pull-never "localhost/uptime/$name")
    inspected=$(images inspect --type image "localhost/uptime/$name")
    grep -q '"User": "10001:10001"' <<<"$inspected" || fail "$name" "it does not run as 10001"
    # What ends by itself has none.
    [ "$name" = admin ] || grep -q '"Healthcheck"' <<<"$inspected" || fail "$name" "it has no health check"
    [ "$(images run "$container" -- id -u)" = 10001 ] || fail "$name" "it runs as another user"
    ! images run "$container" -- touch "/usr/local/bin/$program" 2>/dev/null || fail "$name" "it may change its program"
    # Without settings it lists what is missing and ends with EX_CONFIG: it has every library that it needs.
    code=0
    command=("$program")
    [ "$name" != admin ] || command+=(migrate)
    images run "$container" -- "${command[@]}" >"$WORK/said" 2>&1 || code=$?
    [ "$code" -eq 78 ] || { tail "$WORK/said"; fail "$name" "it ends with $code rather than 78"; }
    if [ "$name" = admin ]; then
        code=0
        images run "$container" -- "$program" >"$WORK/said" 2>&1 || code=$?
        [ "$code" -eq 64 ] || { tail "$WORK/said"; fail "$name" "without a command it ends with $code rather than 64"; }
        images rm "$container" >/dev/null
        note "built, runs as 10001, ends with 78 without settings and with 64 without a command"
        continue
    fi
    # The image's health check, of a service that does not run.
    code=0
    images run "$container" -- "$program" healthcheck >"$WORK/said" 2>&1 || code=$?
    [ "$code" -eq 1 ] || { tail "$WORK/said"; fail "$name" "its health check ends with $code rather than 1"; }
    images rm "$container" >/dev/null
    note "built, runs as 10001, ends with 78 without settings, its health check answers"
done
