-- Owner: user-service. Every definition that a maintenance window, an alert route, an escalation policy and an on-call schedule
-- has had, with who has saved it and for how long it held (docs/adr/0053-versions-of-rows-are-rows-with-some-columns-of-before.md).

-- All who change these tables would wait behind this for as long as it waits for another who changes them: who applies it tries
-- again.
SET LOCAL lock_timeout = '3s';

-- From the instant below on every change is kept: none may come between that and the triggers. Reads, and with them backups, go
-- on.
LOCK TABLE maintenance_windows, alert_routes, escalation_policies, on_call_schedules IN SHARE ROW EXCLUSIVE MODE;

-- Since when definitions are kept.
CREATE TABLE definition_versions_begun (
    is_one  boolean     PRIMARY KEY DEFAULT true CHECK (is_one),
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO definition_versions_begun DEFAULT VALUES;

-- The definition of a version that is over is here; of the one that holds it is the row's. A row of which there is nothing here
-- has one version, which is what it is: it is from before definitions were kept.
CREATE TABLE definition_versions (
    -- Of what, and its id; it goes with that by a trigger.
    kind        text        NOT NULL,
    object_id   bigint      NOT NULL,
    version     integer     NOT NULL,
    org_id      bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    from_at     timestamptz NOT NULL,
    -- Null: it holds.
    until_at    timestamptz,
    -- The columns of the row that people define, as they were. Null: it holds.
    definition  jsonb,
    -- How much room the definition takes.
    bytes       integer     NOT NULL DEFAULT 0,
    -- Null: nobody knows.
    made_by     text        CHECK (made_by IN ('member', 'api_key', 'system')),
    user_id     bigint      REFERENCES users (id) ON DELETE SET NULL,
    -- What an API key was called, or which part of the product it was.
    maker       text,
    -- The version whose definition this one brought back.
    restored    integer,
    PRIMARY KEY (kind, object_id, version),
    CHECK ((until_at IS NULL) = (definition IS NULL))
);
CREATE UNIQUE INDEX definition_versions_held_idx ON definition_versions (kind, object_id) WHERE until_at IS NULL;
CREATE INDEX definition_versions_org_idx ON definition_versions (org_id);
CREATE INDEX definition_versions_user_idx ON definition_versions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX definition_versions_until_idx ON definition_versions (until_at) WHERE until_at IS NOT NULL;

-- Keeps the definition that a statement has changed, notes that another one holds, and forgets all of them with their row. The
-- first argument is the kind, the others are the columns that people define. Who has changed it is in the setting
-- `versions.made` of the transaction; a release that does not set it has changed it in nobody's name.
CREATE FUNCTION keep_definition_version() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made     jsonb := nullif(current_setting('versions.made', true), '')::jsonb;
    what     text := TG_ARGV[0];
    number   integer := 1;
    changed  timestamptz;
    was      jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM definition_versions v WHERE v.kind = what AND v.object_id = OLD.id;
        RETURN NULL;
    END IF;
    changed := NEW.created_at;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(f.key, f.value) INTO was
        FROM jsonb_each(to_jsonb(OLD)) f WHERE f.key = ANY(TG_ARGV);
        -- What it is in other columns, such as its place or which occurrences are cancelled, is no part of it.
        IF was = (SELECT jsonb_object_agg(f.key, f.value)
                  FROM jsonb_each(to_jsonb(NEW)) f WHERE f.key = ANY(TG_ARGV)) THEN
            RETURN NULL;
        END IF;
        -- It is from before definitions were kept: what it is it has been since then, and may have been for longer.
        INSERT INTO definition_versions (kind, object_id, version, org_id, from_at)
        SELECT what, OLD.id,
               coalesce((SELECT max(v.version) FROM definition_versions v WHERE v.kind = what AND v.object_id = OLD.id), 0) + 1,
               OLD.org_id, least(OLD.updated_at, (SELECT b.at FROM definition_versions_begun b))
        WHERE NOT EXISTS (SELECT FROM definition_versions v
                          WHERE v.kind = what AND v.object_id = OLD.id AND v.until_at IS NULL);
        -- Who waited for another transaction began before that one, and comes after it.
        UPDATE definition_versions v
        SET until_at = greatest(now(), v.from_at), definition = was, bytes = octet_length(was::text)
        WHERE v.kind = what AND v.object_id = OLD.id AND v.until_at IS NULL
        RETURNING v.version + 1, v.until_at INTO number, changed;
    END IF;
    INSERT INTO definition_versions (kind, object_id, version, org_id, from_at, made_by, user_id, maker, restored)
    SELECT what, NEW.id, number, NEW.org_id, changed, made->>'by',
           (SELECT u.id FROM users u WHERE u.id = (made->>'user_id')::bigint), made->>'maker',
           (made->>'restored')::integer;
    -- However large it is, the one before stays.
    IF number > 1 THEN
        DELETE FROM definition_versions v
        WHERE v.kind = what AND v.object_id = NEW.id AND v.until_at IS NOT NULL AND v.version <= (
            SELECT max(o.version) FROM (
                SELECT k.version, row_number() OVER latest AS place, sum(k.bytes) OVER latest AS so_far
                FROM definition_versions k WHERE k.kind = what AND k.object_id = NEW.id
                WINDOW latest AS (ORDER BY k.version DESC)
            ) AS o WHERE o.place > 200 OR o.place > 2 AND o.so_far > 262144);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER definition_kept AFTER INSERT OR UPDATE OF name, monitors, tags, span OR DELETE ON maintenance_windows
    FOR EACH ROW EXECUTE FUNCTION keep_definition_version('maintenance_window', 'name', 'monitors', 'tags', 'span');
-- Without their place: the order of routes is not one route's.
CREATE TRIGGER definition_kept AFTER INSERT OR UPDATE OF name, conditions, recipients, goes_on OR DELETE ON alert_routes
    FOR EACH ROW EXECUTE FUNCTION keep_definition_version('alert_route', 'name', 'conditions', 'recipients', 'goes_on');
CREATE TRIGGER definition_kept AFTER INSERT OR UPDATE OF name, plan OR DELETE ON escalation_policies
    FOR EACH ROW EXECUTE FUNCTION keep_definition_version('escalation_policy', 'name', 'plan');
CREATE TRIGGER definition_kept AFTER INSERT OR UPDATE OF name, rota OR DELETE ON on_call_schedules
    FOR EACH ROW EXECUTE FUNCTION keep_definition_version('on_call_schedule', 'name', 'rota');
