-- Owner: user-service. Logins of people at other providers.

CREATE TABLE identities (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint      NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The provider's id in the settings when the login was linked. It may mean another provider later: the issuer does not.
    provider      text        NOT NULL,
    issuer        text        NOT NULL,
    -- What the provider calls the person, for ever. An e-mail address changes its owner.
    subject       text        NOT NULL,
    -- As the provider gave it last; shown, and nothing else.
    email         text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz
);
CREATE UNIQUE INDEX identities_subject_key ON identities (issuer, subject);
CREATE INDEX identities_user_idx ON identities (user_id);

-- The login by which somebody has signed in but for the code; none after a password. Once it is unlinked the challenge goes
-- with it.
ALTER TABLE sign_in_challenges ADD COLUMN identity_id bigint REFERENCES identities (id) ON DELETE CASCADE;
CREATE INDEX sign_in_challenges_identity_idx ON sign_in_challenges (identity_id) WHERE identity_id IS NOT NULL;
