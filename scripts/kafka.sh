#!/usr/bin/env bash
# make kafka: a real Apache Kafka on 127.0.0.1, with its data in .kafka/run, until Ctrl-C.
source "$(dirname "$0")/lib/common.sh"
for lib in deps kafka; do
    # shellcheck source=/dev/null
    source "scripts/lib/$lib.sh"
done

FOLDER=$ROOT/.kafka/run
LOG=$ROOT/.kafka/kafka.log

clean_up() {
    local code=$?
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    if [ -n "$CHILD" ]; then stop_session "$CHILD" 10; fi
    if [ -n "$KAFKA_PID" ]; then
        say "Stopping Kafka"
        stop_kafka
        note "Stopped. The data stays in .kafka/run."
    fi
    exit "$code"
}

own_folder "$ROOT/.kafka"
take_lock .kafka/run.lock || die "make kafka is active in this checkout already."
trap clean_up EXIT
stopping=''
for name in INT TERM HUP PIPE; do
    # shellcheck disable=SC2064
    trap "stopping=$name; [ -n \"\$KAFKA_PID\" ] || exit $((128 + $(kill -l "$name")))" "$name"
done

need_kafka
install_missing "$ROOT/.kafka/apt.log"
fetch_kafka || exit 1
: >"$LOG"
say "Starting Kafka"
launch_kafka "$FOLDER" "$LOG"
await_kafka
say "Kafka is ready after $(since "$STARTED_MS"): $KAFKA_ADDRESS"
cat <<END
    Use it:    KAFKA_BROKERS=$KAFKA_ADDRESS make run
    Its tools: java -cp '.kafka/libs/*' org.apache.kafka.tools.TopicCommand --bootstrap-server $KAFKA_ADDRESS --list
    Log: .kafka/kafka.log   Data: .kafka/run   Stop: Ctrl-C
END
while [ -z "$stopping" ] && alive "$KAFKA_PID"; do sleep 0.2 || true; done
if [ -z "$stopping" ]; then
    show_tail "$LOG"
    die "Kafka has ended by itself."
fi
