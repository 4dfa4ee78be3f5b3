-- Owner: user-service. What keeps people from being notified too often: silences, dependencies between monitors, flapping,
-- and maintenance windows by tag and by rule.

-- All who read monitors or windows would wait behind this for as long as a backup or an export lasts: who applies it tries
-- again.
SET LOCAL lock_timeout = '3s';

-- First: what refers to monitors takes a lesser lock of them, and two who hold that would wait for each other.
-- domain::flapping::FlappingRule; null where it is never flapping. It is no part of what is checked: a change begins no new
-- revision.
ALTER TABLE monitors ADD COLUMN flapping jsonb;

CREATE TABLE silences (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    reason      text        NOT NULL,
    -- Which monitors; of all that meet the conditions when there are none.
    monitors    bigint[]    NOT NULL DEFAULT '{}',
    -- domain::routing::Conditions
    conditions  jsonb       NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    -- Who has made it; null where that was an API key.
    created_by  bigint      REFERENCES users (id) ON DELETE SET NULL,
    version     integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX silences_org_idx ON silences (org_id, id);
CREATE INDEX silences_end_idx ON silences (ends_at);

-- On what a monitor depends. No monitor depends on itself, by whatever others.
CREATE TABLE monitor_dependencies (
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    monitor_id  bigint      NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    depends_on  bigint      NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    PRIMARY KEY (monitor_id, depends_on),
    CHECK (monitor_id <> depends_on)
);
CREATE INDEX monitor_dependencies_of_idx ON monitor_dependencies (depends_on);
CREATE INDEX monitor_dependencies_org_idx ON monitor_dependencies (org_id);

ALTER TABLE maintenance_windows
    -- It concerns the monitors with one of these tags, too. Where there are some, `monitors` holds 0 beside those that are
    -- meant: an earlier release, which knows of no tags, would take none for all.
    ADD COLUMN tags         bigint[]    NOT NULL DEFAULT '{}',
    -- domain::maintenance::OccurrenceException
    ADD COLUMN exceptions   jsonb       NOT NULL DEFAULT '[]';
