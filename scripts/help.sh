#!/usr/bin/env bash
cat <<'END'
make run         build and run everything here, with PostgreSQL and Redis of its own; http://localhost:8080
                   PORT=8081         another port
                   KAFKA=1           with a real Apache Kafka instead of the broker inside the process
                   EMBEDDED_LOG_MIB=4096   how much that broker keeps while PostgreSQL is away; 1024 otherwise
                   PROFILE=release   optimised: slower to build, faster to run
                   LOGS=1            the log on the terminal instead of .run/log/all-in-one.log
                   DATABASE_URL=... REDIS_URL=... KAFKA_BROKERS=...   use servers you have
make test        every check and test; the last line counts them
                   STEPS="lint"      some of its groups of steps: lint dashboard test deploy
make test-full   the same, with 20 rounds of each fault test: hours
make fresh       both commands in a fresh clone with empty caches, as a newcomer has them
make chaos       the fault tests, 20 rounds each
make kafka       a local Apache Kafka alone, until Ctrl-C
make bench       a benchmark: make bench NAME=pinger
make lint        formatting, clippy, the dashboard's checks, shellcheck
make fmt         format the sources
make dashboard   build the dashboard (dashboard/dist)
make env         write .env with generated secrets, for docker compose
make clean       remove what was built; the data in .run/ stays
END
