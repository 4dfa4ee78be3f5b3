# shellcheck shell=bash
# A real Apache Kafka of our own: one node in KRaft mode, on 127.0.0.1. The jars come from Maven Central, by
# the pinned scripts/kafka/pom.xml, once per version of that file.

KAFKA_PID=''

kafka_fetched() { [ -f .kafka/stamp ] && [ "$(cat .kafka/stamp)" = "$(sha256sum <scripts/kafka/pom.xml)" ]; }

# fetch_kafka: fails, with the reason shown, when the jars are neither here nor to be had.
fetch_kafka() {
    local version fd
    kafka_fetched && return 0
    own_folder "$ROOT/.kafka"
    exec {fd}>>.kafka/lock
    flock "$fd"
    if ! kafka_fetched; then
        version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' scripts/kafka/pom.xml)
        rm -rf .kafka/stamp .kafka/libs .kafka/libs.new
        : >.kafka/fetch.log
        if ! STEP_LOG=$ROOT/.kafka/fetch.log step "Fetching Apache Kafka $version from Maven Central (45 MB, once)" \
            mvn -B -q -Dstyle.color=never -f scripts/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$ROOT/.kafka/libs.new"; then
            show_tail .kafka/fetch.log 8
            fail "Apache Kafka could not be fetched from Maven Central."
            exec {fd}>&-
            return 1
        fi
        mv .kafka/libs.new .kafka/libs
        sha256sum <scripts/kafka/pom.xml >.kafka/stamp
    fi
    exec {fd}>&-
}

kafka_java() { # COMMAND's arguments; the flags favour a quick start
    KAFKA_JAVA=("$(java_bin)" -Xms64m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError
        -Djava.awt.headless=true "-Dlog4j2.configurationFile=$ROOT/scripts/kafka/log4j2.properties"
        -cp "$ROOT/.kafka/libs/*" "$@")
}

# launch_kafka FOLDER LOG: formats the storage unless that has been done, and starts it; await_kafka waits for it.
launch_kafka() {
    local folder=$1 log=$2 controller
    mkdir -p "$folder"
    stop_orphan Kafka "$folder/pid" "$folder" TERM 20
    free_port
    KAFKA_PORT=$FREE_PORT
    free_port
    controller=$FREE_PORT
    KAFKA_LOG=$log
    cat >"$folder/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=./data
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
END
    if [ ! -f "$folder/data/meta.properties" ]; then
        rm -rf "$folder/data"
        kafka_java kafka.tools.StorageTool format "--cluster-id=$(random_base64 16 | tr '+/' '-_' | tr -d =)" -c server.properties
        if ! (cd "$folder" && "${KAFKA_JAVA[@]}") >>"$log" 2>&1; then
            rm -rf "$folder/data"
            show_tail "$log"
            die "Kafka's storage could not be formatted."
        fi
    fi
    kafka_java kafka.Kafka server.properties
    spawn "$folder" "$log" "${KAFKA_JAVA[@]}"
    KAFKA_PID=$SPAWNED
    remember "$folder/pid" "$KAFKA_PID"
    KAFKA_PIDFILE=$folder/pid
    KAFKA_ADDRESS=127.0.0.1:$KAFKA_PORT
}

# An ApiVersions request is answered as soon as the broker takes requests.
kafka_answers() {
    timeout 3 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$0" || exit 1
        printf "\0\0\0\x0a\0\x12\0\0\0\0\0\x07\xff\xff" >&3
        [ "$(head -c 8 <&3 | od -An -v -tx1 | cut -d" " -f6-9)" = "00 00 00 07" ]' "$KAFKA_PORT"
}

await_kafka() {
    if ! wait_until 90 "$KAFKA_PID" kafka_answers; then
        show_tail "$KAFKA_LOG"
        die "Kafka did not start."
    fi
}

stop_kafka() {
    [ -n "$KAFKA_PID" ] || return 0
    stop "$KAFKA_PID" TERM 30
    rm -f "$KAFKA_PIDFILE"
    KAFKA_PID=''
}
