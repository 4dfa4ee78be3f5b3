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
