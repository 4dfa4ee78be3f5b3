#!/usr/bin/env bash
# pin.sh REGISTRY VERSION: from where the images of the overlays come and of which release they are
# (k8s/released/kustomization.yaml).
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: pin.sh REGISTRY VERSION" >&2; exit 64; }
[[ $1 =~ ^[a-z0-9][a-z0-9.:/_-]*[a-z0-9]$ ]] || { echo "$1 is no registry" >&2; exit 64; }
[[ $2 =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]] || { echo "$2 is no tag" >&2; exit 64; }
file=$(dirname "$0")/../../k8s/released/kustomization.yaml
sed -i -E "s|^( *- REGISTRY=).*|\1$1|; s|^( *- VERSION=).*|\1$2|" "$file"
for line in "REGISTRY=$1" "VERSION=$2"; do
    grep -qF -- "- $line" "$file" || { echo "$file has no place for $line" >&2; exit 65; }
done
