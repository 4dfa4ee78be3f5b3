#!/usr/bin/env bash
# make env: .env from .env.example, each CHANGE_ME... replaced by a generated secret of the kind its name asks
# for. An existing .env is never touched.
source "$(dirname "$0")/lib/common.sh"

[ -f .env.example ] || die ".env.example is missing."
[ ! -e .env ] || die ".env exists already; it has been left as it is." "Remove it first if you want new secrets (data encrypted with the old ones is then lost)."

declare -A GENERATED=()
# generated NAME: sets VALUE, the same one for the same name each time; fails where nothing can be made up.
generated() {
    if [ -z "${GENERATED[$1]:-}" ]; then
        case $1 in
        *ENCRYPTION_KEYS) GENERATED[$1]="k1:$(random_base64 32)" ;;
        *SLACK* | *WEBHOOK* | *SMTP* | *_URL) return 1 ;;
        *PASSWORD) GENERATED[$1]=$(random_hex 24) ;;
        *SECRET | *_KEY | *_TOKEN | *_KEYS) GENERATED[$1]=$(random_hex 32) ;;
        *) return 1 ;;
        esac
    fi
    VALUE=${GENERATED[$1]}
}

# secret_name VARIABLE PLACEHOLDER VALUE: whose secret a placeholder stands for. Alone it is the variable's;
# inside a URL it is what CHANGE_ME_... names, or the password of the URL's kind of server.
secret_name() {
    local rest
    if [ "$3" = "$2" ]; then
        printf '%s' "$1"
        return
    fi
    rest=${2#CHANGE_ME}
    rest=${rest#_}
    if [ -n "$rest" ]; then printf '%s' "$rest"; return; fi
    case $3 in
    postgres*://*) printf POSTGRES_PASSWORD ;;
    redis*://*) printf REDIS_PASSWORD ;;
    *) printf '%s' "$1" ;;
    esac
}

umask 077
new=.env.new.$$
trap 'rm -f "$new"' EXIT
left=()
while IFS= read -r line || [ -n "$line" ]; do
    if [[ $line =~ ^(export )?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
        variable=${BASH_REMATCH[2]} rest=${BASH_REMATCH[3]} done=''
        value=${rest%%[[:space:]]#*}
        value=${value%"${value##*[![:space:]]}"}
        case $value in
        \"*\") value=${value#\"} value=${value%\"} ;;
        \'*\') value=${value#\'} value=${value%\'} ;;
        esac
        while [[ $rest =~ CHANGE_ME[A-Za-z0-9_-]* ]]; do
            placeholder=${BASH_REMATCH[0]}
            done+=${rest%%"$placeholder"*}
            rest=${rest#*"$placeholder"}
            if generated "$(secret_name "$variable" "$placeholder" "$value")"; then
                done+=$VALUE
            else
                done+=$placeholder
                left+=("$variable")
            fi
        done
        line=${line%%=*}=$done$rest
    fi
    printf '%s\n' "$line"
done <.env.example >"$new"
# Fails, unlike mv, if a .env has appeared meanwhile.
ln "$new" .env
say "Wrote .env, readable by you alone, with ${#GENERATED[@]} generated secrets"
[ ${#left[@]} -eq 0 ] || note "Still to be filled in by hand: ${left[*]}"
