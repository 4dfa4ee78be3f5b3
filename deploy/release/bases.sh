#!/usr/bin/env bash
# bases.sh: the base images of the Dockerfile with the digests that their tags have now, as NAME=image@digest. A release asks
# once and builds on exactly these on every architecture; its notes name them.
set -euo pipefail
cd "$(dirname "$0")/../.."
arg() { sed -n "s/^ARG $1=//p" Dockerfile; }
for name in RUST_IMAGE NODE_IMAGE DEBIAN_IMAGE; do
    image=$(arg "$name")
    for variable in RUST_VERSION NODE_VERSION DEBIAN; do
        image=${image//\$\{$variable\}/$(arg "$variable")}
    done
    digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
    [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "$image has no digest: $digest" >&2; exit 65; }
    echo "$name=$image@$digest"
done
