# One image per service: docker build --target pinger . (all of them: docker buildx bake)
# Targets: pinger, processor, alerter, user-service, gateway, admin (the jobs that make schema and topics), all-in-one.
ARG RUST_VERSION=1.95
ARG NODE_VERSION=24
ARG DEBIAN=bookworm
# A release hands these over with their digests (deploy/release/bases.sh).
ARG RUST_IMAGE=rust:${RUST_VERSION}-slim-${DEBIAN}
ARG NODE_IMAGE=node:${NODE_VERSION}-${DEBIAN}-slim
ARG DEBIAN_IMAGE=debian:${DEBIAN}-slim

# ---------------------------------------------------------------- the dashboard, which the gateway embeds

FROM ${NODE_IMAGE} AS dashboard
WORKDIR /dashboard
COPY dashboard/package.json dashboard/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY dashboard ./
RUN npm run build

# ---------------------------------------------------------------- the services

FROM ${RUST_IMAGE} AS rust
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential perl pkg-config zlib1g-dev libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src

# The manifests with empty sources: this stage comes out the same, and the layer of compiled dependencies below
# stays cached, until a Cargo.toml or Cargo.lock changes.
FROM rust AS manifests
COPY . .
RUN find . -type f ! -name Cargo.toml ! -name Cargo.lock -delete \
    && find . -type d -empty -delete \
    && for manifest in */Cargo.toml; do \
           folder=${manifest%/*}; \
           for path in src/lib.rs src/main.rs $(sed -n 's/^\(path\|build\) = "\(.*\.rs\)"$/\2/p' "$manifest"); do \
               mkdir -p "$(dirname "$folder/$path")" && echo 'fn main() {}' >"$folder/$path" || exit 1; \
           done; \
       done

FROM rust AS build
ARG PACKAGES="-p pinger -p processor -p alerter -p user-service -p gateway -p admin"
COPY --from=manifests /src .
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked cargo build --release --locked $PACKAGES
COPY . .
COPY --from=dashboard /dashboard/dist dashboard/dist
# Sources are older than what was compiled from the empty ones; cargo goes by their time.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --release --locked $PACKAGES \
    && mkdir /out \
    && for name in pinger processor alerter user-service gateway uptime-admin; do \
           cp "target/release/$name" /out/ || exit 1; \
       done

# By itself: built together with it, the services would have its broker inside as well.
FROM build AS build-all-in-one
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    cargo build --release --locked -p all-in-one && cp target/release/all-in-one /out/

# ---------------------------------------------------------------- what runs

FROM ${DEBIAN_IMAGE} AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin uptime \
    && install -d -o 10001 -g 10001 /var/cache/uptime /var/lib/uptime
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=https://github.com/uptime-monitor/uptime-monitor
LABEL org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Uptime Monitor" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# By number, so that Kubernetes can tell that it is not root. Nothing is written, but what is mounted at /var/cache/uptime:
# the root file system may be read-only.
USER 10001:10001
STOPSIGNAL SIGTERM

FROM base AS pinger
LABEL org.opencontainers.image.title="uptime-pinger" \
      org.opencontainers.image.description="Checks monitors at their slots and publishes the results"
COPY --from=build /out/pinger /usr/local/bin/pinger
EXPOSE 8084
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["pinger", "healthcheck"]
ENTRYPOINT ["pinger"]

FROM base AS processor
LABEL org.opencontainers.image.title="uptime-processor" \
      org.opencontainers.image.description="Stores results and folds them into states and incidents"
COPY --from=build /out/processor /usr/local/bin/processor
EXPOSE 8082
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["processor", "healthcheck"]
ENTRYPOINT ["processor"]

FROM base AS alerter
LABEL org.opencontainers.image.title="uptime-alerter" \
      org.opencontainers.image.description="Decides alerts and delivers them to channels"
COPY --from=build /out/alerter /usr/local/bin/alerter
EXPOSE 8083
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["alerter", "healthcheck"]
ENTRYPOINT ["alerter"]

FROM base AS user-service
LABEL org.opencontainers.image.title="uptime-user-service" \
      org.opencontainers.image.description="Accounts, monitors and channels"
COPY --from=build /out/user-service /usr/local/bin/user-service
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["user-service", "healthcheck"]
ENTRYPOINT ["user-service"]

FROM base AS gateway
LABEL org.opencontainers.image.title="uptime-gateway" \
      org.opencontainers.image.description="The public API, live updates and the dashboard"
COPY --from=build /out/gateway /usr/local/bin/gateway
EXPOSE 8080 9080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["gateway", "healthcheck"]
ENTRYPOINT ["gateway"]

FROM base AS admin
LABEL org.opencontainers.image.title="uptime-admin" \
      org.opencontainers.image.description="Makes the schema and the topics of a release"
COPY --from=build /out/uptime-admin /usr/local/bin/uptime-admin
ENTRYPOINT ["uptime-admin"]

# The product in one process. It wants PostgreSQL and Redis (DATABASE_URL, REDIS_URL); its log is in the volume.
FROM base AS all-in-one
LABEL org.opencontainers.image.title="uptime-all-in-one" \
      org.opencontainers.image.description="The whole product in one process, for one machine"
COPY --from=build-all-in-one /out/all-in-one /usr/local/bin/all-in-one
ENV LISTEN_HOST=0.0.0.0 PORT=8080 OPS_ADDR=0.0.0.0:9080 EMBEDDED_LOG_DIR=/var/lib/uptime/log PAGES_CACHE_DIR=/var/cache/uptime
VOLUME /var/lib/uptime
EXPOSE 8080 9080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["all-in-one", "healthcheck"]
ENTRYPOINT ["all-in-one"]
