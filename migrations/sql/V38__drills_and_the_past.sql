-- Owner: user-service. Drills, and what alerts went by at an earlier instant. Of check_results, which is the processor's, one
-- column.

-- All who read these tables would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Owner: processor. From the slot until the result was appended to the log: in that order results are folded. Null of those
-- from before this was stored.
ALTER TABLE check_results ADD COLUMN append_delay_ms integer;

-- Outages that are rehearsed.
CREATE TABLE drills (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    monitor_id   bigint      NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    name         text        NOT NULL,
    incident_id  uuid        NOT NULL UNIQUE,
    -- Who has begun it; null where that was an API key or a schedule.
    started_by   bigint      REFERENCES users (id) ON DELETE SET NULL,
    -- The schedule that has begun it; it may be gone.
    schedule_id  bigint,
    started_at   timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    -- When its end was said on the log.
    ended_at     timestamptz
);
CREATE INDEX drills_org_idx ON drills (org_id, id DESC);
CREATE INDEX drills_monitor_idx ON drills (monitor_id);
CREATE INDEX drills_running_idx ON drills (ends_at) WHERE ended_at IS NULL;

CREATE TABLE drill_schedules (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id         bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    monitor_id     bigint      NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    name           text        NOT NULL,
    day            smallint    NOT NULL CHECK (day BETWEEN 1 AND 28),
    time           time        NOT NULL,
    time_zone      text        NOT NULL,
    minutes        smallint    NOT NULL CHECK (minutes BETWEEN 1 AND 240),
    enabled        boolean     NOT NULL DEFAULT true,
    -- Null where it is not enabled.
    next_at        timestamptz,
    version        integer     NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX drill_schedules_org_idx ON drill_schedules (org_id, id);
CREATE INDEX drill_schedules_monitor_idx ON drill_schedules (monitor_id);
CREATE INDEX drill_schedules_due_idx ON drill_schedules (next_at) WHERE next_at IS NOT NULL;

-- What alerts went by before it was changed: the row of a table as it was until an instant, or none where there was none. What
-- was never changed is where it is.
CREATE TABLE past_rows (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id    bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    relation  text        NOT NULL,
    -- The primary key, its columns separated by a slash.
    row_key   text        NOT NULL,
    until_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Null: there was no such row until then.
    row       jsonb
);
CREATE INDEX past_rows_key_idx ON past_rows (org_id, relation, row_key, until_at, id);
CREATE INDEX past_rows_until_idx ON past_rows (until_at);
CREATE INDEX past_rows_org_until_idx ON past_rows (org_id, until_at);

-- Since when rows are kept; of some organisations, since later.
CREATE TABLE past_begun (
    is_one  boolean     PRIMARY KEY DEFAULT true CHECK (is_one),
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO past_begun DEFAULT VALUES;
CREATE TABLE past_bounds (
    org_id       bigint      PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    known_since  timestamptz NOT NULL
);

-- What is kept of a row: no secrets, and of a monitor only what alerts go by.
CREATE FUNCTION past_row(relation text, full_row jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE relation
        WHEN 'channels' THEN full_row - 'config'
        WHEN 'monitors' THEN jsonb_build_object(
            'id', full_row->'id', 'org_id', full_row->'org_id', 'revision', full_row->'revision',
            'probe_revision', full_row->'probe_revision', 'probe_revision_of', full_row->'probe_revision_of',
            'severity', full_row->'severity', 'alert_recipients', full_row->'alert_recipients',
            'flapping', full_row->'flapping', 'muted', full_row->'muted', 'muted_until', full_row->'muted_until',
            'deleted_at', full_row->'deleted_at', 'rule', full_row->'spec'->'rule',
            'interval_ms', full_row->'spec'->'interval_ms', 'paused', full_row->'spec'->'paused')
        ELSE full_row
    END
$$;

-- Keeps the row that a statement has changed or deleted, and that there was none before one that it has inserted. The key's
-- columns are the arguments. What belongs to a monitor or an organisation that is erased is not kept.
CREATE FUNCTION keep_past_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    full_row  jsonb := CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
    was       jsonb;
    org       bigint := full_row->>'org_id';
    key       text;
BEGIN
    SELECT string_agg(full_row->>name, '/' ORDER BY n) INTO key FROM unnest(TG_ARGV) WITH ORDINALITY AS it (name, n);
    IF org IS NULL THEN
        SELECT m.org_id INTO org FROM monitors m WHERE m.id = (full_row->>'monitor_id')::bigint;
    END IF;
    IF TG_TABLE_NAME = 'monitors' AND TG_OP = 'DELETE' THEN
        DELETE FROM past_rows p WHERE p.org_id = org AND (p.relation = 'monitors' AND p.row_key = key
            OR p.relation IN ('monitor_tags', 'monitor_dependencies') AND p.row_key LIKE key || '/%');
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        was := past_row(TG_TABLE_NAME, full_row);
    END IF;
    IF TG_OP = 'UPDATE' AND was = past_row(TG_TABLE_NAME, to_jsonb(NEW)) THEN
        RETURN NULL;
    END IF;
    INSERT INTO past_rows (org_id, relation, row_key, row)
    SELECT o.id, TG_TABLE_NAME, key, was FROM organisations o WHERE o.id = org;
    RETURN NULL;
END
$$;

CREATE TRIGGER past_kept AFTER INSERT OR DELETE OR UPDATE OF revision, severity, alert_recipients, flapping, muted,
    muted_until, deleted_at ON monitors FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON monitor_tags
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('monitor_id', 'tag_id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON monitor_dependencies
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('monitor_id', 'depends_on');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON channels
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON alert_routes
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON escalation_policies
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON teams
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON team_members
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('team_id', 'user_id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON on_call_schedules
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON on_call_overrides
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON silences
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON maintenance_windows
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');

-- The tables as they were at the instant `past.at`, of the organisation `past.org`: the statements that read the present read
-- the past with the search path "past, pg_catalog, public". `now()` is that instant then.
CREATE SCHEMA past;

CREATE FUNCTION past.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT current_setting('past.at')::timestamptz
$$;

-- Makes, or makes anew after columns were added, the view of a table. `present` is one of its rows; `key` is its key as text,
-- and `is_owned` says whether it is the organisation's. A monitor keeps what is not kept of it.
CREATE FUNCTION make_past_view(relation text, key text, is_owned text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($view$
        CREATE OR REPLACE VIEW past.%1$I AS
        SELECT was.* FROM (
            SELECT DISTINCT ON (row_key) row_key, row FROM past_rows
            WHERE org_id = current_setting('past.org')::bigint AND relation = %1$L
              AND until_at > current_setting('past.at')::timestamptz
            ORDER BY row_key, until_at, id
        ) AS kept
        %4$s
        WHERE kept.row IS NOT NULL
        UNION ALL
        SELECT present.* FROM %1$I AS present
        WHERE %3$s AND NOT EXISTS (
            SELECT FROM past_rows AS p
            WHERE p.org_id = current_setting('past.org')::bigint AND p.relation = %1$L AND p.row_key = %2$s
              AND p.until_at > current_setting('past.at')::timestamptz)
    $view$, relation, key, is_owned, CASE relation
        WHEN 'monitors' THEN 'JOIN monitors AS base ON base.id = kept.row_key::bigint
                              CROSS JOIN LATERAL jsonb_populate_record(base, kept.row) AS was'
        ELSE format('CROSS JOIN LATERAL jsonb_populate_record(NULL::%I, kept.row) AS was', relation)
    END);
END
$$;

SELECT make_past_view(relation, 'present.id::text', $$present.org_id = current_setting('past.org')::bigint$$)
FROM unnest(ARRAY['monitors', 'channels', 'alert_routes', 'escalation_policies', 'teams', 'on_call_schedules',
                  'on_call_overrides', 'silences', 'maintenance_windows']) AS it (relation);
SELECT make_past_view('team_members', $$present.team_id || '/' || present.user_id$$,
                      $$present.org_id = current_setting('past.org')::bigint$$);
SELECT make_past_view('monitor_dependencies', $$present.monitor_id || '/' || present.depends_on$$,
                      $$present.org_id = current_setting('past.org')::bigint$$);
SELECT make_past_view('monitor_tags', $$present.monitor_id || '/' || present.tag_id$$,
                      $$present.monitor_id IN (SELECT id FROM monitors
                                               WHERE org_id = current_setting('past.org')::bigint)$$);
