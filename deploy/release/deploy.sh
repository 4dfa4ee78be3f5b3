#!/usr/bin/env bash
# deploy.sh OVERLAY: applies an overlay, waits until everything of it runs and answers, and goes back when it does not.
#
#   NAMESPACE        where it is, uptime
#   DEPLOY_TIMEOUT   how long each step may take, in seconds, 900
#   SETTLE_SECONDS   how long everything has to stay well before it counts, 60
#   HEALTH_URL       an address of the installation that has to answer 200, if any: https://uptime.example.com/health/live
#
# Ends with 0 when the overlay runs, with 1 when it was taken back and what was before runs, with 2 when neither does, and with
# 3 when nothing was changed, but for Jobs of the overlay that had failed before: they are in the way and are deleted. Only
# Deployments are taken back: the schema stays, which the former release can live with, and so do config maps, each of which
# has a name of its own.
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

# What has come true of a Job: Complete, Failed and so on, each before a space.
conditions() { k get "$1" --ignore-not-found --output 'jsonpath={range .status.conditions[?(@.status=="True")]}{.type} {end}'; }

# Nothing is changed before it is known that all of it would be taken, and what there is to go back to.
planned=$(kubectl apply --dry-run=server -k "$overlay" --output name) || { say "the cluster refuses $overlay"; exit 3; }

declare -A before
found=$(k get deployments --selector app.kubernetes.io/part-of=uptime-monitor --output name) ||
    { say "the cluster does not say what runs"; exit 3; }
mapfile -t present < <(grep . <<<"$found")
for deployment in "${present[@]}"; do
    number=$(revision "$deployment") || { say "the cluster does not say of which revision $deployment is"; exit 3; }
    before[$deployment]=$number
done

# A Job that has failed stays as it is when it is applied, and would be found failed again.
mapfile -t jobs < <(grep '^job\.batch/' <<<"$planned")
for job in "${jobs[@]}"; do
    job=${job%% *}
    state=$(conditions "$job") || { say "the cluster does not say what became of $job"; exit 3; }
    case " $state" in
    *' Failed '*)
        say "$job has failed before and is made anew"
        k delete "$job" --ignore-not-found --timeout "${timeout}s" || { say "$job could not be deleted"; exit 3; }
        ;;
    esac
done

ended() { # JOB
    local state until=$((SECONDS + timeout))
    while true; do
        # An answer that fails to come is asked for again.
        state=$(conditions "$1") || state=''
        case " $state" in
        *' Complete '*) return 0 ;;
        *' Failed '*) break ;;
        esac
        [ "$SECONDS" -lt "$until" ] || { say "$1 has not ended within $timeout s"; return 1; }
        sleep 2
    done
    say "$1 has failed"
    k logs --selector "job-name=${1##*/}" --prefix --tail 20 || true
    return 1
}

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
        ended "$job" || return 1
    done
    mapfile -t deployments < <(grep '^deployment\.apps/' <<<"$applied")
    runs "${deployments[@]}" || return 1
    [ "$settle" -eq 0 ] || { say "everything runs; looking again in $settle s"; sleep "$settle"; }
    runs "${deployments[@]}"
}

old() {
    local deployment failed='' back=()
    for deployment in "${!before[@]}"; do
        [ -n "${before[$deployment]}" ] || continue
        # Also where the revision is said to be the former one: what was just applied has no number yet. One that has not
        # changed is left alone.
        k rollout undo "$deployment" --to-revision "${before[$deployment]}" ||
            { say "$deployment could not be taken back"; failed=yes; }
        back+=("$deployment")
    done
    [ "${#back[@]}" -gt 0 ] || { say "there is nothing to go back to"; return 1; }
    [ -z "$failed" ] && runs "${back[@]}"
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
