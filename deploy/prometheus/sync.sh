#!/usr/bin/env bash
# sync.sh: the rules as the PrometheusRule of the production overlay, and Alertmanager's routes as its AlertmanagerConfig.
# `sync.sh -` writes the first to standard output.
set -euo pipefail
cd "$(dirname "$0")"
folder=../../k8s/overlays/production/monitoring
target=$folder/prometheus-rule.yaml
[ "${1:-}" != - ] || target=/dev/stdout
{
    cat <<'END'
# Written by deploy/prometheus/sync.sh from deploy/prometheus/rules/uptime.yml. The label `namespace`, which sums lose, is
# what an AlertmanagerConfig of this namespace goes by.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: uptime}
spec:
END
    sed -n '/^groups:/,$ s/^\(.\)/  \1/p' rules/uptime.yml | sed 's/^\( *labels: {\)severity:/\1namespace: uptime, severity:/'
} >"$target"
[ "${1:-}" = - ] || python3 alertmanager_config.py >$folder/alertmanager-config.yaml
