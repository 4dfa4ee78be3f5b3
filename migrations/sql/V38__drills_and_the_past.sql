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
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- Whose it is, of what is one monitor's: it goes with the monitor.
    monitor_id  bigint      REFERENCES monitors (id) ON DELETE CASCADE,
    relation    text        NOT NULL,
    -- The primary key, its columns separated by a slash.
    row_key     text        NOT NULL,
    -- When the transaction began that changed it: all that one has changed is changed at once.
    until_at    timestamptz NOT NULL,
    -- Null: there was no such row until then.
    was         jsonb
);
CREATE INDEX past_rows_key_idx ON past_rows (org_id, relation, row_key, until_at, id);
CREATE INDEX past_rows_monitor_idx ON past_rows (monitor_id) WHERE monitor_id IS NOT NULL;
CREATE INDEX past_rows_org_until_idx ON past_rows (org_id, until_at);
CREATE INDEX past_rows_until_idx ON past_rows (until_at);

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

-- What is kept of a row. Of tables that hold secrets it is named, so that none is kept by being forgotten; of the others what
-- alerts do not go by and people have written, or is about them, is left out.
CREATE FUNCTION past_row(relation text, full_row jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE relation
        WHEN 'channels' THEN jsonb_build_object(
            'id', full_row->'id', 'org_id', full_row->'org_id', 'kind', full_row->'kind', 'enabled', full_row->'enabled',
            'alerts', full_row->'alerts', 'owner_id', full_row->'owner_id',
            -- What a member calls an own channel is the member's.
            'name', CASE WHEN full_row->>'owner_id' IS NULL THEN full_row->'name' END)
        WHEN 'monitors' THEN jsonb_build_object(
            'id', full_row->'id', 'org_id', full_row->'org_id', 'revision', full_row->'revision',
            'probe_revision', full_row->'probe_revision', 'probe_revision_of', full_row->'probe_revision_of',
            'severity', full_row->'severity', 'alert_recipients', full_row->'alert_recipients',
            'flapping', full_row->'flapping', 'muted', full_row->'muted', 'muted_until', full_row->'muted_until',
            'deleted_at', full_row->'deleted_at', 'rule', full_row->'spec'->'rule',
            'interval_ms', full_row->'spec'->'interval_ms', 'paused', full_row->'spec'->'paused')
        WHEN 'silences' THEN full_row - '{reason,created_by}'::text[]
        WHEN 'on_call_overrides' THEN full_row - 'created_by'
        ELSE full_row
    END
$$;

-- Keeps the row that a statement has changed or deleted, and that there was none before one that it has inserted. The one or
-- two columns of the key are the arguments. Of a monitor or an organisation that goes nothing is kept.
CREATE FUNCTION keep_past_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    full_row  jsonb := CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
    kept      jsonb := CASE WHEN TG_OP <> 'INSERT' THEN past_row(TG_TABLE_NAME, full_row) END;
    key       text := concat_ws('/', full_row->>TG_ARGV[0], full_row->>TG_ARGV[1]);
    monitor   bigint := CASE TG_TABLE_NAME WHEN 'monitors' THEN full_row->>'id' ELSE full_row->>'monitor_id' END;
    org       bigint := full_row->>'org_id';
BEGIN
    IF TG_OP = 'UPDATE' AND kept - '{version,updated_at}'::text[]
        = past_row(TG_TABLE_NAME, to_jsonb(NEW)) - '{version,updated_at}'::text[] THEN
        RETURN NULL;
    END IF;
    IF monitor IS NOT NULL THEN
        SELECT m.org_id INTO org FROM monitors m WHERE m.id = monitor;
    END IF;
    -- Who waited for another transaction began before that one, and comes after it.
    INSERT INTO past_rows (org_id, monitor_id, relation, row_key, until_at, was)
    SELECT o.id, monitor, TG_TABLE_NAME, key, greatest(now(), (
               SELECT max(p.until_at) FROM past_rows p
               WHERE p.org_id = o.id AND p.relation = TG_TABLE_NAME AND p.row_key = key)), kept
    FROM organisations o
    WHERE o.id = org AND NOT EXISTS (
        SELECT FROM organisation_deletions d WHERE d.org_id = o.id AND d.erasing_since IS NOT NULL);
    RETURN NULL;
END
$$;

-- Whatever goes into a new revision changes that.
CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OF revision, severity, alert_recipients, flapping, muted, muted_until,
    deleted_at ON monitors FOR EACH ROW EXECUTE FUNCTION keep_past_row('id');
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
-- It stays where a schema of its own was dropped with the tables, to be restored.
CREATE SCHEMA IF NOT EXISTS past;

CREATE OR REPLACE FUNCTION past.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT current_setting('past.at')::timestamptz
$$;

-- Makes the view of a table, or makes it anew: a migration that adds a column calls it, and one that takes a column away
-- first drops the view.
CREATE FUNCTION make_past_view(relation text) RETURNS void LANGUAGE plpgsql AS $make$
DECLARE
    columns  text[] := ARRAY(SELECT attname::text FROM pg_attribute
                             WHERE attrelid = relation::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
    key      text := (SELECT string_agg(format('present.%I::text', a.attname), $$ || '/' || $$ ORDER BY k.n)
                      FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
                      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
                      WHERE c.conrelid = relation::regclass AND c.contype = 'p');
    owned    text := CASE WHEN 'org_id' = ANY(columns) THEN $$present.org_id = current_setting('past.org')::bigint$$
                     ELSE $$present.monitor_id IN (SELECT m.id FROM monitors AS m
                                                   WHERE m.org_id = current_setting('past.org')::bigint)$$ END;
    changed  text := format($$p.org_id = current_setting('past.org')::bigint AND p.relation = %L
                              AND p.until_at > current_setting('past.at')::timestamptz$$, relation);
    select_list  text;
BEGIN
    IF relation = 'monitors' THEN
        -- What was kept of it, and the rest as it is: a monitor that goes takes its past along. Who asks for one monitor goes
        -- by its id.
        SELECT string_agg(CASE WHEN past_row(relation, '{}') ? name AND name NOT IN ('id', 'org_id')
                          THEN format('CASE WHEN kept.id IS NULL THEN present.%1$I ELSE old.%1$I END AS %1$I', name)
                          ELSE format('present.%I', name) END, ', ' ORDER BY n)
        INTO select_list FROM unnest(columns) WITH ORDINALITY AS it (name, n);
        EXECUTE format($view$
            CREATE OR REPLACE VIEW past.monitors AS
            SELECT %1$s FROM monitors AS present
            LEFT JOIN LATERAL (
                SELECT p.id, p.was FROM past_rows AS p WHERE %2$s AND p.row_key = %3$s ORDER BY p.until_at, p.id LIMIT 1
            ) AS kept ON true
            CROSS JOIN LATERAL jsonb_populate_record(NULL::monitors, kept.was) AS old
            WHERE %4$s AND (kept.id IS NULL OR kept.was IS NOT NULL)
        $view$, select_list, changed, key, owned);
        RETURN;
    END IF;
    -- Who asks for what is one monitor's goes by that: a condition on `kept.monitor_id` is one on `past_rows`. Whether a present
    -- row was another is looked up row by row: as a join it may be planned as one of each with each.
    SELECT string_agg(format(CASE name WHEN 'monitor_id' THEN 'kept.%I' ELSE 'old.%I' END, name), ', ' ORDER BY n)
    INTO select_list FROM unnest(columns) WITH ORDINALITY AS it (name, n);
    EXECUTE format($view$
        CREATE OR REPLACE VIEW past.%1$I AS
        SELECT %2$s FROM (
            SELECT DISTINCT ON (p.monitor_id, p.row_key) p.monitor_id, p.was FROM past_rows AS p WHERE %3$s
            ORDER BY p.monitor_id, p.row_key, p.until_at, p.id
        ) AS kept
        CROSS JOIN LATERAL jsonb_populate_record(NULL::%1$I, kept.was) AS old
        WHERE kept.was IS NOT NULL
        UNION ALL
        SELECT %4$s FROM %1$I AS present
        WHERE %5$s AND (SELECT p.id FROM past_rows AS p WHERE %3$s AND p.row_key = %6$s LIMIT 1) IS NULL
    $view$, relation, select_list, changed,
        (SELECT string_agg(format('present.%I', name), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY AS it (name, n)),
        owned, key);
END
$make$;

SELECT make_past_view(relation)
FROM unnest(ARRAY['monitors', 'monitor_tags', 'monitor_dependencies', 'channels', 'alert_routes', 'escalation_policies',
                  'teams', 'team_members', 'on_call_schedules', 'on_call_overrides', 'silences', 'maintenance_windows'])
    AS it (relation);
