#!/usr/bin/env bash
# sync.sh: the rules as the PrometheusRule of the production overlay. `sync.sh -` writes to standard output.
set -euo pipefail
cd "$(dirname "$0")"
target=../../k8s/overlays/production/prometheus-rule.yaml
[ "${1:-}" != - ] || target=/dev/stdout
{
    cat <<'END'
# Written by deploy/prometheus/sync.sh from deploy/prometheus/rules/uptime.yml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: uptime}
spec:
END
    sed -n '/^groups:/,$ s/^\(.\)/  \1/p' rules/uptime.yml
} >"$target"
