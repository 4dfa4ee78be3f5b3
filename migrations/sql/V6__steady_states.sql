-- Owner: processor. Steady results leave monitor_states alone.

-- Who has folded last: whoever it is may go on with what it remembers.
ALTER TABLE monitor_states ADD COLUMN folded_by uuid;

-- The states with what was not written to them: results that were up like those before them. They are newer
-- than the state and have its revision; a late result can be there as well, but is never the newest.
CREATE VIEW monitor_states_now AS
SELECT s.monitor_id, s.org_id,
       CASE WHEN newest.slot IS NULL THEN s.fold
            ELSE jsonb_set(s.fold, '{last_slot}',
                           to_jsonb(to_char(newest.slot AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) END AS fold,
       s.state, s.since, s.incident_id,
       coalesce(newest.slot, s.last_slot) AS last_slot,
       coalesce(newest.checked_at, s.last_checked_at) AS last_checked_at,
       CASE WHEN newest.slot IS NULL THEN s.latency_ms ELSE newest.latency_ms END AS latency_ms,
       CASE WHEN newest.slot IS NULL THEN s.status_code ELSE newest.status_code END AS status_code,
       CASE WHEN newest.slot IS NULL THEN s.error_code END AS error_code,
       CASE WHEN newest.slot IS NULL THEN s.error END AS error
FROM monitor_states s
LEFT JOIN LATERAL (
    SELECT r.scheduled_at AS slot, r.scheduled_at + r.delay_ms * interval '1 millisecond' AS checked_at,
           r.latency_ms, r.status_code
    FROM check_results r
    WHERE r.monitor_id = s.monitor_id AND r.scheduled_at > s.last_slot AND r.state <> 2
      AND r.revision = (s.fold->>'revision')::int AND s.fold->>'activity' = 'active'
    ORDER BY r.scheduled_at DESC
    LIMIT 1
) newest ON true;
