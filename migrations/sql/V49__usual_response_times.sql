-- Owner: user-service. Whether response times of a monitor are held against what is usual, since when the same is checked, and
-- what the log was given of it (docs/adr/0054-what-is-usual-is-the-median-of-the-same-hours.md).

-- All who read monitors would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

ALTER TABLE monitors
    -- domain::baseline::AnomalyRule; null where they are not. It is no part of what is checked: a change begins no new revision.
    ADD COLUMN anomalies jsonb,
    -- When what is checked was changed last: how long that took before says nothing of what is usual. Null where it was not
    -- since the monitor was made, or since this is noted.
    ADD COLUMN probe_since timestamptz,
    -- By which rule and of which revision the log was last given what is usual: {"rule": …, "revision": …}; null where it has
    -- nothing of it.
    ADD COLUMN baseline_sent jsonb,
    -- When that was.
    ADD COLUMN baseline_sent_at timestamptz;

-- Of whom the log is given what is usual.
CREATE INDEX monitors_baseline_idx ON monitors (id) WHERE anomalies IS NOT NULL OR baseline_sent IS NOT NULL;

SELECT make_past_view('monitors');
