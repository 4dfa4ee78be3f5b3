# shellcheck shell=bash
# A Redis server of our own: data under a given folder, 127.0.0.1 only, a password.

REDIS_PID=''

# launch_redis FOLDER LOG PASSWORD LINE...: starts it; each LINE is one more line of its configuration.
launch_redis() {
    local folder=$1 log=$2 password=$3
    shift 3
    mkdir -p "$folder"
    chmod 700 "$folder"
    stop_orphan Redis "$folder/pid" "$folder" TERM 20
    free_port
    REDIS_PORT=$FREE_PORT
    REDIS_PASSWORD=$password
    REDIS_LOG=$log
    (
        umask 077
        {
            printf '%s\n' 'bind 127.0.0.1' "port $REDIS_PORT" "requirepass $password" 'daemonize no' \
                'logfile ""' 'dir "./"' 'maxmemory-policy noeviction' 'tcp-backlog 128'
            printf '%s\n' "$@"
        } >"$folder/redis.conf"
    )
    spawn "$folder" "$log" redis-server ./redis.conf
    REDIS_PID=$SPAWNED
    remember "$folder/pid" "$REDIS_PID"
    REDIS_PIDFILE=$folder/pid
}

redis_answers() {
    timeout 2 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$0" || exit 1
        printf "AUTH %s\r\nPING\r\n" "$1" >&3
        read -r ok <&3 && read -r pong <&3 && [ "$ok" = $'\''+OK\r'\'' ] && [ "$pong" = $'\''+PONG\r'\'' ]' "$REDIS_PORT" "$REDIS_PASSWORD"
}

await_redis() {
    if ! wait_until 60 "$REDIS_PID" redis_answers; then
        show_tail "$REDIS_LOG"
        die "Redis did not start."
    fi
}

stop_redis() {
    [ -n "$REDIS_PID" ] || return 0
    stop "$REDIS_PID" TERM 20 # it saves first
    rm -f "$REDIS_PIDFILE"
    REDIS_PID=''
}
