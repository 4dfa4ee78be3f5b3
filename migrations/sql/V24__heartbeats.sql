-- Heartbeats: jobs that say of themselves that they have run.

-- Owner: user-service. The key under which the heartbeats of an organisation are pinged by their slugs.
CREATE TABLE ping_keys (
    org_id      bigint      PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    ping_key    text        NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- Owner: user-service. The addresses at which heartbeats are pinged.
CREATE TABLE heartbeats (
    monitor_id  bigint NOT NULL PRIMARY KEY REFERENCES monitors (id) ON DELETE CASCADE,
    org_id      bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    ping_uuid   uuid   NOT NULL UNIQUE,
    -- Several of an organisation may have the same: whoever pings them by it is told that it is ambiguous.
    slug        text   NOT NULL,
    push_token  text   UNIQUE,
    -- What its badges are fetched by: who knows it sees the state, and can ping nothing.
    badge_key   text   NOT NULL UNIQUE
);
CREATE INDEX heartbeats_slug_idx ON heartbeats (org_id, slug);

-- Owner: processor. The latest pings of each heartbeat.
CREATE TABLE pings (
    org_id        bigint      NOT NULL,
    monitor_id    bigint      NOT NULL,
    id            uuid        NOT NULL,
    -- Which ping of its heartbeat it is, in the order of the log, from 1.
    n             bigint      NOT NULL,
    arrived_at    timestamptz NOT NULL,
    -- What it says: success, fail, start, log or ignored.
    kind          text        NOT NULL,
    run_id        uuid,
    exit_status   smallint,
    -- How long the run took that it ends.
    duration_ms   bigint,
    message       text,
    scheme        text        NOT NULL,
    method        text        NOT NULL,
    address       text,
    user_agent    text,
    -- The beginning of the body, sealed with a key of ENCRYPTION_KEYS.
    sealed_body   bytea,
    -- The length of the whole body.
    body_bytes    bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (monitor_id, id)
);
CREATE UNIQUE INDEX pings_n_key ON pings (monitor_id, n);

-- Owner: processor. The state of a heartbeat from an instant until the next row; what its uptime is measured by.
CREATE TABLE heartbeat_spans (
    monitor_id  bigint      NOT NULL,
    began       timestamptz NOT NULL,
    state       text        NOT NULL CHECK (state IN ('up', 'down', 'unknown', 'paused')),
    PRIMARY KEY (monitor_id, began)
);

-- Owner: processor.
ALTER TABLE monitor_states
    -- domain::fold::HeartbeatState, as the fold has it.
    ADD COLUMN heartbeat          jsonb,
    -- How often that has changed: the order in which what Redis holds of it follows each other.
    ADD COLUMN heartbeat_changes  bigint NOT NULL DEFAULT 0,
    -- The number of the last ping.
    ADD COLUMN pings              bigint NOT NULL DEFAULT 0,
    -- Pings that arrived until then may be deleted: such a one that is read again is not stored again.
    ADD COLUMN pings_gone_until   timestamptz;
