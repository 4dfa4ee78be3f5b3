-- Owner: user-service. What monitors are called where they are configured from.
ALTER TABLE monitors ADD COLUMN external_key text;
-- One that was removed gives its key free.
CREATE UNIQUE INDEX monitors_external_key_key ON monitors (org_id, external_key) WHERE deleted_at IS NULL;

-- Creations of the last day that came with an Idempotency-Key: the same request again gets the same answer.
CREATE TABLE idempotency_keys (
    org_id       bigint      NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- Who has sent it: `user:7`, `key:3`.
    actor        text        NOT NULL,
    key          text        NOT NULL,
    -- SHA-256 of what was asked: operation, address and body.
    request      bytea       NOT NULL,
    -- The answer, sealed with a key of ENCRYPTION_KEYS; none where it held a secret that is shown once.
    answer       bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, actor, key)
);
CREATE INDEX idempotency_keys_org_idx ON idempotency_keys (org_id, created_at);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);
