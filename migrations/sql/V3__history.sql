-- Owner: processor. What was seen.

-- One row per result: (monitor, slot, region) is its name. Narrow, because there are billions.
-- Partitions are named check_results_YYYYMMDD and check_errors_YYYYMMDD after their day (UTC).
-- state: 0 up, 1 degraded, 2 down.
CREATE TABLE check_results (
    monitor_id    bigint      NOT NULL,
    scheduled_at  timestamptz NOT NULL,
    -- 0 when the producer did not tell. A higher revision replaces a lower one under the same name.
    revision      integer     NOT NULL,
    -- How long the result stands for: until the next slot, or until the user changed or paused the monitor.
    -- 0 when the producer did not tell.
    interval_ms   integer     NOT NULL,
    -- From the slot to the start of the check.
    delay_ms      integer     NOT NULL,
    latency_ms    integer,
    state         smallint    NOT NULL,
    status_code   smallint,
    attempts      smallint    NOT NULL,
    region        text        NOT NULL,
    PRIMARY KEY (monitor_id, scheduled_at, region)
) PARTITION BY RANGE (scheduled_at);

-- The texts of failures, beside the narrow rows.
CREATE TABLE check_errors (
    monitor_id    bigint      NOT NULL,
    scheduled_at  timestamptz NOT NULL,
    region        text        NOT NULL,
    error_code    text,
    error         text,
    PRIMARY KEY (monitor_id, scheduled_at, region)
) PARTITION BY RANGE (scheduled_at);

-- Ranges of slots that were not checked.
CREATE TABLE skipped_slots (
    monitor_id   bigint      NOT NULL,
    first_slot   timestamptz NOT NULL,
    last_slot    timestamptz NOT NULL,
    interval_ms  integer     NOT NULL,
    slots        bigint      NOT NULL,
    reason       text        NOT NULL,
    region       text        NOT NULL,
    PRIMARY KEY (monitor_id, first_slot, region)
);

-- Results per monitor and hour of their slot. The *_ms columns add up time: a result stands for the time
-- from its slot to the next one (at most a day; from the start of the check when that began more than a
-- tenth of the interval late), and that time is counted in the hours that it lies in.
-- The latency columns cover the results that were up or degraded. latency_buckets and latency_counts are
-- the sparse histogram of domain::histogram: the indexes of its buckets in ascending order, and how many
-- results fell into each.
CREATE TABLE rollups_hourly (
    monitor_id       bigint      NOT NULL,
    hour             timestamptz NOT NULL,
    up               integer     NOT NULL DEFAULT 0,
    degraded         integer     NOT NULL DEFAULT 0,
    down             integer     NOT NULL DEFAULT 0,
    skipped          bigint      NOT NULL DEFAULT 0,
    up_ms            bigint      NOT NULL DEFAULT 0,
    degraded_ms      bigint      NOT NULL DEFAULT 0,
    down_ms          bigint      NOT NULL DEFAULT 0,
    latency_count    integer     NOT NULL DEFAULT 0,
    latency_sum_ms   bigint      NOT NULL DEFAULT 0,
    latency_min_ms   integer,
    latency_max_ms   integer,
    latency_buckets  smallint[]  NOT NULL DEFAULT '{}',
    latency_counts   integer[]   NOT NULL DEFAULT '{}',
    PRIMARY KEY (monitor_id, hour)
) WITH (fillfactor = 70);
CREATE INDEX rollups_hourly_hour_idx ON rollups_hourly USING brin (hour);

-- The same per day (UTC), for days that are over: made from the hours, every 15 minutes.
CREATE TABLE rollups_daily (
    monitor_id       bigint      NOT NULL,
    day              date        NOT NULL,
    up               integer     NOT NULL,
    degraded         integer     NOT NULL,
    down             integer     NOT NULL,
    skipped          bigint      NOT NULL,
    up_ms            bigint      NOT NULL,
    degraded_ms      bigint      NOT NULL,
    down_ms          bigint      NOT NULL,
    latency_count    integer     NOT NULL,
    latency_sum_ms   bigint      NOT NULL,
    latency_min_ms   integer,
    latency_max_ms   integer,
    latency_buckets  smallint[]  NOT NULL,
    latency_counts   integer[]   NOT NULL,
    PRIMARY KEY (monitor_id, day)
);

-- Days that changed after they were over, and are to be made again.
CREATE TABLE rollup_days_due (
    day         date    NOT NULL,
    monitor_id  bigint  NOT NULL,
    PRIMARY KEY (day, monitor_id)
);

-- How far the recurring jobs have come.
CREATE TABLE processor_jobs (
    name         text         PRIMARY KEY,
    -- What is before this is done.
    done_until   timestamptz,
    finished_at  timestamptz  NOT NULL DEFAULT now()
);

-- The accumulator of the fold, and the latest result, per monitor.
CREATE TABLE monitor_states (
    monitor_id       bigint      PRIMARY KEY,
    org_id           bigint      NOT NULL,
    -- domain::fold::MonitorState
    fold             jsonb       NOT NULL,
    state            text        NOT NULL,
    since            timestamptz,
    last_slot        timestamptz,
    last_checked_at  timestamptz,
    latency_ms       integer,
    status_code      smallint,
    error_code       text,
    error            text,
    incident_id      uuid,
    updated_at       timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

-- The accumulators as they were, once a day: where a fold that went wrong can begin again.
CREATE TABLE state_checkpoints (
    day         date    NOT NULL,
    monitor_id  bigint  NOT NULL,
    org_id      bigint  NOT NULL,
    fold        jsonb   NOT NULL,
    PRIMARY KEY (day, monitor_id)
);

CREATE TABLE incidents (
    id            uuid        PRIMARY KEY,
    monitor_id    bigint      NOT NULL,
    org_id        bigint      NOT NULL,
    revision      integer     NOT NULL,
    started_at    timestamptz NOT NULL,
    resolved_at   timestamptz,
    close_reason  text,
    error_code    text,
    first_error   text,
    last_error    text,
    -- Slots that failed from its first one until its end.
    failed_slots  integer     NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((resolved_at IS NULL) = (close_reason IS NULL))
);
CREATE INDEX incidents_org_idx ON incidents (org_id, started_at DESC, id);
CREATE INDEX incidents_monitor_idx ON incidents (monitor_id, started_at DESC);
CREATE UNIQUE INDEX incidents_open_key ON incidents (monitor_id) WHERE resolved_at IS NULL;

-- Each step of each alert, named by itself, so that a record read twice lands on the same row.
CREATE TABLE alert_events (
    incident_id   uuid        NOT NULL,
    alert         text        NOT NULL,
    -- 0 when the step concerns all channels.
    channel_id    bigint      NOT NULL,
    step          text        NOT NULL,
    attempt       integer     NOT NULL,
    at            timestamptz NOT NULL,
    org_id        bigint      NOT NULL,
    monitor_id    bigint      NOT NULL,
    delivery_id   uuid,
    source        jsonb       NOT NULL,
    reason        text,
    receipt       text,
    PRIMARY KEY (incident_id, alert, channel_id, step, attempt)
);
CREATE INDEX alert_events_channel_idx ON alert_events (org_id, channel_id, at DESC);
