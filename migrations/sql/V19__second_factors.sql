-- Owner: user-service. The second factor of an account (a code of an authenticator app), and organisations that demand it.

CREATE TABLE second_factors (
    user_id        bigint      PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The secret that the app has as well.
    sealed         bytea       NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- When a code has shown that the app has it; until then it is asked for nowhere.
    confirmed_at   timestamptz,
    -- The time-step of the last code that was accepted: that one and those before are accepted no more.
    last_step      bigint      NOT NULL DEFAULT 0,
    -- Wrong codes in a row, and before when none is looked at.
    failures       integer     NOT NULL DEFAULT 0,
    blocked_until  timestamptz
);

-- What replaces a code when the app is lost. A row goes when its code is used.
CREATE TABLE recovery_codes (
    user_id  bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the code, which has 80 random bits.
    hash     bytea  NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Who has signed in but for the code. A row goes when its token is used.
CREATE TABLE sign_in_challenges (
    -- SHA-256 of the token, which has 256 random bits.
    hash               bytea       PRIMARY KEY,
    user_id            bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the password's hash as it was: another password ends it.
    password_revision  bytea       NOT NULL,
    expires_at         timestamptz NOT NULL
);
CREATE INDEX sign_in_challenges_user_idx ON sign_in_challenges (user_id);
CREATE INDEX sign_in_challenges_expiry_idx ON sign_in_challenges (expires_at);

ALTER TABLE organisations ADD COLUMN require_second_factor boolean NOT NULL DEFAULT false;

-- Access tokens say whether their member lacks a factor that the organisation demands. Both triggers name everybody whom
-- it may concern, so that the one that commits last is read together with what the other has written.
CREATE FUNCTION revoke_for_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.require_second_factor IS DISTINCT FROM NEW.require_second_factor THEN
        INSERT INTO revocations (user_id, org_id)
        SELECT m.user_id, m.org_id FROM memberships m WHERE m.org_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER second_factor_policy_changed AFTER UPDATE OF require_second_factor ON organisations
    FOR EACH ROW EXECUTE FUNCTION revoke_for_policy();

CREATE FUNCTION revoke_for_second_factor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.confirmed_at IS NOT NULL THEN
            INSERT INTO revocations (user_id, org_id)
            SELECT m.user_id, m.org_id FROM memberships m WHERE m.user_id = OLD.user_id;
        END IF;
    ELSIF (OLD.confirmed_at IS NULL) <> (NEW.confirmed_at IS NULL) THEN
        INSERT INTO revocations (user_id, org_id)
        SELECT m.user_id, m.org_id FROM memberships m WHERE m.user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER second_factor_changed AFTER UPDATE OF confirmed_at OR DELETE ON second_factors
    FOR EACH ROW EXECUTE FUNCTION revoke_for_second_factor();
