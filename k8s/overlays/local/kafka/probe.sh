#!/usr/bin/env bash
# Whether the broker answers a request (ApiVersions, which every version knows): it does not before it has joined its cluster.
# Kafka's own tools ask the same with a JVM each, which takes a CPU for a second or two.
exec 3<>/dev/tcp/127.0.0.1/"${1:-9092}" || exit 1
# Length 15, key 18, version 0, correlation 1, and the name of the client.
printf '\0\0\0\017\0\022\0\0\0\0\0\1\0\5probe' >&3 || exit 1
# The answer: its length, the same correlation, and no error.
answer=$(head -c 10 <&3 | od -An -v -tx1 | tr -d ' \n')
[ "${answer:8}" = 000000010000 ]
