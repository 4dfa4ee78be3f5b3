-- Owner: user-service. Quiet hours of members, for all channels of their own.

-- Who signs in would wait behind this for as long as a backup or an export lasts: who applies it tries again.
SET LOCAL lock_timeout = '3s';

-- A member without a row has none. It goes with the membership.
CREATE TABLE member_quiet_hours (
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    user_id      bigint      NOT NULL,
    -- domain::channel::OwnerQuietHours
    quiet_hours  jsonb       NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES memberships (org_id, user_id) ON DELETE CASCADE
);

-- As before, and what goes with the member is not kept of quiet hours either.
CREATE OR REPLACE FUNCTION keep_past_row() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    full_row  jsonb := CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
    kept      jsonb := CASE WHEN TG_OP <> 'INSERT' THEN past_row(TG_TABLE_NAME, full_row) END;
    -- Of the default collation, as the index is: the name of the table has another one.
    relation_name text := TG_TABLE_NAME;
    key       text := concat_ws('/', full_row->>TG_ARGV[0], full_row->>TG_ARGV[1]);
    monitor   bigint := CASE TG_TABLE_NAME WHEN 'monitors' THEN full_row->>'id' ELSE full_row->>'monitor_id' END;
    org       bigint := full_row->>'org_id';
    -- The member whose own it is, of what is a member's own.
    owner     bigint := CASE TG_TABLE_NAME WHEN 'channels' THEN full_row->>'owner_id'
                                           WHEN 'member_quiet_hours' THEN full_row->>'user_id' END;
    ignored   text[] := CASE TG_TABLE_NAME WHEN 'alert_routes' THEN '{version,updated_at,position}'::text[]
                        ELSE '{version,updated_at}'::text[] END;
BEGIN
    IF TG_OP = 'UPDATE' AND kept - ignored = past_row(TG_TABLE_NAME, to_jsonb(NEW)) - ignored THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' AND owner IS NOT NULL
        AND NOT EXISTS (SELECT FROM memberships m WHERE m.org_id = org AND m.user_id = owner) THEN
        DELETE FROM past_rows p WHERE p.org_id = org AND p.relation = relation_name AND p.row_key = key;
        RETURN NULL;
    END IF;
    IF monitor IS NOT NULL THEN
        SELECT m.org_id INTO org FROM monitors m WHERE m.id = monitor;
    END IF;
    -- Who waited for another transaction began before that one, and comes after it.
    INSERT INTO past_rows (org_id, monitor_id, relation, row_key, until_at, was)
    SELECT o.id, monitor, relation_name, key, greatest(now(), (
               SELECT max(p.until_at) FROM past_rows p
               WHERE p.org_id = o.id AND p.relation = relation_name AND p.row_key = key)), kept
    FROM organisations o
    WHERE o.id = org AND NOT EXISTS (
        SELECT FROM organisation_deletions d WHERE d.org_id = o.id AND d.erasing_since IS NOT NULL);
    RETURN NULL;
END
$$;

CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON member_quiet_hours
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('org_id', 'user_id');
SELECT make_past_view('member_quiet_hours');

-- As before, and of quiet hours. Those that are there still go with the membership, and their own trigger comes after this one,
-- for what a foreign key removes is looked at last: `keep_past_row` forgets what they have left, as it does of own channels.
CREATE OR REPLACE FUNCTION forget_past_of_member() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM past_rows p
    WHERE p.org_id = OLD.org_id
      AND (p.relation = 'channels' AND p.row_key = ANY(ARRAY(
               SELECT k.row_key FROM past_rows k
               WHERE k.org_id = OLD.org_id AND k.relation = 'channels' AND k.was->>'owner_id' = OLD.user_id::text))
           OR p.relation = 'member_quiet_hours' AND p.row_key = concat_ws('/', OLD.org_id, OLD.user_id))
      AND NOT EXISTS (
          SELECT FROM organisation_deletions d WHERE d.org_id = OLD.org_id AND d.erasing_since IS NOT NULL);
    RETURN NULL;
END
$$;
