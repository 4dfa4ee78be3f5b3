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
