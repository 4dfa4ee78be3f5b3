-- Owner: user-service. Whether response times of a monitor are held against what is usual, and since when the same is checked
-- (docs/adr/0054-what-is-usual-is-the-median-of-the-same-hours.md).

-- All who read monitors would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

ALTER TABLE monitors
    -- domain::baseline::AnomalyRule; null where they are not. It is no part of what is checked: a change begins no new revision.
    ADD COLUMN anomalies jsonb,
    -- When what is checked was changed last: how long that took before says nothing of what is usual. Null where it was not
    -- since the monitor was made, or since this is noted.
    ADD COLUMN probe_since timestamptz;

SELECT make_past_view('monitors');
