-- Owner: user-service. Organisations of several people: roles, sessions that can be told apart, API keys, and who has
-- changed what.

-- In the order in which requests take these tables, so that none of them and this wait for each other.

-- By what a person recognises a session.
ALTER TABLE sessions
    ADD COLUMN address     inet,
    ADD COLUMN user_agent  text;

-- When it was shown that the address is this person's.
ALTER TABLE users ADD COLUMN email_verified_at timestamptz;

-- What a member may do: a responder acknowledges incidents.
ALTER TABLE memberships DROP CONSTRAINT memberships_role_check;
ALTER TABLE memberships ADD CONSTRAINT memberships_role_check
    CHECK (role IN ('owner', 'admin', 'editor', 'responder', 'viewer'));

ALTER TABLE organisations ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE api_keys (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id        bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- Its rights end with those of who has created it.
    created_by    bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          text        NOT NULL,
    prefix        text        NOT NULL,
    -- SHA-256 of the whole key, which has 128 random bits.
    hash          bytea       NOT NULL,
    role          text        NOT NULL CHECK (role IN ('admin', 'editor', 'responder', 'viewer')),
    networks      cidr[]      NOT NULL DEFAULT '{}',
    expires_at    timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz
);
CREATE UNIQUE INDEX api_keys_hash_key ON api_keys (hash);
CREATE INDEX api_keys_org_idx ON api_keys (org_id, id);
CREATE INDEX api_keys_creator_idx ON api_keys (created_by);

-- A gateway remembers keys for a while, and asks what was revoked.
ALTER TABLE revocations
    ADD COLUMN api_key_id bigint,
    DROP CONSTRAINT revocations_check,
    ADD CONSTRAINT revocations_check
        CHECK (num_nonnulls(session_id, user_id, api_key_id) = 1 AND (user_id IS NULL) = (org_id IS NULL));

CREATE FUNCTION revoke_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO revocations (api_key_id) VALUES (OLD.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER api_key_revoked AFTER DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION revoke_api_key();

CREATE TABLE audit_log (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    at           timestamptz NOT NULL DEFAULT now(),
    actor_kind   text        NOT NULL CHECK (actor_kind IN ('user', 'key', 'slack', 'system')),
    actor_id     bigint,
    -- As the actor was called then.
    actor_name   text        NOT NULL,
    -- The operation.
    action       text        NOT NULL,
    resource     text        NOT NULL,
    resource_id  text,
    -- What the resource was and is, without secrets.
    before       jsonb,
    after        jsonb,
    address      inet,
    request_id   text
);
CREATE INDEX audit_log_org_idx ON audit_log (org_id, id);
CREATE INDEX audit_log_resource_idx ON audit_log (org_id, resource, resource_id, id);
CREATE INDEX audit_log_actor_idx ON audit_log (org_id, actor_kind, actor_id, id);
CREATE INDEX audit_log_action_idx ON audit_log (org_id, action, id);
CREATE INDEX audit_log_org_at_idx ON audit_log (org_id, at);
CREATE INDEX audit_log_at_idx ON audit_log (at);

-- What was written stays as it was: rows are only removed, with their organisation or when they are old.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'the audit log is not changed';
    END IF;
    IF OLD.at > now() - interval '400 days' AND EXISTS (SELECT FROM organisations WHERE id = OLD.org_id) THEN
        RAISE EXCEPTION 'the audit log is kept for 400 days';
    END IF;
    RETURN OLD;
END
$$;
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is kept for 400 days';
END
$$;
CREATE TRIGGER audit_log_is_kept BEFORE TRUNCATE ON audit_log EXECUTE FUNCTION refuse_truncate();

CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
