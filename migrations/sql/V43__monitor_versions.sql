-- Owner: user-service. Every definition that a monitor has had, with who has saved it and for how long it held.

-- Who changes monitors would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- Since when definitions are kept.
CREATE TABLE monitor_versions_begun (
    is_one  boolean     PRIMARY KEY DEFAULT true CHECK (is_one),
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO monitor_versions_begun DEFAULT VALUES;

-- The definition of a version that is over is here; of the one that holds it is the monitor's, in `monitors`. A monitor without
-- a row has one version, which is what it is: it is from before definitions were kept.
CREATE TABLE monitor_versions (
    monitor_id   bigint      NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    version      integer     NOT NULL,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    from_at      timestamptz NOT NULL,
    -- Null: it holds.
    until_at     timestamptz,
    -- As in `monitors`, and sealed in the same context.
    name         text,
    spec         jsonb,
    sealed_spec  bytea,
    -- Whether `spec` was looked at and holds nothing that is to be sealed.
    is_clear     boolean     NOT NULL DEFAULT false,
    -- How much room the definition takes.
    bytes        integer     NOT NULL DEFAULT 0,
    -- Whether it differs from the one before in whether it is paused, and in nothing else.
    is_switch    boolean     NOT NULL DEFAULT false,
    -- Null: nobody knows.
    made_by      text        CHECK (made_by IN ('member', 'api_key', 'system')),
    user_id      bigint      REFERENCES users (id) ON DELETE SET NULL,
    -- What an API key was called, or which part of the product it was.
    maker        text,
    -- The version whose definition this one brought back.
    restored     integer,
    PRIMARY KEY (monitor_id, version)
);
CREATE UNIQUE INDEX monitor_versions_held_idx ON monitor_versions (monitor_id) WHERE until_at IS NULL;
CREATE INDEX monitor_versions_org_idx ON monitor_versions (org_id);
CREATE INDEX monitor_versions_user_idx ON monitor_versions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX monitor_versions_until_idx ON monitor_versions (until_at) WHERE until_at IS NOT NULL;
-- By the key with which it is sealed.
CREATE INDEX monitor_versions_key_idx ON monitor_versions (substr(sealed_spec, 1, get_byte(sealed_spec, 0) + 1))
    WHERE octet_length(sealed_spec) > 0;
-- What may have to be sealed.
CREATE INDEX monitor_versions_clear_idx ON monitor_versions (monitor_id, version)
    WHERE spec IS NOT NULL AND sealed_spec IS NULL AND NOT is_clear;

-- Keeps the definition that a statement has changed, and notes that another one holds. Who has changed it is in the setting
-- `versions.made` of the transaction; a release that does not set it has changed it in nobody's name.
CREATE FUNCTION keep_monitor_version() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made     jsonb := nullif(current_setting('versions.made', true), '')::jsonb;
    number   integer := 1;
    changed  timestamptz := NEW.created_at;
    switch   boolean := false;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- It is from before definitions were kept: what it is it has been since then, and may have been for longer.
        INSERT INTO monitor_versions (monitor_id, version, org_id, from_at)
        SELECT OLD.id,
               coalesce((SELECT max(v.version) FROM monitor_versions v WHERE v.monitor_id = OLD.id), 0) + 1,
               OLD.org_id, least(OLD.updated_at, (SELECT b.at FROM monitor_versions_begun b))
        WHERE NOT EXISTS (SELECT FROM monitor_versions v WHERE v.monitor_id = OLD.id AND v.until_at IS NULL);
        -- Who waited for another transaction began before that one, and comes after it.
        UPDATE monitor_versions v
        SET until_at = greatest(now(), v.from_at), name = OLD.name, spec = OLD.spec, sealed_spec = OLD.sealed_spec,
            bytes = octet_length(OLD.name) + pg_column_size(OLD.spec) + coalesce(octet_length(OLD.sealed_spec), 0)
        WHERE v.monitor_id = OLD.id AND v.until_at IS NULL
        RETURNING v.version + 1, v.until_at INTO number, changed;
        -- Whether what is sealed is the same only who has sealed it knows.
        switch := CASE WHEN jsonb_typeof(OLD.spec) = 'object' AND jsonb_typeof(NEW.spec) = 'object'
            THEN OLD.name = NEW.name AND OLD.spec - 'paused'::text = NEW.spec - 'paused'::text
                 AND (OLD.sealed_spec IS NULL AND NEW.sealed_spec IS NULL
                      OR coalesce(made->'switched' @> to_jsonb(NEW.id), false))
            ELSE false END;
    END IF;
    INSERT INTO monitor_versions (monitor_id, version, org_id, from_at, is_switch, made_by, user_id, maker, restored)
    SELECT NEW.id, number, NEW.org_id, changed, switch, made->>'by',
           (SELECT u.id FROM users u WHERE u.id = (made->>'user_id')::bigint), made->>'maker',
           (made->>'restored')::integer;
    IF switch THEN
        -- Pausing again and again leaves what the monitor was: the definition of each of these is kept with the one before.
        DELETE FROM monitor_versions v
        WHERE v.monitor_id = NEW.id AND v.until_at IS NOT NULL AND v.is_switch AND v.version <= (
            SELECT max(o.version) FROM (
                SELECT k.version, row_number() OVER latest AS place, sum(k.bytes) OVER latest AS so_far
                FROM monitor_versions k WHERE k.monitor_id = NEW.id AND k.is_switch
                WINDOW latest AS (ORDER BY k.version DESC)
            ) AS o WHERE o.place > 50 OR o.so_far > 524288);
    END IF;
    IF number > 1 THEN
        DELETE FROM monitor_versions v
        WHERE v.monitor_id = NEW.id AND v.until_at IS NOT NULL AND v.version <= (
            SELECT max(o.version) FROM (
                SELECT k.version, row_number() OVER latest AS place, sum(k.bytes) OVER latest AS so_far
                FROM monitor_versions k WHERE k.monitor_id = NEW.id WINDOW latest AS (ORDER BY k.version DESC)
            ) AS o WHERE o.place > 200 OR o.so_far > 2097152);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER version_begun AFTER INSERT ON monitors FOR EACH ROW EXECUTE FUNCTION keep_monitor_version();
-- Whatever is another specification goes into a new revision; what is only sealed anew does not, and what only goes into a new
-- revision is the same.
CREATE TRIGGER version_kept AFTER UPDATE OF name, spec, sealed_spec ON monitors FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name
          OR OLD.revision <> NEW.revision AND (OLD.spec, OLD.sealed_spec) IS DISTINCT FROM (NEW.spec, NEW.sealed_spec))
    EXECUTE FUNCTION keep_monitor_version();
