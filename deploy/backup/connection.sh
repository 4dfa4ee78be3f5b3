# shellcheck shell=bash
# DATABASE_URL without its password in URL, and the password in the environment, where ps does not show it.
URL=${DATABASE_URL:?is required, for example postgres://uptime:secret@localhost:5432/uptime}
if [[ $URL =~ ^(postgres(ql)?://[^:/@]*):([^@/]*)@(.*)$ ]]; then
    URL=${BASH_REMATCH[1]}@${BASH_REMATCH[4]}
    printf -v PGPASSWORD '%b' "${BASH_REMATCH[3]//%/\\x}"
    export PGPASSWORD
fi
unset DATABASE_URL
export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10}
