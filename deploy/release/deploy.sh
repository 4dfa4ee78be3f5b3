#!/usr/bin/env bash
# deploy.sh OVERLAY: applies an overlay, waits until everything of it runs and answers, and goes back when it does not.
#
#   NAMESPACE        where it is, uptime
#   DEPLOY_TIMEOUT   how long each step may take, in seconds, 900
#   SETTLE_SECONDS   how long everything has to stay well before it counts, 60
#   HEALTH_URL       an address of the installation that has to answer 200, if any: https://uptime.example.com/health/live
#
# Ends with 0 when the overlay runs, with 1 when it was taken back and what was before runs, with 2 when neither does, and with
# 3 when nothing was changed. Only Deployments are taken back: the schema stays, which the former release can live with, and so
# do config maps, each of which has a name of its own.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: deploy.sh OVERLAY" >&2; exit 64; }
overlay=$1
namespace=${NAMESPACE:-uptime}
timeout=${DEPLOY_TIMEOUT:-900}
settle=${SETTLE_SECONDS:-60}
for number in "$timeout" "$settle"; do
    [[ $number =~ ^[0-9]+$ ]] || { echo "DEPLOY_TIMEOUT and SETTLE_SECONDS must be numbers" >&2; exit 64; }
done

say() { echo "$(date -u +%H:%M:%S) $*"; }
k() { kubectl --namespace "$namespace" "$@"; }
revision() { k get "$1" --ignore-not-found --output 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}'; }

# Nothing is changed before it is known that all of it would be taken.
kubectl apply --dry-run=server -k "$overlay" >/dev/null || { say "the cluster refuses $overlay"; exit 3; }

declare -A before
while IFS= read -r deployment; do
    [ -n "$deployment" ] && before[$deployment]=$(revision "$deployment")
done < <(k get deployments --selector app.kubernetes.io/part-of=uptime-monitor --output name)

runs() { # DEPLOYMENT...
    local deployment name
    for deployment in "$@"; do
        k rollout status "$deployment" --timeout "${timeout}s" || { say "$deployment does not become ready"; return 1; }
    done
    for deployment in "$@"; do
        name=${deployment##*/}
        k exec "$deployment" --container "$name" -- "$name" healthcheck || { say "$deployment is not well"; return 1; }
    done
    [ -z "${HEALTH_URL:-}" ] ||
        curl --fail --silent --show-error --output /dev/null --max-time 10 --retry 5 --retry-all-errors --retry-delay 3 "$HEALTH_URL" ||
        { say "$HEALTH_URL does not answer"; return 1; }
}

new() {
    local job
    applied=$(kubectl apply -k "$overlay" --output name) || { say "it could not be applied whole"; return 1; }
    mapfile -t jobs < <(grep '^job\.batch/' <<<"$applied")
    for job in "${jobs[@]}"; do
        k wait "$job" --for condition=complete --timeout "${timeout}s" || { say "$job has not ended well"; return 1; }
    done
    mapfile -t deployments < <(grep '^deployment\.apps/' <<<"$applied")
    runs "${deployments[@]}" || return 1
    [ "$settle" -eq 0 ] || { say "everything runs; looking again in $settle s"; sleep "$settle"; }
    runs "${deployments[@]}"
}

old() {
    local deployment now back=()
    for deployment in "${!before[@]}"; do
        now=$(revision "$deployment")
        [ -n "${before[$deployment]}" ] || continue
        if [ "$now" != "${before[$deployment]}" ]; then
            k rollout undo "$deployment" --to-revision "${before[$deployment]}" || return 1
        fi
        back+=("$deployment")
    done
    [ "${#back[@]}" -gt 0 ] || { say "there is nothing to go back to"; return 1; }
    runs "${back[@]}"
}

say "applying $overlay"
if new; then
    say "$overlay runs"
    exit 0
fi
say "going back to what was before"
if old; then
    say "what was before runs again"
    exit 1
fi
say "what was before does not run either"
exit 2
