-- Owner: processor. Monitors that several regions check (docs/adr/0033-joint-uptime-is-a-sweep-over-the-regions.md).

-- All who read these tables would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Whether it is one of the results that several regions decide by, and stands for its time together with those of the others.
ALTER TABLE check_results ADD COLUMN by_quorum boolean NOT NULL DEFAULT false;

-- Whether the region was one of several that decide.
ALTER TABLE skipped_slots ADD COLUMN by_quorum boolean NOT NULL DEFAULT false;

-- What the regions said as the incident was opened: {"down": […], "up": […], "absent": […]}; null where one region decides.
ALTER TABLE incidents ADD COLUMN regions jsonb;

-- By whom the results of a revision are judged: what the first of them said.
CREATE TABLE monitor_quorums (
    monitor_id   bigint      NOT NULL,
    revision     integer     NOT NULL,
    -- domain::Quorum
    quorum       jsonb       NOT NULL,
    -- The slot of that result.
    began_at     timestamptz NOT NULL,
    -- The longest time that a result of the revision has said it stands for: what covers an instant has its slot within it.
    interval_ms  integer     NOT NULL,
    PRIMARY KEY (monitor_id, revision)
);
CREATE INDEX monitor_quorums_began_idx ON monitor_quorums (began_at);

-- What each of several regions has found, per hour, as rollups_hourly has it of monitors that one region checks.
-- rollups_hourly itself counts the results of all of them, and its times are what they come to together.
CREATE TABLE rollups_hourly_by_region (
    monitor_id       bigint      NOT NULL,
    hour             timestamptz NOT NULL,
    region           text        NOT NULL,
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
    PRIMARY KEY (monitor_id, hour, region)
) WITH (fillfactor = 70);
CREATE INDEX rollups_hourly_by_region_hour_idx ON rollups_hourly_by_region USING brin (hour);

-- The states with what was not written to them. Where several regions decide, that is the newest slot of each: all that a
-- steady result changes. Of a region that is absent there is none: what came of it since was late. So was what stood for
-- another time than the results that are folded.
CREATE OR REPLACE VIEW monitor_states_now AS
SELECT s.monitor_id, s.org_id,
       CASE WHEN newest.slot IS NOT NULL
            THEN jsonb_set(s.fold, '{last_slot}',
                           to_jsonb(to_char(newest.slot AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
            WHEN heard.slot IS NOT NULL
            THEN jsonb_set(jsonb_set(s.fold, '{votes,regions}', heard.regions), '{last_slot}',
                           to_jsonb(to_char(greatest(heard.slot, s.last_slot) AT TIME ZONE 'UTC',
                                            'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
            ELSE s.fold END AS fold,
       s.state, s.since, s.incident_id,
       coalesce(newest.slot, greatest(heard.slot, s.last_slot)) AS last_slot,
       coalesce(newest.checked_at, CASE WHEN heard.slot > s.last_slot THEN heard.checked_at END,
                s.last_checked_at) AS last_checked_at,
       CASE WHEN newest.slot IS NOT NULL THEN newest.latency_ms
            WHEN heard.slot > s.last_slot THEN heard.latency_ms ELSE s.latency_ms END AS latency_ms,
       CASE WHEN newest.slot IS NOT NULL THEN newest.status_code
            WHEN heard.slot > s.last_slot THEN heard.status_code ELSE s.status_code END AS status_code,
       CASE WHEN newest.slot IS NULL THEN s.error_code END AS error_code,
       CASE WHEN newest.slot IS NULL THEN s.error END AS error
FROM monitor_states s
LEFT JOIN LATERAL (
    SELECT r.scheduled_at AS slot, r.scheduled_at + r.delay_ms * interval '1 millisecond' AS checked_at,
           r.latency_ms, r.status_code
    FROM check_results r
    WHERE r.monitor_id = s.monitor_id AND r.scheduled_at > s.last_slot AND r.state <> 2
      AND r.revision = (s.fold->>'revision')::bigint AND s.fold->>'activity' = 'active'
      AND s.fold->'votes' IS NULL
    ORDER BY r.scheduled_at DESC
    LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    -- What the newest of them has found comes with it: each look into the history is planned for every day that there is.
    SELECT max(r.slot) AS slot,
           (array_agg(r.checked_at ORDER BY r.slot DESC NULLS LAST, vote.region))[1] AS checked_at,
           (array_agg(r.latency_ms ORDER BY r.slot DESC NULLS LAST, vote.region))[1] AS latency_ms,
           (array_agg(r.status_code ORDER BY r.slot DESC NULLS LAST, vote.region))[1] AS status_code,
           jsonb_object_agg(vote.region, CASE WHEN r.slot IS NULL THEN vote.said ELSE jsonb_set(vote.said, '{last_slot}',
               to_jsonb(to_char(r.slot AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) END) AS regions
    FROM jsonb_each(s.fold->'votes'->'regions') AS vote (region, said)
    LEFT JOIN LATERAL (
        SELECT r.scheduled_at AS slot, r.scheduled_at + r.delay_ms * interval '1 millisecond' AS checked_at,
               r.latency_ms, r.status_code
        FROM check_results r
        WHERE r.monitor_id = s.monitor_id AND r.scheduled_at > (vote.said->>'last_slot')::timestamptz
          AND r.region = vote.region AND r.by_quorum AND r.state <> 2
          AND r.revision = (s.fold->'votes'->>'revision')::bigint
          AND r.interval_ms = coalesce((s.fold->'votes'->>'interval_ms')::bigint, 0)
          AND NOT coalesce((vote.said->>'absent')::boolean, false)
        ORDER BY r.scheduled_at DESC
        LIMIT 1
    ) r ON true
    WHERE s.fold->'votes' IS NOT NULL AND s.fold->>'activity' = 'active'
      AND s.fold->'votes'->>'revision' = s.fold->>'revision'
) heard ON true;
