-- Owner: user-service. What access tokens say that is not so any more: a session that has ended, a role that was changed
-- or taken away. Triggers write it, so that it is also told of what is changed by hand. The gateways ask for it, and a
-- row is of no use once the tokens have expired.

CREATE TABLE revocations (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Transactions do not commit in the order of ids: a reader goes on from the oldest that was under way.
    written_by  xid8        NOT NULL DEFAULT pg_current_xact_id(),
    written_at  timestamptz NOT NULL DEFAULT now(),
    session_id  uuid,
    user_id     bigint,
    org_id      bigint,
    CHECK (num_nonnulls(session_id, user_id) = 1 AND (user_id IS NULL) = (org_id IS NULL))
);
CREATE INDEX revocations_written_by_idx ON revocations (written_by);
CREATE INDEX revocations_written_at_idx ON revocations (written_at);
CREATE INDEX revocations_member_idx ON revocations (user_id, org_id) WHERE user_id IS NOT NULL;

CREATE FUNCTION revoke_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The last access token of a session is given when its refresh token is used, and lives an hour.
    IF OLD.rotated_at > now() - interval '2 hours' THEN
        INSERT INTO revocations (session_id) VALUES (OLD.id);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION revoke_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- Of a member that comes back within the hour it is known that there is none.
        INSERT INTO revocations (user_id, org_id)
        SELECT NEW.user_id, NEW.org_id
        WHERE EXISTS (SELECT FROM revocations r WHERE r.user_id = NEW.user_id AND r.org_id = NEW.org_id);
    ELSIF TG_OP = 'DELETE' OR OLD.role IS DISTINCT FROM NEW.role THEN
        INSERT INTO revocations (user_id, org_id) VALUES (OLD.user_id, OLD.org_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER session_ended AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION revoke_session();
CREATE TRIGGER membership_changed AFTER INSERT OR UPDATE OF role OR DELETE ON memberships
    FOR EACH ROW EXECUTE FUNCTION revoke_membership();
