#!/usr/bin/env bash
# make run: build what has changed, start PostgreSQL, Redis and (KAFKA=1) Kafka on ports of their own with
# their data in .run/, and run the whole product as one process until Ctrl-C.
#
#   PORT      the dashboard's port, 8080
#   PROFILE   cargo's profile, dev
#   REGIONS=eu,us,ap   a pinger for each of these regions, the first one being home
#   KAFKA=1   a real Apache Kafka instead of the broker inside the process
#   EMBEDDED_LOG_DIR, EMBEDDED_LOG_MIB   that broker's log: its folder, .run/embedded-log, and its bound, 1024 MiB
#   LOGS=1    the services' log on the terminal instead of .run/log/all-in-one.log
#   DATABASE_URL, REDIS_URL, KAFKA_BROKERS   use these instead of starting our own
source "$(dirname "$0")/lib/common.sh"
for lib in deps postgres redis kafka; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done

PORT=${PORT:-8080}
PROFILE=${PROFILE:-dev}
# As in the links of mails, and where providers send people back to: a browser is logged in at one address.
ADDRESS=${PUBLIC_URL:-http://localhost:$PORT}
RUN=$ROOT/.run
APP_LOG=$RUN/log/all-in-one.log
DRAIN_SECONDS=35 # the services themselves give up draining after 30

APP_PID=''
STOPPING_SINCE=''

on_signal() {
    if [ -z "$APP_PID" ]; then exit $((128 + $(kill -l "$1"))); fi
    if [ -z "$STOPPING_SINCE" ]; then
        STOPPING_SINCE=$(now_ms)
        echo
        say "Stopping: letting the services finish what they have begun (up to 30 s; Ctrl-C again to cut it short)"
        kill -TERM "$APP_PID" 2>/dev/null || true
    elif [ "$1" = INT ] && [ $(($(now_ms) - STOPPING_SINCE)) -gt 1000 ]; then
        echo
        say "Not waiting any longer"
        kill -KILL "$APP_PID" 2>/dev/null || true
    fi
}

clean_up() {
    local code=$? jobs=() names=()
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    if [ -n "$CHILD" ]; then stop_session "$CHILD" 10; fi
    if [ -n "$APP_PID" ]; then
        stop "$APP_PID" TERM "$DRAIN_SECONDS"
        stop_session "$APP_PID" 2
    fi
    if [ -n "$POSTGRES_PID$REDIS_PID$KAFKA_PID" ]; then
        names=(${POSTGRES_PID:+PostgreSQL} ${REDIS_PID:+Redis} ${KAFKA_PID:+Kafka})
        say "Stopping $(listed "${names[@]}")"
        stop_kafka & jobs+=($!)
        stop_redis & jobs+=($!)
        stop_postgres & jobs+=($!)
        wait "${jobs[@]}"
        note "Stopped. The data stays in .run/; make run continues with it."
    fi
    # Whatever a signal found between its start and the line that notes its pid.
    for name in $(jobs -p); do stop_session "$name" 5; done
    rm -f "$RUN/active" "$RUN/app.pid"
    exit "$code"
}

# fresh_log NAME: an empty log; the previous one is kept as NAME.1.
fresh_log() {
    [ ! -s "$RUN/log/$1" ] || mv -f "$RUN/log/$1" "$RUN/log/$1.1"
    : >"$RUN/log/$1"
}

# secret NAME VALUE: exported from the environment, from .run/secrets.env, or from here on kept there.
secret() {
    local line
    if [ -z "${!1:-}" ]; then
        line=$(grep -m1 "^$1=" "$RUN/secrets.env" 2>/dev/null) || {
            line="$1=$2"
            (umask 077 && printf '%s\n' "$line" >>"$RUN/secrets.env")
        }
        printf -v "$1" '%s' "${line#*=}"
    fi
    # shellcheck disable=SC2163
    export "$1"
}

without_password() { sed -E 's#(//[^:/@]*):[^@]*@#\1:***@#' <<<"$1"; }

# ---------------------------------------------------------------- before anything is built

case ${KAFKA:-} in '' | 0 | no | false) KAFKA='' ;; *) KAFKA=1 ;; esac
for name in DATABASE_URL REDIS_URL KAFKA_BROKERS; do
    [ -n "${!name:-}" ] || unset "$name"
done

own_folder "$RUN"
mkdir -p "$RUN/log"
if ! take_lock "$RUN/lock"; then
    die "make run is active in this checkout already ($(cat "$RUN/active" 2>/dev/null || echo "just starting"))." "Stop it first (Ctrl-C there), or use another checkout."
fi
trap clean_up EXIT
for name in INT TERM HUP PIPE; do
    # shellcheck disable=SC2064
    trap "on_signal $name" "$name"
done

stop_orphan all-in-one "$RUN/app.pid" "$ROOT" TERM "$DRAIN_SECONDS"
postgres_orphan "$RUN/postgres"
stop_orphan Redis "$RUN/redis/pid" "$RUN/redis" TERM 20
stop_orphan Kafka "$RUN/kafka/pid" "$RUN/kafka" TERM 30
check_port "$PORT"
printf 'pid %s, %s\n' "$$" "$ADDRESS" >"$RUN/active"

need_rust
need_node
need_build_tools
[ -n "${DATABASE_URL:-}" ] || need_postgres
[ -n "${REDIS_URL:-}" ] || need_redis
[ -n "${KAFKA_BROKERS:-}" ] || [ -z "$KAFKA" ] || need_kafka
fresh_log apt.log
install_missing "$RUN/log/apt.log"

# ---------------------------------------------------------------- build

if ! scripts/dashboard.sh packages-current; then
    fresh_log npm.log
    if ! STEP_LOG=$RUN/log/npm.log step "Installing the dashboard's packages (npm ci)" scripts/dashboard.sh packages; then
        show_head "$RUN/log/npm.log"
        die "npm ci failed in dashboard/."
    fi
fi
if ! scripts/dashboard.sh current; then
    fresh_log dashboard.log
    if ! STEP_LOG=$RUN/log/dashboard.log step "Building the dashboard" scripts/dashboard.sh build; then
        show_tail "$RUN/log/dashboard.log" 40
        die "The dashboard could not be built."
    fi
fi

target=$(cargo metadata --format-version 1 --no-deps --locked 2>/dev/null | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
target=${target:-$ROOT/target}
binary=$target/$([ "$PROFILE" = dev ] && echo debug || echo "$PROFILE")/all-in-one
first=''
[ -x "$binary" ] || first='; the first time takes several minutes'
step "Building the services (cargo, profile $PROFILE: make run PROFILE=release is slower to build and faster to run$first)" \
    cargo build --locked --profile "$PROFILE" -p all-in-one || die "The services could not be built."
[ -x "$binary" ] || die "cargo left no $binary."

if [ -z "${KAFKA_BROKERS:-}" ] && [ -n "$KAFKA" ]; then
    fetch_kafka || die "Without it: make run (uses the broker inside the process)."
fi

# ---------------------------------------------------------------- start

secret JWT_SECRET "$(random_hex 32)"
secret INTERNAL_API_KEY "$(random_hex 32)"
secret ENCRYPTION_KEYS "k1:$(random_base64 32)"
chmod 600 "$RUN/secrets.env" 2>/dev/null || true

started=$(now_ms)
own=()
if [ -n "${DATABASE_URL:-}" ]; then
    note "PostgreSQL: DATABASE_URL of the environment, $(without_password "$DATABASE_URL")"
else
    prepare_postgres "$RUN/postgres"
    own+=(PostgreSQL)
fi
if [ -n "${REDIS_URL:-}" ]; then
    note "Redis: REDIS_URL of the environment, $(without_password "$REDIS_URL")"
else
    own+=(Redis)
fi
if [ -n "${KAFKA_BROKERS:-}" ]; then
    note "Kafka: KAFKA_BROKERS of the environment, $KAFKA_BROKERS"
elif [ -n "$KAFKA" ]; then
    own+=(Kafka)
fi
[ ${#own[@]} -eq 0 ] || say "Starting $(listed "${own[@]}")"
for name in "${own[@]}"; do
    case $name in
    PostgreSQL)
        fresh_log postgres.log
        launch_postgres "$RUN/postgres" "$RUN/log/postgres.log"
        ;;
    Redis)
        secret LOCAL_REDIS_PASSWORD "$(random_hex 24)"
        fresh_log redis.log
        launch_redis "$RUN/redis" "$RUN/log/redis.log" "$LOCAL_REDIS_PASSWORD" 'appendonly yes' 'appendfsync everysec'
        ;;
    Kafka)
        fresh_log kafka.log
        launch_kafka "$RUN/kafka" "$RUN/log/kafka.log"
        ;;
    esac
done
for name in "${own[@]}"; do
    case $name in
    PostgreSQL)
        await_postgres
        secret LOCAL_DATABASE_PASSWORD "$(random_hex 24)"
        postgres_database uptime "$LOCAL_DATABASE_PASSWORD"
        export DATABASE_URL="postgres://uptime:$LOCAL_DATABASE_PASSWORD@127.0.0.1:$POSTGRES_PORT/uptime"
        note "PostgreSQL on 127.0.0.1:$POSTGRES_PORT"
        ;;
    Redis)
        await_redis
        export REDIS_URL="redis://:$LOCAL_REDIS_PASSWORD@127.0.0.1:$REDIS_PORT"
        note "Redis on 127.0.0.1:$REDIS_PORT"
        ;;
    Kafka)
        await_kafka
        export KAFKA_BROKERS=$KAFKA_ADDRESS
        note "Kafka on $KAFKA_ADDRESS"
        ;;
    esac
done
unset LOCAL_DATABASE_PASSWORD LOCAL_REDIS_PASSWORD
[ ${#own[@]} -eq 0 ] || note "done in $(since "$started")"

say "Starting the services"
export PORT
# A name of its own, as status pages have it; browsers take it for this machine.
export PAGES_URL=${PAGES_URL:-http://status.localhost:$PORT}
export EMBEDDED_LOG_DIR=${EMBEDDED_LOG_DIR:-$RUN/embedded-log}
if [ -n "${LOGS:-}" ]; then
    spawn "$ROOT" - "$binary"
else
    fresh_log all-in-one.log
    spawn "$ROOT" "$APP_LOG" "$binary"
fi
APP_PID=$SPAWNED
remember "$RUN/app.pid" "$APP_PID"

regions=''
[ -z "${REGIONS:-}" ] || regions="
    Checks are made from the regions ${REGIONS//,/, }${REGION:+, here from $REGION only}."
events="the broker inside the process, with its log in .run/embedded-log (make run KAFKA=1: a real Kafka)"
[ -z "${KAFKA_BROKERS:-}" ] || events="Kafka at $KAFKA_BROKERS"

# The address at which mails are shown that are not sent; the log names it when there is one.
mails_shown() { [ -z "${LOGS:-}" ] && grep -oE 'http://127\.0\.0\.1:[0-9]+/mails/[A-Za-z0-9_-]+' "$APP_LOG" | tail -n1; }

ready() { http_status "$PORT" /health/ready && [ "$HTTP_STATUS" = 200 ]; }
if wait_until 60 "$APP_PID" ready; then
    mails='sent by the mail server of SMTP_URL'
    [ -n "${SMTP_URL:-}" ] || mails="not sent (no SMTP_URL) but shown at $(mails_shown || echo "the address after mails= in the log")"
    [ -n "$STOPPING_SINCE" ] || cat <<END
${BOLD}==> Uptime Monitor is ready after $(since "$STARTED_MS"): $ADDRESS${RESET}

    What to do next
      1. Open $ADDRESS in a browser and register.
      2. Add a monitor: the URL to watch and how often.
      3. Connect Slack: create an incoming webhook at https://api.slack.com/messaging/webhooks,
         add it under Channels and send a test message.

    Status pages are at $PAGES_URL.
    Events go through $events.$regions
    Mails about accounts are $mails.
    Log: $([ -n "${LOGS:-}" ] && echo "here" || echo ".run/log/all-in-one.log (on the terminal: make run LOGS=1)")   Data: .run/   Stop: Ctrl-C
END
elif alive "$APP_PID" && [ -z "$STOPPING_SINCE" ]; then
    http_status "$PORT" /health/ready || true
    fail "Not ready after 60 s; still waiting. http://127.0.0.1:$PORT/health/ready says:"
    note "${HTTP_BODY:-nothing}"
fi

# ---------------------------------------------------------------- until it ends

lost=''
while alive "$APP_PID"; do
    for server in PostgreSQL:$POSTGRES_PID Redis:$REDIS_PID Kafka:$KAFKA_PID; do
        if [ -z "$lost" ] && [ -n "${server#*:}" ] && ! alive "${server#*:}"; then
            lost=${server%:*}
            fail "$lost has ended by itself; see .run/log/. Stopping."
            [ -n "$STOPPING_SINCE" ] || on_signal TERM
        fi
    done
    if [ -n "$STOPPING_SINCE" ] && [ $(($(now_ms) - STOPPING_SINCE)) -gt $((DRAIN_SECONDS * 1000)) ]; then
        fail "The services did not stop within $DRAIN_SECONDS s; killing them."
        kill -KILL "$APP_PID" 2>/dev/null || true
    fi
    if [ -n "$STOPPING_SINCE" ]; then
        # Our stderr is elsewhere meanwhile, for bash would print a line about a killed process.
        { sleep 0.1 || true; } 2>/dev/null
    else
        # Returns as soon as one of them ends, or a signal comes.
        # shellcheck disable=SC2086
        wait -n "$APP_PID" $POSTGRES_PID $REDIS_PID $KAFKA_PID 2>/dev/null || true
    fi
done
code=0
wait "$APP_PID" 2>/dev/null || code=$?
stop_session "$APP_PID" 2
APP_PID=''
if [ -n "$STOPPING_SINCE" ]; then
    [ "$code" -eq 0 ] && note "The services have stopped after $(since "$STOPPING_SINCE")."
else
    [ -n "${LOGS:-}" ] || show_tail "$APP_LOG" 30
    fail "The services ended by themselves, with exit code $code."
fi
[ -z "$lost" ] || [ "$code" -ne 0 ] || code=1
exit "$code"
