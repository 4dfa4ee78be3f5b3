# shellcheck shell=bash
# A PostgreSQL, a Redis and a Kafka for tests and benchmarks: empty, on ports of their own, named in
# TEST_DATABASE_URL, TEST_REDIS_URL and TEST_KAFKA_BROKERS.

# clear_servers FOLDER: stops what an interrupted run left behind there, and removes its data.
clear_servers() {
    postgres_orphan "$1/postgres"
    stop_orphan Redis "$1/redis/pid" "$1/redis" TERM 20
    stop_orphan Kafka "$1/kafka/pid" "$1/kafka" TERM 20
    rm -rf "$1/postgres" "$1/redis" "$1/kafka"
}

# start_servers FOLDER LOGS KAFKA [NAME=VALUE...]: KAFKA is empty for none; the rest are PostgreSQL's settings.
start_servers() {
    local folder=$1 logs=$2 kafka=$3 started
    shift 3
    started=$(now_ms)
    prepare_postgres "$folder/postgres" --auth-host=password --no-sync
    launch_postgres "$folder/postgres" "$logs/postgres.log" "$@"
    launch_redis "$folder/redis" "$logs/redis.log" "$(random_hex 16)" 'save ""' 'appendonly no' 'databases 1024'
    [ -z "$kafka" ] || launch_kafka "$folder/kafka" "$logs/kafka.log"
    say "Starting PostgreSQL, Redis${kafka:+, Kafka}"
    await_postgres
    await_redis
    [ -z "$kafka" ] || await_kafka
    export TEST_DATABASE_URL=$POSTGRES_URL/postgres
    export TEST_REDIS_URL=redis://:$REDIS_PASSWORD@127.0.0.1:$REDIS_PORT
    if [ -n "$kafka" ]; then
        export TEST_KAFKA_BROKERS=$KAFKA_ADDRESS
        # For tests that start a Kafka of their own.
        TEST_JAVA=$(java_bin)
        export TEST_JAVA TEST_KAFKA_LIBS=$ROOT/.kafka/libs
    else
        unset TEST_KAFKA_BROKERS TEST_KAFKA_LIBS
    fi
    note "PostgreSQL 127.0.0.1:$POSTGRES_PORT, Redis 127.0.0.1:$REDIS_PORT${kafka:+, Kafka $KAFKA_ADDRESS}; ready in $(since "$started")"
}

# stop_servers FOLDER: ends all of them at once, and removes their data.
stop_servers() {
    local jobs=() pid
    stop_kafka & jobs+=($!)
    stop_redis & jobs+=($!)
    stop_postgres & jobs+=($!)
    wait "${jobs[@]}"
    for pid in $(jobs -p); do stop_session "$pid" 5; done
    rm -rf "$1/postgres" "$1/redis" "$1/kafka"
}

# with_servers_in FOLDER COMMAND: begins a script that needs all of them and Cargo. FOLDER is its own as long as
# it runs; at its end, however it comes, they are stopped. COMMAND is what the user has called.
with_servers_in() {
    local name
    SERVERS=$1
    own_folder "$ROOT/.test"
    mkdir -p "$SERVERS"
    take_lock "$SERVERS/lock" || die "$2 is active in this checkout already."
    trap end_servers EXIT
    for name in INT TERM HUP PIPE; do
        # shellcheck disable=SC2064
        trap "exit $((128 + $(kill -l "$name")))" "$name"
    done
    need_rust
    need_build_tools
    need_postgres
    need_redis
    need_kafka
    install_missing "$SERVERS/apt.log"
}

end_servers() {
    local code=$?
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    if [ -n "$CHILD" ]; then stop_session "$CHILD" 10; fi
    stop_servers "$SERVERS"
    # Logs are for the one who looks for what went wrong.
    [ "$code" -ne 0 ] || rm -rf "$SERVERS"
    exit "$code"
}
