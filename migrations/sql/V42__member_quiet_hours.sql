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

CREATE TRIGGER past_kept AFTER INSERT OR UPDATE OR DELETE ON member_quiet_hours
    FOR EACH ROW EXECUTE FUNCTION keep_past_row('org_id', 'user_id');
SELECT make_past_view('member_quiet_hours');

-- As before, and of quiet hours: they have gone with the membership, and have left a row, for the triggers of foreign keys come
-- first by their names.
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
